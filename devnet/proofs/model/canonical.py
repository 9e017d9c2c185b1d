"""One world for many that differ in nothing that can still matter. Each rule says why it loses nothing."""

from devnet.proofs.model.world import (
    CAN_LAND,
    CLAIMED,
    FINALITY,
    INDEX,
    NOTHING,
    OLD,
    REFUNDED,
    REVERTED,
    STATUSES,
    UNBOUND,
    UNREAD,
    Arena,
    Lock,
    World,
)
from swaps.evidence import Step
from swaps.statuses import EARLY, TERMINAL

SETTLING = {
    "source": (INDEX[Step.SOURCE_CLAIM], INDEX[Step.SOURCE_REFUND]),
    "destination": (INDEX[Step.DESTINATION_CLAIM], INDEX[Step.DESTINATION_REFUND]),
}
GONE = bytes((REVERTED,))
EARLY_NUMBERS = frozenset(STATUSES.index(status) for status in EARLY)
TERMINAL_NUMBERS = frozenset(STATUSES.index(status) for status in TERMINAL)


def over(lock: Lock) -> bool:
    """Claimed or refunded, finally in every view."""
    return lock.phase in (CLAIMED, REFUNDED) and lock.settled >= OLD


def canonical(world: World, arena: Arena) -> World:
    """The world that stands for this one and all that are like it.

    * Nothing but EARLY statuses, which have no way back, asks whether there is an order and when the session expires (but
      for a lock that a deep reorg took).
    * Once both legs were locked, the times of one that is over are asked by nobody, and what is still on its way to claim
      or refund it can only revert.
    * The expiry that our lock was ordered with matters until the lock cannot be undone any more.
    """
    if world.status in EARLY_NUMBERS:
        return world
    changes: dict[str, object] = {}
    deep = "deep" in arena.powers
    if world.order:
        changes["order"] = 0
    if world.expiry and not deep:
        changes["expiry"] = 0
    source, destination = world.source, world.destination
    if destination.phase != NOTHING:
        if world.bound != UNBOUND and destination.age >= FINALITY and not deep:
            changes["bound"] = UNBOUND
        if over(source) and source.phase != NOTHING:
            changes["source"] = _closed(source)
        if over(destination):
            changes["destination"] = _closed(destination)
    intents = _needless(world)
    if intents != world.intents:
        changes["intents"] = intents
    return world._replace(**changes) if changes else world  # type: ignore[arg-type]


def _closed(lock: Lock) -> Lock:
    return lock._replace(age=OLD, left=0, verified=UNREAD)


def _needless(world: World) -> bytes:
    intents = world.intents
    for side, lock in (("source", world.source), ("destination", world.destination)):
        if over(lock):
            for index in SETTLING[side]:
                if intents[index] in CAN_LAND:
                    intents = intents[:index] + GONE + intents[index + 1 :]
    return intents


def at_rest(world: World) -> bool:
    """A terminal world in which the source was locked and is over: nobody can change it in a way that means anything."""
    source, destination = world.source, world.destination
    done = over(source) and (destination.phase == NOTHING or over(destination))
    return world.status in TERMINAL_NUMBERS and done
