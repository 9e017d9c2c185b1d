"""Locks with the wrong token, amount, payee, salt or times: never answered, shown to the operator, sent back at expiry."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from chains.codec.escrow import Immutables, escrow_address
from chains.models import Account, Chain, ChainEvent, ChainTransaction, Intent
from chains.registry import registry
from chains.selectors import locks_of_swap
from swaps.machine import TERMINAL
from swaps.models import StrayLock, SwapSession
from swaps.services.advance import session_advance
from swaps.services.effects import EFFECT_BLOCKS
from swaps.services.facts import intents_of
from swaps.services.strays import MOST, SUBJECT, TOLD_AFTER, strays_tend
from tests.integration.swaps.conftest import NEAR_BODY, lock_on_near, move_time

WRONG: dict[str, dict[str, Any]] = {
    "amount": {"amount": 999_999},
    "token": {"token": "usdt.near"},
    "receiver": {"receiver": "mallory.near"},
    "salt": {"salt": "ab" * 32},
    "hashlock": {"hashlock": "ef" * 32},
}

MANY_LOCKS = """
INSERT INTO chains_chainevent (chain_id, kind, lock_id, hashlock, contract, block_height, block_hash, block_time_ns, tx_hash,
                               index, payload, observed_at)
SELECT 'near', 'lock_created', md5(n::text), md5(n::text), 'htlc.near', 1, 'b', 0, n::text, 0,
       jsonb_build_object('salt', md5(n::text), 'sender', 'alice.near'), now()
