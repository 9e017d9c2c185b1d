"""Two chains as the database shows them, moved by a test: blocks, locks, claims, refunds, finality, reorgs.

It plays the nodes and the sending engine; everything it does to the tables is what `chains.services.ingest` and the engine do.
"""

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from django.db.models import QuerySet
from django.utils import timezone

from chains.codec.escrow import Immutables, escrow_address
from chains.codec.near import lock_id
from chains.events import BlockRef, EventKind, Forward, ObservedEvent
from chains.models import Account, Chain, ChainBlock, ChainTransaction, Intent
from chains.services import ingest
from swaps.models import Leg, Reservation, SwapSession
from swaps.services.legs import Verification

STATES = {EventKind.LOCK_CREATED: "locked", EventKind.LOCK_CLAIMED: "claimed", EventKind.LOCK_REFUNDED: "refunded"}


@dataclass
class Truth:
    """One lock as its chain has it. Times in chain seconds."""

    side: str
    id: str
    state: str
    claim_from: int
    expires_at: int


@dataclass
class ChainWorld:
    """One chain: its time, its unfinal blocks (each with what it undoes when it goes), and its locks."""

    row: Chain
    now: int
    locks: dict[str, Truth] = field(default_factory=dict)
    undo: list[tuple[int, str, Truth | None]] = field(default_factory=list)
    made: int = 0

    def block(self, *events: ObservedEvent, skipped: int = 0) -> BlockRef:
        """The next block, one second later, stored with its events; `skipped` heights have none."""
        self.row.refresh_from_db()
        self.now += 1
        self.made += 1
        height = (self.row.seen_height or 0) + 1 + skipped
        unique = f"{self.row.name}{height}:{self.made}"
        found = BlockRef(height, hashlib.sha256(unique.encode()).hexdigest(), self.row.seen_hash, self.now * 10**9)
        ingest.head_note(chain=self.row, head=found)
        ingest.blocks_store(chain=self.row, steps=[Forward(found, events)])
        return found

    def finalise(self) -> None:
        """Everything that was read becomes final."""
        self.row.refresh_from_db()
        block = ChainBlock.objects.get(chain=self.row, height=self.row.seen_height or 0, orphaned_at=None)
        self.undo.clear()
        ingest.final_advance(
            chain=self.row, block=BlockRef(block.height, block.hash, block.parent_hash, block.timestamp_ns)
        )

    def reorg(self) -> None:
        """All that is not final is undone."""
        self.row.refresh_from_db()
        if self.row.final_height == self.row.seen_height:
            return
        block = ChainBlock.objects.get(chain=self.row, height=self.row.final_height or 0, orphaned_at=None)
        for _, lock, before in reversed(self.undo):
            if before is None:
                self.locks.pop(lock, None)
            else:
                self.locks[lock] = before
        self.undo.clear()
        ingest.blocks_orphan(
            chain=self.row, point=BlockRef(block.height, block.hash, block.parent_hash, block.timestamp_ns)
        )

    def emit(self, kind: EventKind, truth: Truth, payload: dict[str, Any], *also: EventKind) -> None:
        """A block in which a lock changes; the events in it, `also` with the same payload."""
        before = self.locks.get(truth.id)
        tx = hashlib.sha256(f"{truth.id}{kind}{self.made}".encode()).hexdigest()
        events = [
            ObservedEvent(one, truth.id, self.row.contract, tx, index, payload)
            for index, one in enumerate((kind, *also))
        ]
        block = self.block(*events)
        self.undo.append((block.height, truth.id, before))
        self.locks[truth.id] = truth


