"""What the maker, his counterpart and anyone else may do: everything that the contracts and our API let them."""

from collections.abc import Iterator

from devnet.proofs.model.chains import Move, lock_of, may_claim, may_refund, settled, side_of, with_lock
from devnet.proofs.model.world import (
    CLAIMED,
    NONE,
    NOTHING,
    NUMBER,
    REFUNDED,
    SHORT,
    STANDING,
    STATUSES,
    Arena,
    Lock,
    World,
    intent,
)
from swaps.evidence import Step
from swaps.statuses import GIVEN_UP, TERMINAL, Status

__all__ = ["calls", "claims", "locks", "refunds", "side_of"]
CALLS_OFF = frozenset(Status) - TERMINAL - GIVEN_UP - {Status.REVEALING_SECRET}  # elsewhere it changes nothing


def calls(world: World, arena: Arena) -> Iterator[Move]:
    """Our API, which refuses a wrong or early secret and an execute that comes twice: those change nothing."""
    status = STATUSES[world.status]
    if status is Status.INITIALIZED and not world.executed:
        yield "the maker calls execute, to lock by himself", world._replace(executed=1)
        if arena.source == "evm" and world.source.phase == NOTHING:
            yield "the maker calls execute with a signed order", world._replace(executed=1, order=1)
    if not world.cancelled and status in CALLS_OFF:
        yield "the maker cancels", world._replace(cancelled=1)
    if status is Status.BOTH_LOCKED and not world.held:
        yield "the maker hands over the secret", world._replace(held=1)


def locks(world: World, arena: Arena) -> Iterator[Move]:
    """The maker locks, in time or late. A lock with other terms is nobody's leg: it is a stranger that no fact tells of, and
    is left out. A filled order and a lock of his own are never both the leg."""
    if world.source.phase != NOTHING or world.order or intent(world, Step.SOURCE_LOCK) != NONE:
        return
    born, lasts = arena.born("source"), arena.ladder.source_cancellation
    yield "the maker locks", _locked(world, Lock(STANDING, born, left=lasts))
    if arena.source == "near":
        yield "the maker locks for a short time", _locked(world, Lock(STANDING, born, left=SHORT))
        yield "the maker locks for a long time", _locked(world, Lock(STANDING, born, left=lasts + 2))


def _locked(world: World, lock: Lock) -> World:
    return world._replace(source=lock)


def claims(world: World, arena: Arena) -> Iterator[Move]:
    """Whoever knows the secret claims, up to the last moment; the contracts pay whom they were made for."""
    if not world.public:
        return
    for side in ("source", "destination"):
        lock = lock_of(world, side)
        if may_claim(lock, arena.opens(side)):
            after = with_lock(world, side, settled(lock, CLAIMED, arena, side))
            yield f"somebody else claims the {side}", after


def refunds(world: World, arena: Arena) -> Iterator[Move]:
    """From the expiry on anybody sends a lock back."""
    for side in ("source", "destination"):
        lock = lock_of(world, side)
        if may_refund(lock):
            yield f"somebody else refunds the {side}", with_lock(world, side, settled(lock, REFUNDED, arena, side))


def cooperative(world: World, arena: Arena) -> World:
    """The world after a maker who wants the swap has done what is his to do now."""
    status = STATUSES[world.status]
    if status is Status.INITIALIZED and not world.executed:
        world = world._replace(executed=1)
    if status is Status.EXECUTING and not world.order and world.source.phase == NOTHING:
        world = _locked(world, Lock(STANDING, arena.born("source"), left=arena.ladder.source_cancellation))
    if world.status == NUMBER[Status.BOTH_LOCKED]:
        world = world._replace(held=1)
    return world