FROM generate_series(1, 5000) AS n
"""


@pytest.fixture
def session(post_session: Callable[..., Any], chains: dict[str, Chain]) -> SwapSession:
    return SwapSession.objects.get(pk=post_session(**NEAR_BODY).json()["sessionId"])


def events_told(chain: Chain) -> None:
    registry.events_stored(chain, ChainEvent.objects.all())


def final_told(chain: Chain) -> None:
    registry.final_moved(chain, 0, 100)


def refunds() -> list[Intent]:
    return list(Intent.objects.filter(subject_type=SUBJECT))


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_lock_is_never_answered_and_goes_back_at_its_timelock(
    session: SwapSession, chains: dict[str, Chain], wrong: str
) -> None:
    terms = lock_on_near(session, "source", chains["near"], **WRONG[wrong])
    assert session_advance(session_id=session.pk) == "initialized"
    assert not intents_of(session).exists()
    stray = StrayLock.objects.get()
    assert len(stray.differences) == 1
    assert stray.differences[0].startswith(wrong)
    assert "was agreed" in stray.differences[0]
    session.refresh_from_db()
    assert stray.lock_id in session.attention

    move_time(chains["near"], terms["timelock"] - 1)
    assert strays_tend() == 0
    move_time(chains["near"], terms["timelock"])
    assert strays_tend() == 1
    assert [(intent.chain_id, intent.call) for intent in refunds()] == [
        ("near", {"method": "refund", "id": stray.lock_id})
    ]
    strays_tend()
    assert len(refunds()) == 1


def test_a_lock_with_times_that_are_too_short_is_refunded_and_never_answered(
    session: SwapSession, chains: dict[str, Chain]
) -> None:
    """On NEAR a maker may choose his timelock: the lock is recognised, and the ladder refuses it."""
    leg = session.legs.get(side="source")
    now = leg.terms["timelock"] - 3600
    move_time(chains["near"], now)
    move_time(chains["base"], now)
    terms = lock_on_near(session, "source", chains["near"], timelock=now + 5)
    assert session_advance(session_id=session.pk) == "refunding"
    assert [intent.step for intent in intents_of(session)] == []
    move_time(chains["near"], terms["timelock"])
    session_advance(session_id=session.pk)
    assert [intent.step for intent in intents_of(session)] == ["source_refund"]


@pytest.mark.parametrize("other", [{"salt": "ab" * 32}, {"sender": "mallory.near"}])
def test_a_lock_with_another_hashlock_and_salt_or_sender_belongs_to_nobody(
    session: SwapSession, chains: dict[str, Chain], other: dict[str, Any]
) -> None:
    lock_on_near(session, "source", chains["near"], hashlock="ef" * 32, **other)
    assert session_advance(session_id=session.pk) == "initialized"
    assert not StrayLock.objects.exists()
    session.refresh_from_db()
    assert session.attention == ""


@pytest.mark.parametrize("told", [events_told, final_told])
@pytest.mark.parametrize("chain", ["near", "base"])
def test_a_lock_of_the_makers_with_another_hashlock_has_his_session_looked_at(
    post_session: Callable[..., Any],
    chains: dict[str, Chain],
    told: Callable[[Chain], None],
    chain: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    body = NEAR_BODY if chain == "near" else {}
    session = SwapSession.objects.get(pk=post_session(**body).json()["sessionId"])
    if chain == "near":
        lock_on_near(session, "source", chains["near"], hashlock="ef" * 32)
    else:
        agreed = Immutables.from_json(session.legs.get(side="source").terms["immutables"])
        escrow_on_base(chains["base"], replace(agreed, hashlock=b"\xef" * 32), at=1_800_000_000)
    seen: list[set[str]] = []
    monkeypatch.setattr("swaps.handlers._look_at", seen.append)
    told(chains[chain])
    assert seen == [{session.pk}]


def test_the_locks_of_a_swap_are_found_by_indexes(chains: dict[str, Chain]) -> None:
    """Facts are gathered often, and a chain has many locks."""
    with connection.cursor() as cursor:
        cursor.execute(MANY_LOCKS)
        cursor.execute("ANALYZE chains_chainevent")
    plan = locks_of_swap("cd" * 32, "ab" * 32, "alice.near").explain()
    assert "event_by_hashlock" in plan
    assert "event_by_salt" in plan
    assert "Seq Scan" not in plan


def test_duplicate_lock_beside_the_right_one(session: SwapSession, chains: dict[str, Chain]) -> None:
    lock_on_near(session, "source", chains["near"])
    lock_on_near(session, "source", chains["near"], salt="cd" * 32)
    session_advance(session_id=session.pk)
    session.refresh_from_db()
    assert session.status not in TERMINAL
    leg = session.legs.get(side="source")
    stray = StrayLock.objects.get()
    assert stray.lock_id != leg.lock_id


def test_a_strangers_locks_are_not_sent_back_at_our_cost(session: SwapSession, chains: dict[str, Chain]) -> None:
    lock_on_near(session, "source", chains["near"], sender="mallory.near")
    session_advance(session_id=session.pk)
    assert not StrayLock.objects.exists()
    session.refresh_from_db()
    assert "not what was agreed" in session.attention


def test_nor_are_many_of_the_makers(session: SwapSession, chains: dict[str, Chain]) -> None:
    for number in range(MOST + 2):
        lock_on_near(session, "source", chains["near"], amount=1 + number)
    session_advance(session_id=session.pk)
    assert StrayLock.objects.count() == MOST


def test_an_unfinal_stray_is_not_believed_yet(session: SwapSession, chains: dict[str, Chain]) -> None:
    lock_on_near(session, "source", chains["near"], amount=7)
    ChainEvent.objects.update(block_height=101)
    Chain.objects.filter(name="near").update(seen_height=101)
    session_advance(session_id=session.pk)
    assert not StrayLock.objects.exists()


def test_one_that_somebody_else_refunded_is_settled(due: StrayLock) -> None:
    happens("lock_refunded")
    happens("payout_succeeded")
    assert strays_tend() == 0
    due.refresh_from_db()
    assert due.state == StrayLock.State.SETTLED
    assert not refunds()


def happens(kind: str, *, height: int = 99) -> None:
    """A further event of the only lock there is."""
    event = ChainEvent.objects.order_by("pk")[0]
    event.pk, event.kind, event.hashlock, event.block_height = None, kind, "", height
    event.index = ChainEvent.objects.count()
    event.save(force_insert=True)


@pytest.fixture
def due(session: SwapSession, chains: dict[str, Chain]) -> StrayLock:
    """A lock of another amount, whose timelock is over."""
    terms = lock_on_near(session, "source", chains["near"], amount=7)
    session_advance(session_id=session.pk)
    move_time(chains["near"], terms["timelock"])
    return StrayLock.objects.get()


def test_its_refund_is_tried_for_ever_and_ever_more_seldom(due: StrayLock) -> None:
    """A token that is paused for an hour, or a month, is a reason to wait and none to keep the maker's money."""
    strays_tend()
    waits = []
    for attempts in (1, 5, 6, 7, 500):
        Intent.objects.update(state=Intent.State.REVERTED, attempts=attempts)
        assert strays_tend() == 1
        (intent,) = refunds()
        assert intent.state == Intent.State.PENDING
        assert intent.not_before is not None
        waits.append(round((intent.not_before - timezone.now()).total_seconds()))
    assert waits == sorted(waits)
    assert 3590 <= waits[-1] <= 3600