class World:
    """Both chains of one session, and what may be done to them."""

    def __init__(self, session: SwapSession, secret: bytes, chains: dict[str, Chain], now: int) -> None:
        self.session, self.secret = session, secret
        self.chains = {name: ChainWorld(row, now) for name, row in chains.items()}
        for chain in self.chains.values():
            ingest_start(chain)

    def leg(self, side: str) -> Leg:
        return Leg.objects.select_related("chain", "session").get(session=self.session, side=side)

    def of(self, side: str) -> ChainWorld:
        return self.chains[self.leg(side).chain_id]

    def truth(self, side: str) -> Truth | None:
        return next((lock for lock in self.of(side).locks.values() if lock.side == side), None)

    def lock(self, side: str) -> None:
        """The lock that was agreed, if it is not there yet."""
        if self.truth(side) is not None:
            return
        leg, chain = self.leg(side), self.of(side)
        found = self._escrow(leg, chain) if leg.chain.family == "evm" else self._near_lock(leg)
        if found is not None:
            truth, payload = found
            chain.emit(EventKind.LOCK_CREATED, truth, payload)

    def _escrow(self, leg: Leg, chain: ChainWorld) -> tuple[Truth, dict[str, Any]]:
        at = chain.now + 1
        terms = Immutables.from_json(leg.terms["immutables"]).deployed(at)
        source = leg.side == "source"
        implementation = chain.row.escrow_src_implementation if source else chain.row.escrow_dst_implementation
        locks = terms.timelocks
        opens, ends = (
            (locks.src_withdrawal, locks.src_cancellation) if source else (locks.dst_withdrawal, locks.dst_cancellation)
        )
        address = escrow_address(chain.row.contract, implementation, terms)
        payload = {"side": leg.side, "hashlock": "0x" + self.session.hashlock, "deployedAt": at}
        if source:
            payload["immutables"] = terms.to_json()
        return Truth(leg.side, address, "locked", at + opens, at + ends), payload

    def _near_lock(self, leg: Leg) -> tuple[Truth, dict[str, Any]] | None:
        if "timelock" not in leg.terms:
            return None
        token = None if leg.token == "near" else leg.token
        terms = {"sender": leg.refundee, "token": token, "amount": str(leg.amount), **leg.terms}
        derived = lock_id(
            sender=leg.refundee,
            receiver=terms["receiver"],
            token=token,
            amount=leg.amount,
            hashlock=bytes.fromhex(terms["hashlock"]),
            timelock=terms["timelock"],
            salt=bytes.fromhex(terms["salt"]),
        )
        return Truth(leg.side, derived, "locked", 0, terms["timelock"]), terms

    def settle(self, side: str, kind: EventKind) -> bool:
        """A claim or refund, if the contract would take it now. Returns whether it did."""
        truth, chain = self.truth(side), self.of(side)
        if truth is None or truth.state != "locked":
            return False
        at, claim = chain.now + 1, kind is EventKind.LOCK_CLAIMED
        allowed = truth.claim_from <= at < truth.expires_at if claim else at >= truth.expires_at
        if not allowed:
            return False
        payload = {"outcome": STATES[kind]} | ({"secret": self.secret.hex()} if claim else {})
        settled = Truth(side, truth.id, STATES[kind], truth.claim_from, truth.expires_at)
        also = () if self.leg(side).chain.family == "evm" else (EventKind.PAYOUT_SUCCEEDED,)
        chain.emit(kind, settled, payload, *also)
        return True

    # The engine

    def send(self, intent: Intent) -> None:
        """Sign and broadcast a pending intent: from now on it may land."""
        account, _ = Account.objects.get_or_create(chain_id=intent.chain_id, address="us")
        ChainTransaction.objects.create(
            intent=intent,
            chain_id=intent.chain_id,
            account=account,
            nonce=ChainTransaction.objects.count(),
            hash=f"0x{intent.pk}-{intent.attempts}",
            raw=b"signed",
            state=ChainTransaction.State.BROADCAST,
            first_broadcast_at=timezone.now(),
        )
        intent.state, intent.attempts = Intent.State.SENT, intent.attempts + 1
        intent.save()

    def land(self, intent: Intent) -> None:
        """A sent transaction reaches a block: its effect happens there, or it reverts."""
        sent = intent.transactions.get(state=ChainTransaction.State.BROADCAST)
        side, _, kind = intent.step.partition("_")
        if kind == "lock":
            before = self.truth(side)
            self.lock(side)
            success = before is None and self.truth(side) is not None
        else:
            success = self.settle(side, EventKind.LOCK_CLAIMED if kind == "claim" else EventKind.LOCK_REFUNDED)
        sent.state, sent.error = ChainTransaction.State.INCLUDED, "" if success else "reverted"
        sent.block_height = self.chains[intent.chain_id].row.seen_height
        sent.save()

    def finalise(self, name: str) -> None:
        """All blocks of a chain become final, and with them the fate of our transactions in them."""
        self.chains[name].finalise()
        for sent in self._included(name):
            failed = bool(sent.error)
            sent.state = ChainTransaction.State.FAILED if failed else ChainTransaction.State.SUCCEEDED
            sent.save()
            sent.intent.state = Intent.State.REVERTED if failed else Intent.State.DONE
            sent.intent.save()

    def reorg(self, name: str) -> None:
        """A chain's unfinal blocks are undone; our transactions in them are on their way again."""
        self.chains[name].reorg()
        self._included(name).update(state=ChainTransaction.State.BROADCAST, error="", block_height=None)

    def _included(self, name: str) -> QuerySet[ChainTransaction]:
        return ChainTransaction.objects.filter(chain_id=name, state=ChainTransaction.State.INCLUDED)


def ingest_start(chain: ChainWorld) -> None:
    """The chain's cursor at a block of its own, so that blocks can follow."""
    Chain.objects.filter(pk=chain.row.pk).update(seen_height=None, final_height=None)
    chain.row.refresh_from_db()
    ingest.cursor_start(chain=chain.row, block=BlockRef(1000, f"{chain.row.name}-1000", "before", chain.now * 10**9))


@contextmanager
def source_locked(session: SwapSession, secret: bytes, chains: dict[str, Chain]) -> Iterator[World]:
    """A swap that pays on BASE and whose maker has locked; who looks at a lock meanwhile finds it as agreed."""
    Reservation.objects.create(session=session, chain_id="base", token=session.destination_token, amount=1)
    world = World(session, secret, chains, int(time.time()))
    world.lock("source")
    with (
        patch("swaps.services.legs.evm.EvmLegs.verify", return_value=Verification()),
        patch("swaps.services.legs.near.NearLegs.verify", return_value=Verification()),
    ):
        yield world
