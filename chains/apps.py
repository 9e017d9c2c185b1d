"""The `chains` app: how we see and touch a chain."""

from django.apps import AppConfig


class ChainsConfig(AppConfig):
    name = "chains"
    verbose_name = "Chains"

    def ready(self) -> None:
        from access.actions.registry import registry as actions
        from chains.operations.cancel import CancelIntent
        from chains.operations.halts import ResumeChain, SetCursorBack
        from chains.operations.reobserve import ReobserveTransaction
        from chains.operations.replace import ReplaceTransaction
        from chains.operations.rescan import RescanBlocks
        from chains.operations.retry import RetryIntent

        actions.add(
            RetryIntent(), CancelIntent(), ReplaceTransaction(), ReobserveTransaction(), RescanBlocks(), ResumeChain(),
            SetCursorBack(),
        )  # fmt: skip
