"""A destination escrow of ours beside one of a stranger's with the same terms: which is the swap's, and what becomes of ours."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from chains.codec.escrow import Immutables, escrow_address
from chains.models import Account, Chain, ChainEvent, ChainTransaction, Intent
from chains.registry import registry
from swaps.models import LedgerEntry, Reservation, StrayLock, SwapSession
from swaps.services.advance import session_advance
from swaps.services.strays import MOST, strays_tend
from tests.integration.swaps.conftest import NEAR_BODY, lock_on_near, move_time


@pytest.fixture
def session(post_session: Callable[..., Any], chains: dict[str, Chain]) -> SwapSession:
    return SwapSession.objects.get(pk=post_session(**NEAR_BODY).json()["sessionId"])


@pytest.fixture
def second(session: SwapSession, chains: dict[str, Chain]) -> ChainEvent:
    """The session went on with a stranger's escrow; this is ours, a second later."""
    destination_on_base(session, chains["base"], at=1_800_000_000, tx_hash="0xtheirs")
    session_advance(session_id=session.pk)
    made = destination_on_base(session, chains["base"], at=1_800_000_001, tx_hash="0xours")
    we_made(session, made)
    return made


def we_made(session: SwapSession, made: ChainEvent) -> None:
    """By the transaction that was sent for the session's lock."""
    ordered = Intent.objects.create(
        chain=made.chain, subject_type="session", subject_id=session.pk, step="destination_lock", call={}
    )
    ChainTransaction.objects.create(
        intent=ordered,
        chain=made.chain,
        account=Account.objects.create(chain=made.chain, address="0xkey"),
        nonce=1,
        hash=made.tx_hash,
        raw=b"",
        block_height=made.block_height,
        state=ChainTransaction.State.SUCCEEDED,
    )


def destination_on_base(session: SwapSession, chain: Chain, *, at: int, tx_hash: str) -> ChainEvent:
    """The event of a destination escrow as agreed, created at that time, final."""
    agreed = Immutables.from_json(session.legs.get(side="destination").terms["immutables"])
    return ChainEvent.objects.create(
        chain=chain,
        kind="lock_created",
        lock_id=escrow_address(chain.contract, chain.escrow_dst_implementation, agreed.deployed(at)),
        hashlock=agreed.hashlock.hex(),
        contract=chain.contract,
        block_height=90,
        block_hash=f"b{at}",
        block_time_ns=at * 10**9,
        tx_hash=tx_hash,
        index=0,
        payload={"side": "destination", "taker": agreed.taker, "deployedAt": at},
    )


def test_ours_is_a_stray_and_the_strangers_is_not(session: SwapSession, second: ChainEvent) -> None:
    session_advance(session_id=session.pk)
    leg = session.legs.get(side="destination")
    stray = StrayLock.objects.get()
    assert (leg.lock_tx, stray.lock_id) == ("0xtheirs", second.lock_id)
    assert stray.is_ours
    assert "our own" in stray.differences[0]
    agreed = Immutables.from_json(leg.terms["immutables"])
    assert stray.refund_from == 1_800_000_001 + agreed.timelocks.dst_cancellation
    terms = agreed.deployed(1_800_000_001).to_json()
    assert stray.call == {"method": "cancel", "escrow": second.lock_id, "immutables": terms}


def test_a_strangers_beside_ours_is_no_stray_and_in_no_book(session: SwapSession, chains: dict[str, Chain]) -> None:
    """He was first, and nothing was decided before both were there."""
    theirs = destination_on_base(session, chains["base"], at=1_800_000_000, tx_hash="0xtheirs")
    ours = destination_on_base(session, chains["base"], at=1_800_000_001, tx_hash="0xours")
    we_made(session, ours)
    session_advance(session_id=session.pk)
    assert session.legs.get(side="destination").lock_id == ours.lock_id
    assert not StrayLock.objects.exists()
    assert {entry.event_id for entry in LedgerEntry.objects.all()} == {ours.pk}
    assert theirs.lock_id in SwapSession.objects.get().attention


def test_many_of_the_makers_leave_room_for_ours(
    session: SwapSession, chains: dict[str, Chain], second: ChainEvent
) -> None:
    for number in range(MOST + 1):
        lock_on_near(session, "source", chains["near"], amount=1 + number)
    ChainEvent.objects.filter(pk=second.pk).update(orphaned_at=timezone.now())
    session_advance(session_id=session.pk)
    ChainEvent.objects.filter(pk=second.pk).update(orphaned_at=None)
    session_advance(session_id=session.pk)
    assert [stray.is_ours for stray in StrayLock.objects.order_by("pk")] == [False] * MOST + [True]