def test_an_operator_hears_of_one_that_does_not_go_back(session: SwapSession, due: StrayLock) -> None:
    strays_tend()
    SwapSession.objects.update(attention="")
    for state in (Intent.State.PENDING, Intent.State.REVERTED):
        Intent.objects.update(state=state, attempts=TOLD_AFTER - 1)
        strays_tend()
        assert SwapSession.objects.get().attention == ""
    Intent.objects.update(state=Intent.State.PENDING, attempts=TOLD_AFTER)
    strays_tend()
    told = SwapSession.objects.get()
    assert due.lock_id in told.attention
    assert "refund" in told.attention
    strays_tend()
    assert SwapSession.objects.get().seq == told.seq


def test_an_operator_who_has_reviewed_it_is_not_told_again(
    session: SwapSession, due: StrayLock, monkeypatch: pytest.MonkeyPatch
) -> None:
    strays_tend()
    SwapSession.objects.update(attention="")
    monkeypatch.setattr("swaps.services.strays.is_reviewed", lambda session_id, text: due.lock_id in text)
    Intent.objects.update(attempts=TOLD_AFTER)
    strays_tend()
    assert SwapSession.objects.get().attention == ""


def test_on_near_it_is_settled_when_its_payout_has_arrived(due: StrayLock) -> None:
    """A token's transfer may fail, and the HTLC holds the money until somebody calls `pay`."""
    happens("lock_refunded")
    assert strays_tend() == 0
    happens("payout_failed")
    assert strays_tend() == 1
    assert [(intent.step, intent.call) for intent in refunds()] == [("pay", {"method": "pay", "id": due.lock_id})]
    due.refresh_from_db()
    assert due.state == StrayLock.State.STANDING
    happens("payout_succeeded")
    assert strays_tend() == 0
    due.refresh_from_db()
    assert due.state == StrayLock.State.SETTLED


def test_a_payment_that_succeeded_and_paid_nothing_is_made_again(due: StrayLock) -> None:
    happens("lock_refunded")
    happens("payout_failed")
    strays_tend()
    (intent,) = refunds()
    Intent.objects.update(state=Intent.State.DONE, attempts=7)
    sent = sent_of(intent, height=95)
    Chain.objects.filter(name="near").update(seen_height=200, final_height=95 + EFFECT_BLOCKS)
    strays_tend()
    assert refunds()[0].state == Intent.State.DONE  # its events may not be read yet
    sent.block_height = 94
    sent.save()
    assert strays_tend() == 1
    (again,) = refunds()
    assert again.state == Intent.State.PENDING
    assert again.not_before is not None
    assert again.not_before > timezone.now() + timedelta(seconds=100)


