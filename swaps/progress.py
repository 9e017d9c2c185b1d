"""How far a swap is, as data: what the API, the socket and the admin say for each status."""

from dataclasses import dataclass

from swaps.machine import Status


@dataclass(frozen=True)
class Progress:
    """The original's word for the phase, a percentage, and what the client should do next."""

    phase: str
    percent: int
    next_action: str


PROGRESS: dict[Status, Progress] = {
    Status.INITIALIZED: Progress("initialization", 0, "execute"),
    Status.EXECUTING: Progress("execution", 10, "lock_source"),
    Status.SOURCE_LOCKING: Progress("locking_source", 10, "wait"),
    Status.SOURCE_LOCKED: Progress("source_locked", 30, "wait"),
    Status.DESTINATION_LOCKING: Progress("locking_destination", 50, "wait"),
    Status.BOTH_LOCKED: Progress("both_locked", 70, "hand_over_secret"),
    Status.REVEALING_SECRET: Progress("revealing", 90, "wait"),
    Status.COMPLETED: Progress("completed", 100, "none"),
    Status.CANCELLED: Progress("cancelled", 0, "none"),
    Status.CANCELLING: Progress("cancelling", 30, "wait"),
    Status.TIMEOUT: Progress("timeout", 50, "wait"),
    Status.REFUNDING: Progress("refunding", 50, "wait"),
    Status.REFUNDED: Progress("refunded", 100, "none"),
    Status.FAILED: Progress("failed", 0, "none"),
}

# The five steps of seed 000, each with the statuses in which it is done, and in which it is under way.
STEPS: tuple[tuple[str, frozenset[Status], frozenset[Status]], ...] = (
    ("initialize", frozenset(Status), frozenset()),
    (
        "source_lock",
        frozenset(
            {
                Status.SOURCE_LOCKED,
                Status.DESTINATION_LOCKING,
                Status.BOTH_LOCKED,
                Status.REVEALING_SECRET,
                Status.COMPLETED,
            }
        ),
        frozenset({Status.EXECUTING, Status.SOURCE_LOCKING}),
    ),
    (
        "destination_lock",
        frozenset({Status.BOTH_LOCKED, Status.REVEALING_SECRET, Status.COMPLETED}),
        frozenset({Status.SOURCE_LOCKED, Status.DESTINATION_LOCKING}),
    ),
    ("reveal_secret", frozenset({Status.COMPLETED}), frozenset({Status.BOTH_LOCKED, Status.REVEALING_SECRET})),
    ("complete", frozenset({Status.COMPLETED}), frozenset({Status.REVEALING_SECRET})),
)
ENDED_WELL = frozenset({Status.COMPLETED})
ENDED_BADLY = frozenset({Status.FAILED, Status.CANCELLED, Status.REFUNDED})


def steps_of(status: Status) -> list[dict[str, str]]:
    """The five steps with `completed`, `pending`, `waiting` or `failed`."""
    return [{"step": name, "status": _state(status, done, doing)} for name, done, doing in STEPS]


def _state(status: Status, done: frozenset[Status], doing: frozenset[Status]) -> str:
    if status in done:
        return "completed"
    if status in ENDED_BADLY:
        return "failed"
    return "pending" if status in doing else "waiting"
