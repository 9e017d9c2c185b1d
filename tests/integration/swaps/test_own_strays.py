"""Somebody makes the destination escrow that our Resolver makes as well: ours is the swap's, or comes home."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import override_settings

from chains.codec import calldata
from chains.codec.escrow import Immutables
from chains.codec.evm import ESCROW_CANCELLED
from chains.config import forget_clients
from chains.models import ChainEvent, Intent
from chains.services.sending import intent_send, transactions_tend
from devnet.evm.accounts import dev_account
from devnet.network import MAKER, USDC_ON_BASE, Network, send_evm
from swaps.models import LedgerEntry, Leg, StrayLock, SwapSession
from swaps.selectors import intents_to_send
from swaps.services.advance import session_advance
from swaps.services.sessions import session_secret
from swaps.services.strays import SUBJECT, strays_tend
from tests.integration.ledger.desk import DEPOSIT, FIGURES, Desk, settings_of, told

STRANGER = dev_account(6)


@dataclass
class Race:
    """A swap from NEAR to BASE whose destination lock is ordered, and has not been sent."""

    books: Desk
    session: SwapSession

    def __post_init__(self) -> None:
        self.anvil = self.books.network.evm["base"]
        self.suite = self.books.network.deployments["base"]
        self.held = self.inventory()

    @property
    def leg(self) -> Leg:
        return self.session.legs.select_related("chain").get(side="destination")

    def inventory(self) -> int:
        return self.books.network.evm_balance("base", USDC_ON_BASE, self.suite.resolver)

    def stranger_locks(self) -> str:
        """The same escrow from somebody else's money, in a block of its own. Returns his transaction's hash."""
        terms = Immutables.from_json(self.leg.terms["immutables"])
        self._send(MAKER, USDC_ON_BASE, calldata.erc20_transfer(STRANGER.address.lower(), terms.amount))
        self._send(STRANGER, USDC_ON_BASE, calldata.erc20_approve(self.suite.factory, terms.amount))
        return self._send(STRANGER, self.suite.factory, calldata.create_dst_escrow(terms, 2**40), DEPOSIT)

    def claim(self, lock_id: str) -> None:
        """By the stranger: anybody may, once the secret is public."""
        event = ChainEvent.objects.get(chain="base", kind="lock_created", lock_id=lock_id)
        made_at = event.block_time_ns // 10**9
        terms = Immutables.from_json(self.leg.terms["immutables"]).deployed(made_at)
        self.until(made_at + terms.timelocks.dst_public_withdrawal)
        self._send(STRANGER, lock_id, calldata.escrow_public_withdraw(self.books.secret, terms))

    def we_lock(self) -> str:
        """Our own, in a later block. Returns its transaction's hash."""
        self.books.travel(5)
        (intent_id,) = intents_to_send(self.session.pk)
        intent_send(intent_id=intent_id)
        intent = Intent.objects.get(pk=intent_id)
        assert intent.state == Intent.State.SENT, (intent.state, intent.last_error)
        return intent.transactions.get().hash

    def we_lock_and_look(self) -> str:
        sent = self.we_lock()
        self.look()
        return sent

    def _send(self, account: Any, to: str, data: bytes, value: int = 0) -> str:
        sent = send_evm(self.anvil.rpc, account, to, data, value)
        assert int(self.anvil.receipt(sent)["status"], 16) == 1
        return sent

    def see(self) -> None:
        """Read what has happened, without anything becoming final, and look at the session."""
        for watcher in self.books.watchers:
            while watcher.process_one():
                pass
        session_advance(session_id=self.session.pk)

    def look(self) -> None:
        """Make everything final, and look at the session; nothing is sent."""
        self.books.read()
        transactions_tend(chain="base")
        session_advance(session_id=self.session.pk)

    def complete(self) -> None:
        self.books.until(self.session, lambda found: found.status == "both_locked")
        self.books.travel(30)  # into the windows of both
        align(self.books.network)
        session_secret(session_id=self.session.pk, actor="tests", secret="0x" + self.books.secret.hex())
        self.books.until(self.session, lambda found: found.status == "completed")

    def take_back(self) -> int:
        """Everything of ours that is due. Returns how many were ordered."""
        ordered = strays_tend()
        for intent in Intent.objects.filter(subject_type=SUBJECT, state=Intent.State.PENDING):
            intent_send(intent_id=intent.pk)
        self.books.read()
        assert ("balance", "base") not in self.differences()  # it has landed, and was not looked after yet
        self.look()
        strays_tend()
        return ordered

    def until(self, seconds: int) -> None:
        """Let BASE's final time come to that second."""
        self.anvil.advance_time(seconds - self.anvil.time)
        self.books.read()

    def cancellations(self, lock_id: str) -> int:
        query = {"fromBlock": "0x0", "address": lock_id, "topics": [ESCROW_CANCELLED]}
        return len(self.anvil.rpc.call("eth_getLogs", query))

    def differences(self) -> list[tuple[str, str]]:
        return told(self.books.look())


