"""What is so in a world, whatever our service has seen of it."""

from devnet.proofs.model.chains import can_still_land, lock_of
from devnet.proofs.model.world import (
    CLAIMED,
    FINAL,
    NOTHING,
    PAID,
    REFUNDED,
    STANDING,
    Arena,
    Lock,
    World,
)
from swaps.evidence import Step

FIRST = 0


def sides(arena: Arena) -> tuple[str, str]:
    """The leg that is claimed first, and the other."""
    return ("destination", "source") if arena.destination_first else ("source", "destination")


def final_lock(lock: Lock) -> bool:
    return lock.phase != NOTHING and lock.age >= FINAL


def finally_(lock: Lock, phase: int) -> bool:
    return lock.phase == phase and lock.settled >= FINAL


def lag_of(world: World, side: str) -> int:
    return world.source_lag if side == "source" else world.destination_lag


def is_seen(world: World, side: str, arena: Arena) -> bool:
    """Whether a lock that is there is in our view."""
    return lock_of(world, side).age - arena.born(side) >= lag_of(world, side)


def halted(world: World, side: str) -> bool:
    return bool(world.source_halted if side == "source" else world.destination_halted)


def settled_seen(world: World, side: str, arena: Arena) -> bool:
    """Whether we can see that a leg was claimed or refunded."""
    lock = lock_of(world, side)
    return lock.phase in (CLAIMED, REFUNDED) and lock.settled - arena.born(side) >= lag_of(world, side)


def stands(world: World) -> bool:
    """Whether money of this swap is locked, owed or on its way."""
    locked = any(
        lock.phase == STANDING or (lock.phase in (CLAIMED, REFUNDED) and lock.paid != PAID)
        for lock in (world.source, world.destination)
    )
    return locked or any(can_still_land(world, step) for step in (Step.SOURCE_LOCK, Step.DESTINATION_LOCK))
