"""The `pricing` app: what a token is worth, and what a swap of it would give."""

from django.apps import AppConfig


class PricingConfig(AppConfig):
    name = "pricing"
    verbose_name = "Pricing"

    def ready(self) -> None:
        from django.core.checks import register

        from access.codes import problems_add
        from pricing.checks import check_prices
        from pricing.codes import PROBLEMS

        problems_add(PROBLEMS)
        register(check_prices)
