"""What our service sees of a world, and what the machine decides from it."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import NamedTuple

from devnet.proofs.model.world import (
    CLAIMED,
    FINAL,
    LANDED,
    NONE,
    NOTHING,
    OLD_OUT,
    OUT,
    PAID,
    PAY_FAILED,
    PENDING,
    READ_RIGHT,
    READ_WRONG,
    REFUNDED,
    REVERTED,
    STATUSES,
    STEPS,
    UNPAID,
    Arena,
    Lock,
    World,
)
from swaps.evidence import ChainNow, Decision, Facts, LegFacts, Payout, Presence, Sending, Step
from swaps.statuses import GIVEN_UP, IllegalTransition

Decide = Callable[[Facts], Decision]
PAYOUTS = {UNPAID: Payout.PENDING, PAID: Payout.PAID, PAY_FAILED: Payout.FAILED}
VERIFIED = {READ_RIGHT: True, READ_WRONG: False}
NOTHING_SEEN = LegFacts()
LOCK_STEPS = (Step.SOURCE_LOCK, Step.DESTINATION_LOCK)  # the first of STEPS
SENDING = bytes.maketrans(
    bytes((NONE, PENDING, OUT, OLD_OUT, LANDED, REVERTED)),
    bytes((Sending.ABSENT, *(Sending.IN_FLIGHT,) * 3, Sending.DONE, Sending.REVERTED)),
)
WITHDRAWN = bytes.maketrans(bytes((PENDING,)), bytes((REVERTED,)))


class Sight(NamedTuple):
    """The part of a world that a decision depends on, and nothing else: equal sights have equal facts."""

    status: int
    source: tuple[int, ...]
    destination: tuple[int, ...]
    sending: bytes
    flags: tuple[int, ...]
    margins: tuple[int, ...]


class Answer(NamedTuple):
    """A decision in numbers. `fault` = what it was instead of a decision."""

    status: int
    steps: tuple[int, ...]
    verify: bool
    fault: str = ""


def presence(age: int, lag: int, born: int) -> Presence:
    """How surely an event of this age is seen by a view that is `lag` ticks behind."""
    if age - born < lag:
        return Presence.ABSENT
    return Presence.FINAL if age >= FINAL + lag else Presence.SEEN


def _leg(lock: Lock, lag: int, born: int) -> tuple[int, ...]:
    """(lock, claim, refund, payout, ticks since the lock, left, verified) as seen."""
    seen = presence(lock.age, lag, born) if lock.phase != NOTHING else Presence.ABSENT
    if seen is Presence.ABSENT:
        return ()
    settled = presence(lock.settled, lag, born) if lock.phase in (CLAIMED, REFUNDED) else Presence.ABSENT
    claim = settled if lock.phase == CLAIMED else 0
    refund = settled if lock.phase == REFUNDED else 0
    return (
        int(seen),
        int(claim),
        int(refund),
        lock.paid if settled else UNPAID,
        lock.age - born,
        lock.left,
        lock.verified,
    )


def _sending(world: World) -> bytes:
    """An intent is done for us when its effect is final in our view; until then it is in flight."""
    return world.intents.translate(SENDING)


def _shown(world: World, arena: Arena) -> bool:
    """Whether a claim that we can see has shown the secret."""
    return any(
        lock.phase == CLAIMED and lock.settled - arena.born(side) >= lag
        for side, lock, lag in (
            ("source", world.source, world.source_lag),
            ("destination", world.destination, world.destination_lag),
        )
    )


def learned(world: World, arena: Arena) -> World:
    """The world after `swaps.services.advance` has taken in what the chains show: a secret that became public, and lock
    intents withdrawn that nothing was signed for and that are no longer wanted."""
    if not (world.held and world.revealed) and _shown(world, arena):
        world = world._replace(held=1, revealed=1)
    given_up = STATUSES[world.status] in GIVEN_UP or world.cancelled
    if given_up and PENDING in (world.intents[0], world.intents[1]):
        locks = world.intents[: len(LOCK_STEPS)].translate(WITHDRAWN)
        world = world._replace(intents=locks + world.intents[len(LOCK_STEPS) :])
    elif world.intents[0] == PENDING and not world.expiry:
        world = world._replace(intents=bytes((REVERTED,)) + world.intents[1:])
    return world


def sight(world: World, arena: Arena) -> Sight:
    """What there is to decide from."""
    return Sight(
        world.status,
        _leg(world.source, world.source_lag, arena.born("source")),
        _leg(world.destination, world.destination_lag, arena.born("destination")),
        _sending(world),
        (world.executed, world.order, world.cancelled, world.held, world.revealed),
        (world.expiry, world.source_lag, world.destination_lag, world.source_halted, world.destination_halted),
    )


def facts_of(seen: Sight, arena: Arena) -> Facts:
    """The machine's own facts, with now as second 0."""
    executed, order, cancelled, held, revealed = map(bool, seen.flags)
    expiry, source_lag, destination_lag, source_halted, destination_halted = seen.margins
    return Facts(
        status=STATUSES[seen.status],
        source=_leg_facts(seen.source, arena.opens("source")),
        destination=_leg_facts(seen.destination, arena.opens("destination")),
        source_now=_now(arena, "source", source_lag, source_halted),
        destination_now=_now(arena, "destination", destination_lag, destination_halted),
        margins=arena.ladder.margins,
        expires_at=expiry,
        order_mode=order,
        executed=executed,
        cancel_requested=cancelled,
        secret_held=held,
        revealed=revealed,
        sending={step: Sending(state) for step, state in zip(STEPS, seen.sending, strict=True)},
        claims=arena.claims,
    )


