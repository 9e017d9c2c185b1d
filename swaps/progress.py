"""How far a swap is, as data: what the API, the socket and the admin say for each status."""

from collections.abc import Collection
from dataclasses import dataclass

from swaps.shapes.words import Phase, StepName, StepStatus
from swaps.statuses import TERMINAL, Status


@dataclass(frozen=True)
class Progress:
    """The original's word for the phase, and a percentage."""

    phase: Phase
    percent: int


PROGRESS: dict[Status, Progress] = {
    Status.INITIALIZED: Progress("initialization", 0),
    Status.EXECUTING: Progress("execution", 10),
    Status.SOURCE_LOCKING: Progress("locking_source", 10),
    Status.SOURCE_LOCKED: Progress("source_locked", 30),
    Status.DESTINATION_LOCKING: Progress("locking_destination", 50),
    Status.BOTH_LOCKED: Progress("both_locked", 70),
    Status.REVEALING_SECRET: Progress("revealing", 90),
    Status.COMPLETED: Progress("completed", 100),
    Status.CANCELLED: Progress("cancelled", 0),
    Status.CANCELLING: Progress("cancelling", 30),
    Status.TIMEOUT: Progress("timeout", 50),
    Status.REFUNDING: Progress("refunding", 50),
    Status.REFUNDED: Progress("refunded", 100),
    Status.FAILED: Progress("failed", 0),
}

# The five steps of seed 000, each with the statuses in which it is done, and in which it is under way.
STEPS: tuple[tuple[StepName, frozenset[Status], frozenset[Status]], ...] = (
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


def steps_of(status: Status, done: Collection[str] = ()) -> list[tuple[StepName, StepStatus]]:
    """The five steps; `done` are those that the chains show as done, whatever the status says."""
    return [(name, _state(status, name in done or status in by, doing)) for name, by, doing in STEPS]


def _state(status: Status, done: bool, doing: frozenset[Status]) -> StepStatus:
    if done:
        return "completed"
    if status in TERMINAL:
        return "failed"
    return "pending" if status in doing else "waiting"
