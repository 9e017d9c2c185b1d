"""A lock that nothing was signed for must not keep a swap from ending."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from chains.models import Account, Chain, ChainEvent, ChainTransaction, Intent
from swaps.models import SwapSession
from swaps.services.advance import session_advance
from tests.integration.swaps.conftest import move_time


def unfillable(session: SwapSession, *, attempts: int) -> Intent:
    """The session waits for its order to be filled, and no node would take the fill."""
    SwapSession.objects.filter(pk=session.pk).update(
        source_lock="order", executed_at=timezone.now(), status="source_locking"
    )
    return Intent.objects.create(
        chain_id="base", subject_type="session", subject_id=session.pk, step="source_lock", call={}, attempts=attempts
    )


@pytest.fixture
def ordered(post_session: Callable[..., Any]) -> SwapSession:
    return SwapSession.objects.get(pk=post_session(hashlock="0x" + "77" * 32).json()["sessionId"])


def test_an_order_that_cannot_be_filled_fails_the_session(ordered: SwapSession) -> None:
    intent = unfillable(ordered, attempts=6)
    assert session_advance(session_id=ordered.pk) == "failed"
    intent.refresh_from_db()
    ordered.refresh_from_db()
    assert (intent.state, ordered.reason) == ("withdrawn", "order_not_fillable")


def test_it_is_tried_for_a_while_first(ordered: SwapSession) -> None:
    unfillable(ordered, attempts=2)
    assert session_advance(session_id=ordered.pk) == "source_locking"


def test_cancel_ends_it_at_once(ordered: SwapSession) -> None:
    unfillable(ordered, attempts=1)
    SwapSession.objects.filter(pk=ordered.pk).update(cancel_requested_at=timezone.now())
    assert session_advance(session_id=ordered.pk) == "cancelled"


def test_but_not_while_a_fill_may_still_land(ordered: SwapSession) -> None:
    intent = unfillable(ordered, attempts=1)
    account = Account.objects.create(chain_id="base", address="0x" + "00" * 20)
    ChainTransaction.objects.create(intent=intent, chain_id="base", account=account, nonce=1, hash="0x1", raw=b"x")
    SwapSession.objects.filter(pk=ordered.pk).update(cancel_requested_at=timezone.now())
    assert session_advance(session_id=ordered.pk) == "source_locking"


def test_a_destination_lock_never_signed_does_not_hold_the_refund_back(
    locked: SwapSession,
    chains: dict[str, Chain],
) -> None:
    Intent.objects.create(
        chain_id="base", subject_type="session", subject_id=locked.pk, step="destination_lock", call={}, attempts=3
    )
    move_time(chains["near"], locked.legs.get(side="source").terms["timelock"])
    session_advance(session_id=locked.pk)
    assert Intent.objects.get(step="destination_lock").state == "withdrawn"
    assert Intent.objects.filter(step="source_refund").exists()


def test_one_that_hangs_gets_a_rival_when_the_swap_is_called_off(ordered: SwapSession) -> None:
    """Signed bytes may land any time: only a rival of their nonce ends that, and the swap waits for what a block says."""
    intent = unfillable(ordered, attempts=1)
    account = Account.objects.create(chain_id="base", address="0x" + "00" * 20)
    ChainTransaction.objects.create(intent=intent, chain_id="base", account=account, nonce=1, hash="0x1", raw=b"x")
    SwapSession.objects.filter(pk=ordered.pk).update(cancel_requested_at=timezone.now())
    Intent.objects.filter(pk=intent.pk).update(state="sent", updated_at=timezone.now() - timedelta(hours=1))
    assert session_advance(session_id=ordered.pk) == "source_locking"
    intent.refresh_from_db()
    assert (intent.state, bool(intent.cancel_requested_at)) == ("sent", True)
    ChainTransaction.objects.update(state="replaced")
    Intent.objects.filter(pk=intent.pk).update(state="withdrawn")
    assert session_advance(session_id=ordered.pk) == "cancelled"


def test_a_claim_never_signed_is_dropped_at_the_end(locked: SwapSession, chains: dict[str, Chain]) -> None:
    """The secret is purged then: a job that went on asking for it would fail for ever."""
    claim = Intent.objects.create(
        chain_id="near", subject_type="session", subject_id=locked.pk, step="source_claim", call={}, carries_secret=True
    )
    leg = locked.legs.get(side="source")
    created = ChainEvent.objects.get(lock_id=leg.lock_id)
    for index, kind in enumerate(("lock_refunded", "payout_succeeded"), 1):
        created.pk, created.kind, created.index, created.hashlock = None, kind, index, ""
        created.payload = {**created.payload, "outcome": "refunded"}
        created.save(force_insert=True)
    assert session_advance(session_id=locked.pk) == "refunded"
    claim.refresh_from_db()
    assert claim.state == "withdrawn"