def _now(arena: Arena, side: str, lag: int, halted: int) -> ChainNow:
    return ChainNow(final=-arena.finality(side) - lag, seen=-lag, wall=0, open=not halted)


def _leg_facts(seen: tuple[int, ...], opens: int) -> LegFacts:
    if not seen:
        return NOTHING_SEEN
    lock, claim, refund, paid, age, left, verified = seen
    return LegFacts(
        lock=Presence(lock),
        claim=Presence(claim),
        refund=Presence(refund),
        payout=PAYOUTS[paid],
        claim_from=opens - age,
        expires_at=left,
        refund_from=left,
        verified=VERIFIED.get(verified),
    )


class Judge:
    """The machine under proof, asked once for each different sight. `traced` also keeps which of its functions were asked."""

    def __init__(self, arena: Arena, decide: Decide, *, traced: bool = False) -> None:
        self.arena, self.decide = arena, decide
        self.answers: dict[Sight, Answer] = {}
        self.asked: dict[Sight, frozenset[str]] | None = {} if traced else None

    def answer(self, seen: Sight) -> Answer:
        """What the machine decides."""
        found = self.answers.get(seen)
        if found is None:
            found = self.answers[seen] = self._ask(seen)
        return found

    def _ask(self, seen: Sight) -> Answer:
        facts = facts_of(seen, self.arena)
        try:
            decision = self.decide(facts) if self.asked is None else self._trace(seen, facts)
        except IllegalTransition as error:
            return Answer(seen.status, (), False, f"the table of transitions holds: {error}")
        except Exception as error:  # a changed guard may make it fail in any way
            return Answer(seen.status, (), False, f"the machine always answers: {error!r}")
        steps = tuple(STEPS.index(step) for step in decision.steps)
        return Answer(STATUSES.index(decision.status), steps, decision.verify)

    def _trace(self, seen: Sight, facts: Facts) -> Decision:
        functions: set[str] = set()

        def note(frame: FrameType, event: str, _: object) -> None:
            if event == "call":
                functions.add(frame.f_code.co_name)

        sys.setprofile(note)
        try:
            return self.decide(facts)
        finally:
            sys.setprofile(None)
            assert self.asked is not None
            self.asked[seen] = frozenset(functions)
