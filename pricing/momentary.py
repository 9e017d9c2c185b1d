"""What is read again after a moment, and kept in the process until then: a hot path asks many times, and the database once."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
NANOSECONDS = 900_000_000
"""So that a change is seen everywhere within a second."""


class Momentary(Generic[T]):
    """A value that `read` makes, `nanoseconds` old at most. One thread reads it, others that come meanwhile wait for him.

    What `read` raises is raised to whoever asked, and nothing is kept.
    """

    def __init__(
        self, read: Callable[[], T], *, nanoseconds: int = NANOSECONDS, clock: Callable[[], int] = time.monotonic_ns
    ) -> None:
        self._read, self._life, self._clock = read, nanoseconds, clock
        self._kept: tuple[int, T] | None = None
        self._forgotten = 0
        self._guard = threading.Lock()

    def get(self) -> T:
        """The value, remembered or read."""
        kept = self._kept
        if kept is not None and self._clock() < kept[0]:
            return kept[1]
        with self._guard:
            kept = self._kept
            if kept is not None and self._clock() < kept[0]:
                return kept[1]
            forgotten, until = self._forgotten, self._clock() + self._life
            value = self._read()
            if forgotten == self._forgotten:  # else it was changed while we were reading
                self._kept = (until, value)
            return value

    def forget(self) -> None:
        """Read it anew the next time."""
        self._forgotten += 1
        self._kept = None