def sent_of(intent: Intent, *, height: int) -> ChainTransaction:
    """A transaction of it that succeeded at that height."""
    account = Account.objects.create(chain=intent.chain, address="us.near", public_key="ed25519:x")
    return ChainTransaction.objects.create(
        intent=intent, chain=intent.chain, account=account, nonce=1, hash="paid", raw=b"", block_height=height,
        state=ChainTransaction.State.SUCCEEDED,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"amount": 5}, "amount is 5"),
        ({}, "second lock"),
        ({"token": "0x" + "0" * 40}, "token is 0x0000"),
        ({"hashlock": b"\xef" * 32}, "hashlock is 0xefef"),
    ],
)
def test_on_evm_too(
    post_session: Callable[..., Any], chains: dict[str, Chain], change: dict[str, Any], told: str
) -> None:
    session = SwapSession.objects.get(pk=post_session().json()["sessionId"])
    leg = session.legs.get(side="source")
    agreed = Immutables.from_json(leg.terms["immutables"])
    if not change:
        escrow_on_base(chains["base"], agreed, at=1_800_000_000)
    found = escrow_on_base(chains["base"], replace(agreed, **change), at=1_800_000_001)
    session_advance(session_id=session.pk)
    stray = StrayLock.objects.get()
    assert told in stray.differences[0]
    assert stray.refund_from == 1_800_000_001 + agreed.timelocks.src_cancellation
    assert stray.call == {"method": "cancel", "escrow": stray.lock_id, "immutables": found.to_json()}


@pytest.mark.parametrize("field", ["maker", "taker"])
def test_on_evm_only_the_makers_own_locks_for_our_resolver(
    post_session: Callable[..., Any], chains: dict[str, Chain], field: str
) -> None:
    session = SwapSession.objects.get(pk=post_session().json()["sessionId"])
    agreed = Immutables.from_json(session.legs.get(side="source").terms["immutables"])
    other: dict[str, Any] = {field: "0x" + "66" * 20}
    escrow_on_base(chains["base"], replace(agreed, **other), at=1_800_000_000)
    session_advance(session_id=session.pk)
    assert not StrayLock.objects.exists()


def escrow_on_base(chain: Chain, terms: Immutables, *, at: int) -> Immutables:
    """The event of a source escrow with these terms, created at that time, final; returns its stamped terms."""
    stamped = terms.deployed(at)
    ChainEvent.objects.create(
        chain=chain,
        kind="lock_created",
        lock_id=escrow_address(chain.contract, chain.escrow_src_implementation, stamped),
        hashlock=terms.hashlock.hex(),
        contract=chain.contract,
        block_height=90,
        block_hash=f"b{at}",
        block_time_ns=at * 10**9,
        tx_hash=f"0x{at}",
        index=0,
        payload={"side": "source", "immutables": stamped.to_json(), "deployedAt": at},
    )
    return stamped


def test_the_operator_sees_it(session: SwapSession, chains: dict[str, Chain], admin_client: Client) -> None:
    lock_on_near(session, "source", chains["near"], amount=7)
    session_advance(session_id=session.pk)
    page = admin_client.get(f"/admin/swaps/swapsession/{session.pk}/change/").content.decode()
    assert StrayLock.objects.get().lock_id in page
    assert "amount is 7" in page


def test_on_evm_it_is_settled_when_it_is_refunded(post_session: Callable[..., Any], chains: dict[str, Chain]) -> None:
    session = SwapSession.objects.get(pk=post_session().json()["sessionId"])
    agreed = Immutables.from_json(session.legs.get(side="source").terms["immutables"])
    escrow_on_base(chains["base"], replace(agreed, amount=5), at=1_800_000_000)
    session_advance(session_id=session.pk)
    happens("lock_refunded", height=90)
    move_time(chains["base"], StrayLock.objects.get().refund_from)
    assert strays_tend() == 0
    assert StrayLock.objects.get().state == StrayLock.State.SETTLED
