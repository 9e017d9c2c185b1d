"""What the kinds of this app say alike: subjects, calls, fees and refusals in words."""

from typing import Any

from django.urls import reverse

from access.actions.errors import ActionRefused
from access.actions.kinds import About
from access.actions.plans import Call, Coins
from access.actions.registry import registry
from chains.config import ChainConfig, UnknownChain, chain_config
from chains.models import Chain, ChainTransaction, Intent

SHORT = 10


def config_of(chain: str) -> ChainConfig:
    """The chain's configuration. Raises `ActionRefused` for a chain that is not configured any more."""
    try:
        return chain_config(chain)
    except UnknownChain:
        raise ActionRefused(f"{chain} is not configured any more: nothing can be done there") from None


def chain_get(name: str) -> Chain:
    """Raises `ActionRefused`."""
    found = Chain.objects.filter(pk=name).first()
    if found is None:
        raise ActionRefused(f"there is no chain {name!r}: it was never watched")
    return found


def intent_get(subject: str) -> Intent:
    """Raises `ActionRefused`."""
    found = Intent.objects.select_related("chain").filter(pk=_number(subject)).first()
    if found is None:
        raise ActionRefused(f"there is no action {subject!r}")
    return found


def transaction_get(subject: str) -> ChainTransaction:
    """Raises `ActionRefused`."""
    related = ChainTransaction.objects.select_related("intent", "chain", "account")
    found = related.filter(pk=_number(subject)).first()
    if found is None:
        raise ActionRefused(f"there is no transaction {subject!r}")
    return found


def _number(subject: str) -> int:
    if not (subject.isascii() and subject.isdigit() and len(subject) < 19):
        raise ActionRefused(f"{subject!r} is no number")
    return int(subject)


def about_chain(chain: Chain) -> About:
    return About(f"Chain {chain.name}", reverse("admin:chains_chain_change", args=[chain.pk]))


def about_intent(intent: Intent) -> About:
    title = f"{step_words(intent.step)} on {intent.chain_id} of {intent.subject_id}"
    return About(title, reverse("admin:chains_intent_change", args=[intent.pk]))


def about_transaction(sent: ChainTransaction) -> About:
    title = f"Transaction {short(sent.hash)} on {sent.chain_id}: {step_words(sent.intent.step)}"
    return About(title, reverse("admin:chains_chaintransaction_change", args=[sent.pk]))


def step_words(step: str) -> str:
    """ "source_refund" is "Source refund"."""
    return step.replace("_", " ").capitalize()


def short(text: str) -> str:
    """The beginning and the end of a hash."""
    return text if len(text) <= 2 * SHORT + 1 else f"{text[:SHORT]}…{text[-6:]}"


def call_words(call: dict[str, Any], config: ChainConfig) -> Call:
    """An intent's call for people; it holds no secret."""
    if config.family == "evm":
        contract = f"{config.resolver} (our Resolver)"
        told = [("Escrow", str(call["escrow"]))] if "escrow" in call else []
    else:
        contract = f"{config.htlc} (the lock contract)"
        told = [("Lock", str(call["id"]))] if "id" in call else []
    return Call(config.name, contract, str(call.get("method", "")), tuple(told))


def coins(config: ChainConfig, amount: int, *, token: str = "") -> Coins:
    """So many base units of the chain's native coin, or of a configured token, with their worth."""
    found = config.token(token) if token else None
    symbol, decimals = (found.symbol, found.decimals) if found else config.native_coin
    return Coins(amount, symbol, decimals, config.name, registry.worth(symbol, amount, decimals))


def halted(chain: Chain) -> str:
    """Why nothing is sent on a chain, empty while it may be."""
    return f"money on {chain.name} is halted: {chain.halted_reason}" if chain.halted_reason else ""
