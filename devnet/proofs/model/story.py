"""A way to a fault, told so that a person can follow it."""

from devnet.proofs.model.explore import Violation
from devnet.proofs.model.world import (
    CLAIMED,
    FINAL,
    LANDED,
    NOTHING,
    OLD_OUT,
    OUT,
    PAID,
    PAY_FAILED,
    PENDING,
    REFUNDED,
    REVERTED,
    STANDING,
    STATUSES,
    STEPS,
    Lock,
    World,
)

PHASES = {STANDING: "locked", CLAIMED: "claimed", REFUNDED: "refunded"}
PAYMENTS = {PAID: ", paid", PAY_FAILED: ", payout failed"}
INTENTS = {
    PENDING: "ordered",
    OUT: "sent",
    OLD_OUT: "sent a tick ago",
    LANDED: "included",
    REVERTED: "reverted",
}


def told(violation: Violation) -> str:
    """The whole story, one move a line, and under each what it changed."""
    lines = [f"BROKEN: {violation.broken}", ""]
    before: list[str] = []
    for number, (what, world) in enumerate(violation.story):
        now = described(world)
        changed = [text for text in now if text not in before]
        lines.append(f"{number:3}. {what}")
        if changed:
            lines.append(f"       {'; '.join(changed)}")
        before = now
    return "\n".join(lines)


def described(world: World) -> list[str]:
    """A world in words."""
    flags = {
        "executed": world.executed,
        "an order is to be filled": world.order,
        "cancel was asked for": world.cancelled,
        "we hold the secret": world.held,
        "the secret may be out": world.revealed,
        "others know the secret": world.public,
        "the source chain is halted": world.source_halted,
        "the destination chain is halted": world.destination_halted,
        "somebody was too late for the ladder": world.late,
        "our view of the source is a tick behind": world.source_lag,
        "our view of the destination is a tick behind": world.destination_lag,
    }
    intents = [f"{step} {INTENTS[state]}" for step, state in zip(STEPS, world.intents, strict=True) if state in INTENTS]
    return [
        f"status {STATUSES[world.status]}",
        f"source {_lock(world.source)}",
        f"destination {_lock(world.destination)}",
        *intents,
        *(text for text, holds in flags.items() if holds),
    ]


def _lock(lock: Lock) -> str:
    if lock.phase == NOTHING:
        return "not locked"
    age = lock.age if lock.phase == STANDING else lock.settled
    sure = "final" if age >= FINAL else "not final"
    times = f"expires in {lock.left}" if lock.left > 0 else "expired"
    return f"{PHASES[lock.phase]} ({sure}{PAYMENTS.get(lock.paid, '')}, {times})"
