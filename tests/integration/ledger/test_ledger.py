"""What is booked, by whom it was caused, and what the database refuses."""

from collections import defaultdict
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from chains.models import ChainEvent, ChainTransaction, Intent
from chains.services.intents import intent_cancel, intent_ensure
from chains.services.sending import intent_send, transactions_tend
from devnet.evm.anvil import Anvil
from swaps.models import LedgerEntry, Leg
from swaps.services.facts import facts_gather
from swaps.services.ledger import event_postings, leg_book, transaction_book
from tests.integration.engine.conftest import immutables
from tests.integration.ledger.desk import Desk, told


@pytest.fixture
def anvil(books: Desk) -> Anvil:
    return books.network.evm["base"]


def moved(**filters: Any) -> list[tuple[str, str, str, int]]:
    entries = LedgerEntry.objects.filter(**filters).order_by("height", "pk")
    return [(entry.kind, entry.credit, entry.debit, entry.amount) for entry in entries]


def test_a_completed_swap(books: Desk) -> None:
    """BASE to NEAR: each amount passes through its lock, and the safety deposit comes to whoever claimed."""
    session = books.ended[0]
    locks = ["locked", "claimed", "deposited", "deposit_returned"]
    assert moved(session=session, chain="base", kind__in=locks) == [
        ("locked", "maker", "source_escrow", session.source_amount),
        ("deposited", "maker", "source_deposit", 10**12),
        ("claimed", "source_escrow", "inventory", session.source_amount),
        ("deposit_returned", "source_deposit", "inventory", 10**12),
    ]
    assert moved(session=session, chain="near", kind__in=[*locks, "attached"]) == [
        ("locked", "inventory", "destination_escrow", session.destination_amount),
        ("attached", "inventory", "network", 1),
        ("claimed", "destination_escrow", "taker", session.destination_amount),
    ]


def test_a_refunded_swap(books: Desk) -> None:
    session = books.ended[5]
    assert moved(session=session, chain="base", kind__in=["locked", "refunded", "deposited", "deposit_returned"]) == [
        ("locked", "inventory", "destination_escrow", session.destination_amount),
        ("deposited", "inventory", "destination_deposit", 10**12),
        ("refunded", "destination_escrow", "inventory", session.destination_amount),
        ("deposit_returned", "destination_deposit", "inventory", 10**12),
    ]


def test_every_transaction_has_its_fee_and_every_session_is_balanced(books: Desk) -> None:
    """Money is conserved: over all accounts nothing is made or lost, and no lock keeps anything of an ended session."""
    sent = {
        row.hash: int(row.fee_paid or 0) for row in ChainTransaction.objects.filter(state__in=["succeeded", "failed"])
    }
    assert dict(LedgerEntry.objects.filter(kind="fee").values_list("evidence", "amount")) == sent
    assert all(sent.values())
    sums: dict[tuple[str, str, str], int] = defaultdict(int)
    for entry in LedgerEntry.objects.filter(session__in=books.ended):
        sums[entry.session_id or "", entry.debit, entry.token] += entry.amount
        sums[entry.session_id or "", entry.credit, entry.token] -= entry.amount
    in_locks = {key: left for key, left in sums.items() if key[1].startswith(("source", "destination"))}
    assert len(in_locks) >= 2 * len(books.ended)
    assert set(in_locks.values()) == {0}


def test_booking_twice_books_once(books: Desk) -> None:
    before = LedgerEntry.objects.count()
    for session in books.ended:
        for view in facts_gather(session, wall=session.created_at).views:
            leg_book(view)
    for sent in ChainTransaction.objects.select_related("chain", "intent"):
        transaction_book(sent)
    assert LedgerEntry.objects.count() == before


def test_somebody_else_settles_and_somebody_else_locks(books: Desk) -> None:
    """The safety deposit is his who made the call; what was locked in our name by another was not ours."""
    for side, depositor, payer in (("source", "maker", "maker"), ("destination", "stranger", "stranger")):
        leg = Leg.objects.select_related("chain").filter(chain="base", side=side, session__in=books.ended[:2]).get()
        events = list(ChainEvent.objects.filter(lock_id=leg.lock_id).order_by("block_height"))
        entries = {entry.kind: entry for entry in event_postings(leg, events, ours=set())}
        assert (entries["locked"].credit, entries["deposited"].credit) == (payer, depositor)
        assert entries["deposit_returned"].debit == "stranger"
        assert entries["claimed"].debit == ("inventory" if side == "source" else "taker")


def test_an_escrow_that_emits_twice_is_booked_once(books: Desk) -> None:
    leg = books.ended[0].legs.select_related("chain").get(side="source")
    events = list(ChainEvent.objects.filter(lock_id=leg.lock_id).order_by("block_height"))
    assert (
        len(event_postings(leg, [*events, events[-1]], ours=set())) == len(event_postings(leg, events, ours=set())) == 4
    )


def test_nothing_is_booked_that_is_not_final(books: Desk) -> None:
    leg = books.ended[0].legs.select_related("chain").get(side="source")
    events = list(ChainEvent.objects.filter(lock_id=leg.lock_id).order_by("block_height"))
    leg.chain.final_height = events[0].block_height
    assert [entry.kind for entry in event_postings(leg, events, ours=set())] == ["locked", "deposited"]
    leg.chain.final_height = None
    assert event_postings(leg, events, ours=set()) == []


