"""`confirmationLevel`: what of a chain's newest blocks may move money."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as django_settings

from chains.models import Chain
from swaps.models import SwapSession
from swaps.services.confirmations import final_height
from swaps.services.legs.evm import pinned_block

AMOUNT = 1_000_000_000  # of seed 000's body, in USDC
SEEN, FINAL, CONFIRMATIONS = 130, 100, 3


@pytest.mark.parametrize(
    ("level", "max_fast", "height"),
    [
        ("fast", AMOUNT, SEEN - CONFIRMATIONS),
        ("fast", AMOUNT - 1, FINAL),
        ("fast", 0, FINAL),
        ("normal", AMOUNT, FINAL),
        ("secure", AMOUNT, FINAL),
    ],
)
def test_fast_counts_confirmations_for_small_locks_only(
    level: str, max_fast: int, height: int, post_session: Callable[..., Any], chains: dict[str, Chain], settings: Any
) -> None:
    base = django_settings.CHAINS["base"]
    tokens = [{**token, "max_fast": max_fast} for token in base["tokens"]]
    settings.CHAINS = {
        **django_settings.CHAINS,
        "base": {**base, "tokens": tokens, "confirmations": {"fast": CONFIRMATIONS}},
    }
    Chain.objects.update(seen_height=SEEN, final_height=FINAL)
    session = SwapSession.objects.get(pk=post_session(confirmationLevel=level).json()["sessionId"])
    assert final_height(session.legs.get(side="source")) == height
    assert pinned_block(session.legs.get(side="source")) == height, "a lock that counts is looked at where it is"
    assert final_height(session.legs.get(side="destination")) == FINAL, "NEAR has no confirmations configured"


def test_fast_never_goes_behind_finality(post_session: Callable[..., Any], settings: Any) -> None:
    base = django_settings.CHAINS["base"]
    tokens = [{**token, "max_fast": AMOUNT} for token in base["tokens"]]
    settings.CHAINS = {**django_settings.CHAINS, "base": {**base, "tokens": tokens, "confirmations": {"fast": 50}}}
    session = SwapSession.objects.get(pk=post_session(confirmationLevel="fast").json()["sessionId"])
    assert final_height(session.legs.get(side="source")) == FINAL
