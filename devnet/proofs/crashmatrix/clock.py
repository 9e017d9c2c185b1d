"""The service's clock in a proof: it stands where the world's stands, and moves only with it."""

from datetime import UTC, datetime
from typing import Any


class Clock:
    """The one clock of a process; the real time until it is set."""

    def __init__(self) -> None:
        self._seconds: float | None = None

    def set(self, seconds: float) -> None:
        """It is this Unix time now."""
        self._seconds = seconds

    def now(self) -> datetime:
        """What `django.utils.timezone.now` answers."""
        return datetime.now(tz=UTC) if self._seconds is None else datetime.fromtimestamp(self._seconds, tz=UTC)

    def time_ns(self) -> int:
        """As `time.time_ns`."""
        return int(self.now().timestamp() * 10**9)

    def monotonic(self) -> float:
        """As `time.monotonic`."""
        return self.now().timestamp()


clock = Clock()


def install() -> None:
    """Put it in the place of Django's, before any model is imported: fields keep the function as their default."""
    from django.utils import timezone

    timezone.now = clock.now


def install_stopwatch(module: Any) -> None:
    """Have a module measure by this clock instead of `time`."""
    module.time = clock