def test_ours_is_not_cancelled_beside_the_swap_once_a_reorg_has_made_it_the_swaps(
    session: SwapSession, chains: dict[str, Chain], second: ChainEvent
) -> None:
    session_advance(session_id=session.pk)
    move_time(chains["base"], StrayLock.objects.get().refund_from)
    ChainEvent.objects.filter(tx_hash="0xtheirs").update(orphaned_at=timezone.now())
    assert strays_tend() == 0
    session_advance(session_id=session.pk)
    assert session.legs.get(side="destination").lock_id == second.lock_id
    assert strays_tend() == 0


@pytest.mark.parametrize("step", ["destination_claim", "destination_refund"])
def test_the_swap_stays_with_the_escrow_whose_end_was_ordered(
    session: SwapSession, chains: dict[str, Chain], step: str
) -> None:
    """Even where it is not final any more and ours is there: both are never settled as the swap's own."""
    theirs = destination_on_base(session, chains["base"], at=1_800_000_000, tx_hash="0xtheirs")
    Chain.objects.filter(name="base").update(final_height=80)
    session_advance(session_id=session.pk)
    Intent.objects.create(chain_id="base", subject_type="session", subject_id=session.pk, step=step, call={})
    ours = destination_on_base(session, chains["base"], at=1_800_000_001, tx_hash="0xours")
    we_made(session, ours)
    session_advance(session_id=session.pk)
    assert session.legs.get(side="destination").lock_id == theirs.lock_id


@pytest.mark.parametrize("final", [False, True])
def test_news_of_a_stray_has_its_session_looked_at(
    session: SwapSession, chains: dict[str, Chain], second: ChainEvent, final: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    session_advance(session_id=session.pk)
    news = cancelled_by_somebody(second)
    seen: list[set[str]] = []
    monkeypatch.setattr("swaps.handlers._look_at", seen.append)
    if final:
        registry.final_moved(chains["base"], 98, 99)
    else:
        registry.events_stored(chains["base"], [news])
    assert seen == [{session.pk}]


def cancelled_by_somebody(made: ChainEvent) -> ChainEvent:
    return ChainEvent.objects.create(
        chain=made.chain,
        kind="lock_refunded",
        lock_id=made.lock_id,
        contract=made.lock_id,
        block_height=99,
        block_hash="b99",
        block_time_ns=made.block_time_ns + 10**12,
        tx_hash="0xsomebody",
        index=7,
        payload={},
    )


def test_one_that_somebody_else_cancels_is_booked_and_settled(
    session: SwapSession, chains: dict[str, Chain], second: ChainEvent
) -> None:
    """Anyone may, and earns the safety deposit; the amount is ours."""
    session_advance(session_id=session.pk)
    cancelled_by_somebody(second)
    session_advance(session_id=session.pk)
    move_time(chains["base"], StrayLock.objects.get().refund_from)
    assert strays_tend() == 0
    assert StrayLock.objects.get().state == StrayLock.State.SETTLED
    booked = LedgerEntry.objects.filter(evidence=f"destination:{second.lock_id}").order_by("pk")
    amount = session.destination_amount
    assert [(entry.kind, entry.credit, entry.debit, entry.amount) for entry in booked if entry.amount == amount] == [
        ("locked", "inventory", "destination_escrow", amount),
        ("refunded", "destination_escrow", "inventory", amount),
    ]


def test_our_tokens_stay_promised_while_ours_is_on_its_way(session: SwapSession, chains: dict[str, Chain]) -> None:
    """Somebody was first: ours takes them from the inventory all the same."""
    Reservation.objects.create(
        session=session, chain=chains["base"], token=session.destination_token, amount=session.destination_amount
    )
    theirs = destination_on_base(session, chains["base"], at=1_800_000_000, tx_hash="0xtheirs")
    we_made(session, destination_on_base(session, chains["base"], at=1_800_000_001, tx_hash="0xours"))
    ChainEvent.objects.filter(tx_hash="0xours").update(orphaned_at=timezone.now())
    Intent.objects.update(state=Intent.State.SENT)
    session_advance(session_id=session.pk)
    assert session.legs.get(side="destination").lock_id == theirs.lock_id
    assert Reservation.objects.get().released_at is None
    ChainEvent.objects.filter(tx_hash="0xours").update(orphaned_at=None)
    Intent.objects.update(state=Intent.State.DONE)
    session_advance(session_id=session.pk)
    assert Reservation.objects.get().released_at is not None


def test_on_near_there_is_no_second_one_of_ours(post_session: Callable[..., Any], chains: dict[str, Chain]) -> None:
    """What our account locks beside its swaps is an alarm of `reconcile`, and not hidden as a stray."""
    session = SwapSession.objects.get(pk=post_session().json()["sessionId"])
    leg = session.legs.get(side="destination")
    leg.terms["timelock"] = 1_800_000_000
    leg.save()
    lock_on_near(session, "destination", chains["near"])
    lock_on_near(session, "destination", chains["near"], timelock=1_800_000_500)
    session_advance(session_id=session.pk)
    assert session.legs.get(side="destination").lock_id
    assert not StrayLock.objects.exists()
