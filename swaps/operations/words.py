"""What the kinds of this app say alike."""

from django.conf import settings
from django.urls import reverse

from access.actions.errors import ActionRefused
from access.actions.kinds import About
from access.actions.plans import Coins
from access.actions.registry import registry
from chains.config import chain_config
from swaps.models import SwapSession


def session_of(subject: str) -> SwapSession:
    """Raises `ActionRefused`."""
    related = SwapSession.objects.select_related("source_chain", "destination_chain")
    found = None if "\0" in subject else related.filter(pk=subject).first()
    if found is None:
        raise ActionRefused(f"there is no swap {subject!r}")
    return found


def about_session(session: SwapSession) -> About:
    url = reverse("admin:swaps_swapsession_change", args=[session.pk])
    return About(f"Swap {session.pk}, {session.route}, {session.status}", url)


def coins_of(chain: str, token_id: str, amount: int) -> Coins:
    """An amount of a token of a chain; one that is not configured any more has no decimals and no worth."""
    token = chain_config(chain).token(token_id) if chain in settings.CHAINS else None
    if token is None:
        return Coins(amount, f"base units of {token_id}", 0, chain)
    return Coins(amount, token.symbol, token.decimals, chain, registry.worth(token.symbol, amount, token.decimals))
