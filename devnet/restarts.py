"""A restart policy: what ends is started again, ever more slowly when it ends at once, and given up after a while.

The demo has none, since a dead child of it is a fault to be shown. Who runs the service for long has one, be it this, systemd
or an orchestrator of containers; processes of ours may end at any moment and need no hand when they come back.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

from devnet.supervisor import Supervisor

LOOK_SECONDS = 0.1
STEADY_SECONDS = 5.0  # who lives so long starts with a clean slate
BACKOFF_SECONDS = (0.0, 0.5, 1.0, 2.0, 4.0)
GIVE_UP_SECONDS = 180.0


@dataclass(frozen=True)
class Ward:
    """Something that should run. `revive` starts it again and may raise anything while that is not possible yet."""

    name: str
    is_alive: Callable[[], bool]
    revive: Callable[[], object]


@dataclass
class Restarts:
    """Looks after its wards while entered, each in a thread of its own. `counts` says how often each was started again."""

    wards: list[Ward]
    counts: Counter[str] = field(default_factory=Counter)
    troubles: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._look_after, args=(ward,), name=f"restarts-{ward.name}", daemon=True)
            for ward in self.wards
        ]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    @property
    def trouble(self) -> str | None:
        """One sentence about a ward that could not be brought back, or None."""
        return self.troubles[0] if self.troubles else None

    def _look_after(self, ward: Ward) -> None:
        started, steady_at, failures = time.monotonic(), time.monotonic(), 0
        while not self._stopping.wait(LOOK_SECONDS):
            now = time.monotonic()
            if ward.is_alive():
                if now - started > STEADY_SECONDS:
                    steady_at, failures = now, 0
                continue
            if self._stopping.wait(BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS) - 1)]):
                return
            problem = self._revive(ward)
            started, failures = time.monotonic(), failures + 1
            if started - steady_at > GIVE_UP_SECONDS:
                self.troubles.append(
                    f"{ward.name} was started {failures} times and did not last: {problem or 'it ended'}"
                )
                return

    def _revive(self, ward: Ward) -> str:
        """Empty, or what went wrong."""
        try:
            ward.revive()
        except Exception as error:  # it may be possible a moment later: the loop gives up in time
            return f"{type(error).__name__}: {error}"
        self.counts[ward.name] += 1
        return ""


def children(supervisor: Supervisor, names: list[str]) -> list[Ward]:
    """A supervisor's children as wards."""
    return [_child(supervisor, name) for name in names]


def _child(supervisor: Supervisor, name: str) -> Ward:
    return Ward(name, lambda: supervisor.is_running(name), lambda: supervisor.restart(name))