@pytest.fixture(scope="module")
def network(tmp_path_factory: Any) -> Iterator[Network]:
    with (
        Network(figures=FIGURES) as running,
        override_settings(**settings_of(running, tmp_path_factory.mktemp("chains"))),
    ):
        forget_clients()
        yield running
    forget_clients()


@pytest.fixture
def race(network: Network, db: None) -> Iterator[Race]:
    """The books are opened with what the chains have now. BASE is put back afterwards, and its time with it."""
    anvil = network.evm["base"]
    snapshot = anvil.snapshot()
    anvil.set_next_base_fee(10**9)  # no revert brings a base fee back
    align(network)
    books = Desk(network)
    books.open_books()
    race = Race(books, books.swap("near", "base"))
    for _ in range(5):
        race.look()
        if intents_to_send(race.session.pk):
            break
    yield race
    anvil.revert(snapshot)


def align(network: Network) -> None:
    """Bring the clock that is behind up to the other: BASE is put back between tests, and NEAR is not."""
    anvil, near = network.evm["base"], network.near
    ahead = near.rpc("block", {"finality": "optimistic"})["header"]["timestamp"] // 10**9 - anvil.time
    if ahead:
        (anvil if ahead > 0 else near).advance_time(abs(ahead))


def lock_made_in(tx_hash: str) -> str:
    return ChainEvent.objects.get(chain="base", kind="lock_created", tx_hash=tx_hash, orphaned_at=None).lock_id


def moved(lock_id: str) -> list[tuple[str, str, str, int]]:
    entries = LedgerEntry.objects.filter(chain="base", evidence=f"destination:{lock_id}").order_by("height", "pk")
    return [(entry.kind, entry.credit, entry.debit, int(entry.amount)) for entry in entries]


def test_our_escrow_comes_home_where_the_swap_went_on_with_a_strangers(race: Race) -> None:
    amount = race.session.destination_amount
    theirs = race.stranger_locks()
    race.look()
    assert race.leg.lock_tx == theirs
    ours = race.we_lock()
    race.look()
    assert race.leg.lock_tx == theirs
    assert race.differences() == []
    stray = StrayLock.objects.get()
    assert (stray.session_id, stray.lock_id) == (race.session.pk, lock_made_in(ours))

    race.complete()
    assert race.differences() == []  # it stands until its timelock, and nobody needs to look
    race.until(stray.refund_from - 60)
    assert race.take_back() == 0
    race.until(stray.refund_from)
    assert race.take_back() == 1
    assert race.take_back() == 0
    stray.refresh_from_db()
    assert stray.state == StrayLock.State.SETTLED
    assert race.inventory() == race.held
    assert race.cancellations(stray.lock_id) == 1
    assert moved(stray.lock_id) == [
        ("locked", "inventory", "destination_escrow", amount),
        ("deposited", "inventory", "destination_deposit", DEPOSIT),
        ("refunded", "destination_escrow", "inventory", amount),
        ("deposit_returned", "destination_deposit", "inventory", DEPOSIT),
    ]
    assert moved(race.leg.lock_id) == [
        ("locked", "stranger", "destination_escrow", amount),
        ("deposited", "stranger", "destination_deposit", DEPOSIT),
        ("claimed", "destination_escrow", "taker", amount),
        ("deposit_returned", "destination_deposit", "inventory", DEPOSIT),
    ]
    assert race.differences() == []


def test_one_that_is_claimed_after_all_was_paid_by_us(race: Race) -> None:
    """Its maker knows the secret, too: he may claim both, and is paid by us and by the stranger."""
    race.stranger_locks()
    race.look()
    lock_id = lock_made_in(race.we_lock_and_look())
    race.complete()
    race.claim(lock_id)
    race.look()
    race.until(StrayLock.objects.get().refund_from)
    assert race.take_back() == 0
    assert StrayLock.objects.get().state == StrayLock.State.SETTLED
    assert moved(lock_id)[2:] == [
        ("claimed", "destination_escrow", "taker", race.session.destination_amount),
        ("deposit_returned", "destination_deposit", "stranger", DEPOSIT),
    ]
    assert race.differences() == []


@pytest.mark.parametrize("seen", [False, True])
def test_ours_is_the_swaps_where_both_are_there_before_one_is_final(race: Race, seen: bool) -> None:
    """Even where the stranger's was seen first. His pays our maker as well, from his own pocket."""
    theirs = race.stranger_locks()
    if seen:
        race.see()
        assert race.leg.lock_tx == theirs
    ours = race.we_lock_and_look()
    assert race.leg.lock_tx == ours
    assert not StrayLock.objects.exists()
    race.complete()
    race.claim(lock_made_in(theirs))
    race.look()
    assert race.inventory() == race.held - race.session.destination_amount
    assert moved(race.leg.lock_id)[0][1:3] == ("inventory", "destination_escrow")
    assert moved(lock_made_in(theirs)) == []
    assert race.differences() == []
