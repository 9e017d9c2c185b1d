"""A session's events in order: each once, none left out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from onebalancer.errors import OneBalancerError
from onebalancer.models import SessionUpdate, UpdateData

TERMINAL = frozenset({"completed", "cancelled", "refunded", "failed"})


@dataclass(frozen=True)
class SwapUpdate:
    """One event. `seq` counts up by one within its session; `progress` is 0, 10, 30, 50, 70, 90 or 100; `cause` says what
    happened; `data` has the particulars."""

    session_id: str
    seq: int
    status: str
    progress: int
    phase: str
    cause: str
    at: str
    data: UpdateData = field(repr=False)

    @property
    def is_last(self) -> bool:
        """Whether the swap is at its end."""
        return self.status in TERMINAL


@dataclass
class Sequence:
    """How far a follower has come."""

    seq: int = 0
    ended: bool = False

    def gap_before(self, update: SessionUpdate) -> bool:
        """Whether something between is missing."""
        return update["seq"] > self.seq + 1

    def take(self, updates: Iterable[SessionUpdate]) -> Iterator[SwapUpdate]:
        """Those that are new. Raises `OneBalancerError` for a gap: the service's own record has none."""
        for update in updates:
            if update["seq"] <= self.seq:
                continue
            if self.gap_before(update):
                raise OneBalancerError(f"the service skipped from seq {self.seq} to {update['seq']}")
            self.seq = update["seq"]
            self.ended = self.ended or update["status"] in TERMINAL
            data = update["data"]
            yield SwapUpdate(
                session_id=update["sessionId"],
                seq=update["seq"],
                status=update["status"],
                progress=data["progress"],
                phase=data["phase"],
                cause=data["cause"],
                at=data["at"],
                data=data,
            )
