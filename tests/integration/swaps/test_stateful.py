"""The engine over the real database, driven by hypothesis: any order of requests, locks, claims, reorgs, late jobs.

The pure machine is explored exhaustively elsewhere (`manage.py model`); this looks for what the tables and services add.
"""

import hashlib
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, ClassVar
from unittest.mock import patch

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from chains.events import EventKind
from chains.models import Chain, Intent
from swaps.errors import SwapError
from swaps.machine import TERMINAL, TRANSITIONS, Status
from swaps.models import Reservation, Secret, SwapSession
from swaps.services import refunds, sessions
from swaps.services.advance import session_advance
from swaps.services.effects import EFFECT_BLOCKS
from swaps.services.legs import Verification
from swaps.services.liquidity import Balance
from swaps.services.sessions import SwapRequest
from tests.integration.swaps.chain_world import Truth, World

SECRET = hashlib.sha256(b"the maker's secret").digest()
CHAINS = st.sampled_from(("base", "near"))
SIDES = st.sampled_from(("source", "destination"))
USDC = "0x833589fcd6edb6e08f4c7c32d4f71b54bda02913"
EVM_USER, NEAR_USER = "0x" + "ab" * 20, "alice.near"
FAR = 100_000  # seconds: after every timelock


class Swap(RuleBasedStateMachine):
    """One swap, and everything that the maker, the chains, the operator and our own delays may do to it."""

    reached: ClassVar[set[str]] = set()

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()

    @initialize(to_near=st.booleans(), makers_secret=st.booleans(), first=st.sampled_from(("", "execute", "cancel")))
    def start(self, to_near: bool, makers_secret: bool, first: str) -> None:
        pair = ("base", "near") if to_near else ("near", "base")
        tokens = {"base": USDC, "near": "usdt.near"}
        users = {"base": EVM_USER, "near": NEAR_USER}
        request = SwapRequest(
            source_chain=pair[0],
            destination_chain=pair[1],
            source_token=tokens[pair[0]],
            destination_token=tokens[pair[1]],
            source_amount=1000,
            destination_amount=999,
            maker=users[pair[0]],
            taker=users[pair[1]],
            hashlock=hashlib.sha256(SECRET).hexdigest() if makers_secret else "",
        )
        self.makers_secret = makers_secret
        with patch("swaps.vault.new_secret", return_value=SECRET):
            session = sessions.session_create(request=request, principal="key:test")
        rows = {name: Chain.objects.get(name=name) for name in pair}
        self.world = World(session, SECRET, rows, int(time.time()))
        if first:
            getattr(self, first)()
            self.advance()

    # The client and the operator

    @rule()
    def execute(self) -> None:
        self.ask(sessions.session_execute, actor="client", source_lock="self")

    @rule()
    def cancel(self) -> None:
        self.ask(sessions.session_cancel, actor="client")

    @rule(right=st.booleans())
    def secret(self, right: bool) -> None:
        text = SECRET.hex() if right else "77" * 32
        self.ask(sessions.session_secret, actor="client", secret=text)

    @rule()
    def operator_refunds(self) -> None:
        self.ask(refunds.refund_request, actor="olga", reason="on request")

    def ask(self, service: Any, **arguments: Any) -> None:
        """A call that may be refused, and then must have changed nothing."""
        before = self.session.seq
        try:
            service(session_id=self.session.pk, **arguments)
        except SwapError:
            assert self.session.seq == before

    # The chains

    @rule()
    def maker_locks(self) -> None:
        self.world.lock("source")

    @precondition(lambda self: self.makers_secret)
    @rule()
    def maker_claims_the_destination(self) -> None:
        self.world.settle("destination", EventKind.LOCK_CLAIMED)

    @rule()
    def anyone_claims_the_source_with_a_public_secret(self) -> None:
        destination = self.world.truth("destination")
        if destination is not None and destination.state == "claimed":
            self.world.settle("source", EventKind.LOCK_CLAIMED)

    @rule(side=SIDES)
    def anyone_refunds(self, side: str) -> None:
        self.world.settle(side, EventKind.LOCK_REFUNDED)

    @rule(chain=CHAINS, seconds=st.sampled_from((1, 60, 3000, 20_000)))
    def time_passes(self, chain: str, seconds: int) -> None:
        self.world.chains[chain].now += seconds
        self.world.chains[chain].block()

    @rule(chain=CHAINS)
    def final(self, chain: str) -> None:
        self.world.finalise(chain)

    @rule(chain=CHAINS)
    def reorg(self, chain: str) -> None:
        self.world.reorg(chain)

    # The engine

    @rule()
    def advance(self) -> None:
        secret = Secret.objects.filter(session=self.session, revealed_at=None).first()
        session_advance(session_id=self.session.pk)
        if secret is not None and Secret.objects.get(pk=secret.pk).revealed_at is not None:
            self.check_reveal()

    def check_reveal(self) -> None:
        """The secret left: both locks were final and stood, or it was public."""
        public = Secret.objects.get(session=self.session).public_at is not None
        for side in ("source", "destination"):
            truth, chain = self.world.truth(side), self.world.of(side)
            final = truth is not None and all(lock != truth.id for _, lock, _ in chain.undo)
            assert public or final, f"the secret left on an unfinal {side} lock"

    @rule()
    def send(self) -> None:
        for intent in self.intents(Intent.State.PENDING):
            self.world.send(intent)

    @rule()
    def land(self) -> None:
        for intent in self.intents(Intent.State.SENT):
            if intent.transactions.filter(state="broadcast").exists():
                self.world.land(intent)

    @rule(steps=st.sampled_from((2, 5, 8, 10, 13, 15)))
    def go_on(self, steps: int) -> None:
        """The way to a completed swap, as far as `steps`: chance alone would rarely find it."""
        way = (self.execute, self.maker_locks, self.final_both, self.advance, self.send, self.land, self.final_both)
        hand_over = (self.advance, lambda: self.secret(True), self.clocks_tick, self.advance, self.send, self.land)
        for step in (*way, *hand_over, self.final_both, self.advance)[:steps]:
            step()

    def final_both(self) -> None:
        for name in self.world.chains:
            self.final(name)

    def clocks_tick(self) -> None:
        for name in self.world.chains:
            self.time_passes(name, 1)

    def intents(self, state: str) -> list[Intent]:
        return list(Intent.objects.filter(subject_id=self.session.pk, state=state).order_by("pk"))

    # What always holds

    @property
    def session(self) -> SwapSession:
        return SwapSession.objects.get(pk=self.world.session.pk)

    @invariant()
    def every_move_is_in_the_table_and_numbered(self) -> None:
        if not hasattr(self, "world"):
            return
        moves = list(self.session.transitions.order_by("seq"))
        assert [move.seq for move in moves] == list(range(1, len(moves) + 1))
        self.reached.update(move.to_status for move in moves)
        for move in moves:
            old, new = Status(move.from_status), Status(move.to_status)
            assert old is new or new in TRANSITIONS[old]
        assert all(a.to_status == b.from_status for a, b in pairwise(moves))
        assert self.session.status == moves[-1].to_status

    @invariant()
    def an_end_keeps_neither_secret_nor_reservation(self) -> None:
        if not hasattr(self, "world") or self.session.status not in TERMINAL:
            return
        assert not Secret.objects.filter(session=self.session, ciphertext__isnull=False).exists()
        assert not Reservation.objects.filter(session=self.session, released_at=None).exists()

    @invariant()
    def completed_and_refunded_are_true(self) -> None:
        if not hasattr(self, "world"):
            return
        states = {side: self.state(side) for side in ("source", "destination")}
        if self.session.status == Status.COMPLETED:
            assert set(states.values()) == {"claimed"}
        if self.session.status == Status.REFUNDED:
            assert set(states.values()) <= {"refunded", "none"}

    def state(self, side: str) -> str:
        truth: Truth | None = self.world.truth(side)
        return truth.state if truth else "none"

    def teardown(self) -> None:
        """From wherever it stands, the engine left to itself brings the swap to an end with nothing locked."""
        try:
            if hasattr(self, "world"):
                self.bring_to_an_end()
        finally:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    def bring_to_an_end(self) -> None:
        SwapSession.objects.filter(pk=self.session.pk).update(expires_at=timezone.now())
        for turn in range(12):
            for name, chain in self.world.chains.items():
                chain.now += FAR if turn == 2 else 10
                chain.block(skipped=EFFECT_BLOCKS)
                self.world.finalise(name)
            self.advance()
            Intent.objects.filter(state=Intent.State.PENDING).update(not_before=None)
            self.send()
            self.land()
            if turn > 2 and self.session.status in TERMINAL:
                break
        session = self.session
        self.reached.update(session.transitions.values_list("to_status", flat=True))
        assert session.status in TERMINAL, f"stuck in {session.status}: {session.reason} {session.attention}"
        assert "locked" not in {self.state("source"), self.state("destination")}, session.status


@pytest.fixture
def engine(chains: dict[str, Chain]) -> Iterator[None]:
    """Nodes that answer what the locks truly are, and inventory enough."""
    truthful = Verification()
    with (
        patch("swaps.services.legs.evm.EvmLegs.verify", return_value=truthful),
        patch("swaps.services.legs.near.NearLegs.verify", return_value=truthful),
        patch("swaps.services.liquidity.available", side_effect=lambda _: Balance(10**12, timezone.now())),
    ):
        yield


def test_terminal_state_with_funds__any_order_of_events(engine: None) -> None:
    run_state_machine_as_test(
        Swap,
        settings=settings(
            max_examples=30,
            stateful_step_count=20,
            phases=(Phase.generate,),  # a found story is short enough, and shrinking it takes minutes
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert Swap.reached >= set(Status), f"never reached: {sorted({*Status} - Swap.reached)}"
