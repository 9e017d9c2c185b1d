"""One world for many that differ in nothing that can still matter. Each rule says why it loses nothing."""

from devnet.proofs.model.world import (
    CLAIMED,
    FINAL,
    INDEX,
    NONE,
    NOTHING,
    OLD,
    PAID,
    PENDING,
    REFUNDED,
    STATUSES,
    UNBOUND,
    UNREAD,
    Arena,
    Lock,
    World,
)
from swaps.evidence import Step
from swaps.statuses import EARLY, GIVEN_UP, TERMINAL, Status

SETTLING = {
    "source": (INDEX[Step.SOURCE_CLAIM], INDEX[Step.SOURCE_REFUND], INDEX[Step.SOURCE_PAY]),
    "destination": (INDEX[Step.DESTINATION_CLAIM], INDEX[Step.DESTINATION_REFUND], INDEX[Step.DESTINATION_PAY]),
}
GONE = bytes((NONE,))
EARLY_NUMBERS = frozenset(STATUSES.index(status) for status in EARLY)
DECIDED_NUMBERS = frozenset(STATUSES.index(status) for status in (*TERMINAL, *GIVEN_UP, Status.REVEALING_SECRET))
DESTINATION_LOCK = INDEX[Step.DESTINATION_LOCK]
TERMINAL_NUMBERS = frozenset(STATUSES.index(status) for status in TERMINAL)


def over(lock: Lock) -> bool:
    """Claimed or refunded, finally in every view."""
    return lock.phase in (CLAIMED, REFUNDED) and lock.settled >= OLD


def canonical(world: World, arena: Arena) -> World:
    """The world that stands for this one and all that are like it.

    * Our view is chosen anew at each decision.
    * Nothing but EARLY statuses, which have no way back, asks whether there is an order, an execute, and when the session
      expires (but for a lock that a deep reorg took).
    * From `revealing_secret` on, or once it is given up, nobody asks for the secret, a re-reading or a cancellation.
    * Once both legs were locked, nobody asks for the times of one that is over, but that a refunded one is expired; and
      what is still on its way to settle it can only revert.
    * The expiry that our lock was ordered with matters until the lock cannot be undone any more.
    """
    changes: dict[str, object] = {}
    if world.source_lag or world.destination_lag:
        changes["source_lag"] = changes["destination_lag"] = 0
    if world.status not in EARLY_NUMBERS:
        _after_early(world, arena, changes)
    return world._replace(**changes) if changes else world  # type: ignore[arg-type]


def _after_early(world: World, arena: Arena, changes: dict[str, object]) -> None:
    deep = "deep" in arena.powers
    if world.order:
        changes["order"] = 0
    if not world.executed:
        changes["executed"] = 1
    if world.expiry and not deep:
        changes["expiry"] = 0
    source, destination = world.source, world.destination
    if world.status in DECIDED_NUMBERS:
        if not world.held:
            changes["held"] = 1
        if world.cancelled and world.intents[DESTINATION_LOCK] != PENDING:
            changes["cancelled"] = 0
        source, destination = _unread(source), _unread(destination)
    if destination.phase != NOTHING:
        if world.bound != UNBOUND and destination.age >= FINAL and not deep:
            changes["bound"] = UNBOUND
        source, destination = _closed(source), _closed(destination)
    if source is not world.source:
        changes["source"] = source
    if destination is not world.destination:
        changes["destination"] = destination
    intents = _needless(world)
    if intents != world.intents:
        changes["intents"] = intents


def _unread(lock: Lock) -> Lock:
    return lock._replace(verified=UNREAD) if lock.verified else lock


def _closed(lock: Lock) -> Lock:
    left = -OLD if lock.phase == REFUNDED else 0
    if not over(lock) or (lock.age, lock.left, lock.verified) == (OLD, left, UNREAD):
        return lock
    return lock._replace(age=OLD, left=left, verified=UNREAD)


def _needless(world: World) -> bytes:
    intents = world.intents
    for side, lock in (("source", world.source), ("destination", world.destination)):
        if over(lock):
            for index in SETTLING[side] if lock.paid == PAID else SETTLING[side][:2]:
                if intents[index]:
                    intents = intents[:index] + GONE + intents[index + 1 :]
    return intents


def at_rest(world: World) -> bool:
    """A terminal world in which the source was locked and is over: nobody can change it in a way that means anything."""
    source, destination = world.source, world.destination
    done = over(source) and (destination.phase == NOTHING or over(destination))
    return world.status in TERMINAL_NUMBERS and done
