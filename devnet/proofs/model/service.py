"""Our service: one decision, written down as `swaps.services.advance` does it, and the re-reading of both locks."""

from collections.abc import Iterator

from devnet.proofs.model.canonical import canonical
from devnet.proofs.model.views import Answer, Judge, learned, sight
from devnet.proofs.model.world import (
    FINAL,
    INDEX,
    NOTHING,
    NUMBER,
    OLD,
    OUT,
    PENDING,
    READ_RIGHT,
    READ_WRONG,
    STANDING,
    UNBOUND,
    UNBOUNDED,
    Arena,
    Lock,
    World,
)
from swaps.evidence import Step
from swaps.statuses import EARLY, Status

DESTINATION_LOCK = INDEX[Step.DESTINATION_LOCK]
LOCK_INDEXES = (INDEX[Step.SOURCE_LOCK], DESTINATION_LOCK)
NOT_ANSWERED = frozenset(NUMBER[status] for status in (*EARLY, Status.CANCELLED, Status.FAILED))
CLAIM_INDEXES = (INDEX[Step.SOURCE_CLAIM], INDEX[Step.DESTINATION_CLAIM])


def viewed(world: World, view: tuple[int, int]) -> World:
    """The world as a service takes it that is so many ticks behind on each chain. How far behind it was before is not kept:
    a view that goes back and forth is worse than any real one. But it never goes back behind the final source lock that its
    status rests on, which watermarks do not do."""
    source = 0 if _rests_on(world) else view[0]
    return world._replace(source_lag=source, destination_lag=view[1]) if source or view[1] else world


def _rests_on(world: World) -> bool:
    """Whether we have seen the source lock final, and a belated view would not show that it is."""
    known = world.status not in NOT_ANSWERED and world.source.phase != NOTHING and not world.spent
    return known and FINAL <= world.source.age < OLD


def decided(world: World, judge: Judge) -> tuple[World, Answer]:
    """The world as the service takes it in, and what the machine says of it."""
    world = learned(world, judge.arena)
    return world, judge.answer(sight(world, judge.arena))


def applied(world: World, answer: Answer, arena: Arena) -> World:
    """A decision in the database: the status, the reveal and the intents are written in one transaction.

    An intent that is ordered and not signed looks to everybody as one that is out and not included, and is taken for it; but
    for locks, which may be withdrawn until they are signed. So a secret counts as public from its order on.
    """
    intents = bytearray(world.intents)
    for index in answer.steps:
        intents[index] = PENDING if index in LOCK_INDEXES else OUT
    claims = any(index in CLAIM_INDEXES for index in answer.steps)
    first = INDEX[Step.DESTINATION_CLAIM if arena.destination_first else Step.SOURCE_CLAIM]
    revealed = world.revealed | (first in answer.steps)
    bound = _bound(world, arena) if DESTINATION_LOCK in answer.steps else world.bound
    seen = world.source.phase != NOTHING and world.source.age - arena.born("source") >= world.source_lag
    executed = world.executed | seen
    return world._replace(
        status=answer.status,
        intents=bytes(intents),
        revealed=int(revealed),
        bound=bound,
        executed=int(executed),
        public=int(world.public or claims),
    )


def _bound(world: World, arena: Arena) -> int:
    """The expiry that our destination lock is ordered with, in ticks from now."""
    if arena.destination == "near" and world.bound != UNBOUND:
        return world.bound  # a timelock once fixed stays: another would make another lock id
    latest = world.source.left - arena.ladder.margins.tail if arena.destination_first else UNBOUNDED
    return min(latest, arena.ladder.destination_cancellation) if arena.destination == "near" else max(latest, 0)


def advanced(world: World, judge: Judge) -> World | None:
    """One look at the session, and the locks re-read as they were agreed; None when it changes nothing."""
    taken, answer = decided(world, judge)
    after = outcome(taken, answer, judge.arena)
    return None if canonical(after, judge.arena) == world else after


def outcome(taken: World, answer: Answer, arena: Arena) -> World:
    """The world after a decision and, where it asks for that, a re-reading which finds what was agreed."""
    after = applied(taken, answer, arena)
    if answer.verify:
        after = after._replace(source=_read(after.source), destination=_read(after.destination))
    return after


def misread(taken: World, answer: Answer, arena: Arena) -> Iterator[tuple[str, World]]:
    """The same, where a lock turns out to hold something else."""
    after = outcome(taken, answer, arena)
    wrong = after.source._replace(verified=READ_WRONG), after.destination._replace(verified=READ_WRONG)
    yield "re-reading finds that the source lock is not what was agreed", after._replace(source=wrong[0])
    yield "re-reading finds that the destination lock is not what was agreed", after._replace(destination=wrong[1])


def _read(lock: Lock) -> Lock:
    return lock._replace(verified=READ_RIGHT if lock.phase == STANDING else READ_WRONG)
