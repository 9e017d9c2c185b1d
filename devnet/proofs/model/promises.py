"""What is promised of a world: to those who keep their promises about time, and where a fair way must lead."""

from devnet.proofs.model.chains import lock_of
from devnet.proofs.model.truth import FIRST, final_lock, sides
from devnet.proofs.model.world import (
    CLAIMED,
    NOTHING,
    READ_WRONG,
    REFUNDED,
    STANDING,
    STATUSES,
    UNBOUND,
    Arena,
    World,
)
from swaps.statuses import Status

GOING_ON = (Status.SOURCE_LOCKING, Status.SOURCE_LOCKED, Status.DESTINATION_LOCKING)


def world_breaks(world: World, arena: Arena) -> str:
    """What was lost although all kept their promises about time."""
    if world.late:
        return ""
    source, destination = world.source, world.destination
    if destination.phase == CLAIMED and (source.phase == REFUNDED or (source.phase == STANDING and source.left <= 0)):
        return "the service never pays without being paid"
    lost = destination.phase == REFUNDED or (destination.phase == STANDING and destination.left <= 0)
    ours = arena.custody == "service"  # a maker who claims the source for us before he is paid gives it away
    if source.phase == CLAIMED and ours and lost:
        return "the maker never pays without being paid"
    return ""


def promised(world: World, arena: Arena) -> bool:
    """Whether this swap must complete if nobody stands in its way from here on: the secret is out, and there is time."""
    first, second = (lock_of(world, side) for side in sides(arena))
    standing = first.phase == second.phase == STANDING and final_lock(first) and final_lock(second)
    in_time = first.left > 0 and second.left > arena.finality(sides(arena)[FIRST])
    return standing and in_time and bool(world.revealed) and STATUSES[world.status] is Status.REVEALING_SECRET


def possible(world: World, arena: Arena) -> bool:
    """Whether a maker who wants this swap can still have it: nobody called it off or
    used a power against it, and our answer is in time."""
    off = world.cancelled or world.spent or world.source.verified == READ_WRONG
    if off or STATUSES[world.status] not in GOING_ON or world.source.phase != STANDING:
        return False
    room = arena.ladder.margins
    tail = room.tail if arena.destination_first else 0
    opened = world.source.left - tail - arena.finality("source")
    if not arena.destination_first and world.source.left + room.tail > arena.ladder.destination_cancellation:
        return False
    fresh = arena.destination == "evm" or world.bound == UNBOUND
    return world.destination.phase == NOTHING and opened > room.destination_needs and fresh
