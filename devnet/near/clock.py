"""The chain's time, in nanoseconds since 1970: the machine's, shifted or stopped on demand."""

import time


class Clock:
    """A shifted clock runs on at the pace of the machine's; a frozen one stands still."""

    def __init__(self) -> None:
        self.offset = 0
        self.frozen: int | None = None

    @property
    def is_frozen(self) -> bool:
        return self.frozen is not None

    def now(self) -> int:
        if self.frozen is not None:
            return self.frozen
        return time.time_ns() + self.offset

    def set(self, timestamp: int, frozen: bool = False) -> None:
        """Go on from `timestamp`, or stand still there."""
        self.offset = timestamp - time.time_ns()
        self.frozen = timestamp if frozen else None

    def advance(self, nanoseconds: int) -> None:
        """Jump ahead; a frozen clock stays frozen."""
        self.set(self.now() + nanoseconds, self.is_frozen)