# Transactions that did not do what they should


def ordered(number: int, books: Desk) -> Intent:
    suite = books.network.deployments["base"]
    call = {
        "method": "deploy_dst",
        "immutables": immutables(suite, number).to_json(),
        "sourceCancellation": str(2**40),
        "value": "0",
    }
    return intent_ensure(
        subject_type="other", subject_id=f"s{number}", step="destination_lock", chain="base", call=call
    )


def test_a_reverted_transactions_gas_is_booked(books: Desk, anvil: Anvil) -> None:
    resolver = books.network.deployments["base"].resolver
    held = books.network.evm_balance("base", "0x" + "0" * 40, resolver)
    anvil.rpc.call("evm_setAutomine", False)
    intent = ordered(21, books)
    intent_send(intent_id=intent.pk)
    anvil.set_balance(resolver, 0)
    anvil.mine()
    anvil.set_balance(resolver, held)
    books.read()
    transactions_tend(chain="base")
    sent = intent.transactions.get()
    assert sent.state == "failed"
    assert moved(transaction=sent) == [("fee", "gas", "network", int(sent.fee_paid or 0))]
    assert told(books.look(chain="base")) == []


def test_a_cancellations_gas_is_booked(books: Desk, anvil: Anvil) -> None:
    anvil.rpc.call("evm_setAutomine", False)
    intent = ordered(22, books)
    intent_send(intent_id=intent.pk)
    intent_cancel(Intent.objects.get(pk=intent.pk), reason="not wanted")
    transactions_tend(chain="base")
    anvil.mine()
    books.read()
    transactions_tend(chain="base")
    states = {sent.kind: sent.state for sent in intent.transactions.all()}
    assert states == {"call": "replaced", "cancellation": "succeeded"}
    assert [kind for kind, *_ in moved(transaction__intent=intent)] == ["fee"]
    assert told(books.look(chain="base")) == []


def test_what_is_under_way_is_no_difference__and_more_than_that_is(books: Desk, anvil: Anvil) -> None:
    """A lock of ours has landed and was not looked after yet: the balance may be lower by that much and no more."""
    intent = ordered(23, books)
    intent_send(intent_id=intent.pk)
    books.read()
    report = books.look(chain="base")
    line = next(one for one in report.balances if (one.account, one.symbol) == ("inventory", "ETH"))
    assert (line.difference, line.under_way[0], line.holds) == (-1000, -1000, True)
    assert ("balance", "base") not in told(report)
    resolver = books.network.deployments["base"].resolver
    anvil.set_balance(resolver, books.network.evm_balance("base", "0x" + "0" * 40, resolver) - 1)
    books.read()
    found = [one for one in books.look(chain="base").differences if one.what == "balance"]
    assert [(one.subject, one.units) for one in found] == [("inventory", -1001)]


# The database's own rules


def test_entries_are_never_changed_or_deleted(books: Desk) -> None:
    entry = LedgerEntry.objects.latest("pk")
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        LedgerEntry.objects.filter(pk=entry.pk).update(amount=1)
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        entry.delete()


def copied(entry: LedgerEntry, **changes: Any) -> None:
    entry.pk, entry.evidence = None, "another"
    for name, value in changes.items():
        setattr(entry, name, value)
    with transaction.atomic():
        entry.save(force_insert=True)


def test_an_entry_needs_a_final_cause(books: Desk) -> None:
    by_event = LedgerEntry.objects.filter(event__isnull=False).latest("pk")
    by_transaction = LedgerEntry.objects.filter(transaction__isnull=False).latest("pk")
    ChainTransaction.objects.filter(hash=by_transaction.evidence).update(state="included")
    with pytest.raises(DatabaseError, match="transaction that is final"):
        copied(by_transaction)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE chains_chainevent SET orphaned_at = now() WHERE id = %s", [by_event.event_id])
    with pytest.raises(DatabaseError, match="event that is final"):
        copied(by_event)


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"event": None}, "ledger_one_cause"),
        ({"kind": "opening"}, "ledger_one_cause"),
        ({"debit": "maker", "credit": "maker"}, "ledger_two_accounts"),
        ({"amount": -1}, "ledger_amount_not_negative"),
    ],
)
def test_what_an_entry_cannot_be(books: Desk, changes: dict[str, Any], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        copied(LedgerEntry.objects.filter(event__isnull=False).latest("pk"), **changes)


@pytest.mark.parametrize("amount", [2**53 + 1, 2**256 - 1, 10**77 + 1])
def test_float_precision_in_the_books(books: Desk, amount: int) -> None:
    """Failure mode 31: every unit of the widest amounts comes back as it was written; a float is refused."""
    entry = LedgerEntry.objects.filter(event__isnull=False).latest("pk")
    copied(entry, amount=amount)
    assert LedgerEntry.objects.get(pk=entry.pk).amount == amount
    with pytest.raises(TypeError, match="float"):
        copied(entry, amount=0.1)
