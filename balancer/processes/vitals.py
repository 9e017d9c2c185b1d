"""How a process is: memory, processor, files, the speed of its answers, the room on its machine."""

import time
from collections import deque
from pathlib import Path

import psutil
from django.conf import settings

from balancer.measuring import LATENCY
from balancer.processes.registry import Vitals

WINDOW_SECONDS = 60.0
MIB = 2**20
CGROUP = Path("/sys/fs/cgroup")
Buckets = dict[float, float]


class Gauge95:
    """The 95th percentile of a histogram's last minute, from two of its states: no request pays for it."""

    def __init__(self) -> None:
        self._states: deque[tuple[float, Buckets]] = deque()

    def read(self, now: float, buckets: Buckets) -> float | None:
        """`buckets`: upper bound to the number of observations up to it, ever. The bound below which 95 of 100 fell, in
        the unit of the bounds; None without any, infinity beyond the last bound."""
        self._states.append((now, buckets))
        while len(self._states) > 1 and self._states[1][0] <= now - WINDOW_SECONDS:
            self._states.popleft()
        before = self._states[0][1]
        new = {bound: count - before.get(bound, 0) for bound, count in buckets.items()}
        total = max(new.values(), default=0)
        if total <= 0:
            return None
        return min(bound for bound, count in new.items() if count >= 0.95 * total)


def latency_buckets() -> Buckets:
    """All answers of this process, whatever was asked."""
    found: Buckets = {}
    for child in list(LATENCY._metrics.values()):
        counted = 0.0
        for bound, value in zip(LATENCY._upper_bounds, child._buckets, strict=True):  # type: ignore[attr-defined]
            counted += value.get()
            found[bound] = found.get(bound, 0) + counted
    return found


class Pulse:
    """Reads the vital signs of this process."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._answers = Gauge95()

    def read(self, stuck: str = "") -> Vitals:
        """As of now."""
        with self._process.oneshot():
            cpu = self._process.cpu_times()
            memory = self._process.memory_info().rss
            threads = self._process.num_threads()
        p95 = self._answers.read(time.monotonic(), latency_buckets())
        return Vitals(
            stuck=stuck[:120],
            rss_bytes=memory,
            cpu_seconds=cpu.user + cpu.system,
            threads=threads,
            open_files=self._process.num_fds(),
            api_p95_ms=None if p95 is None else min(p95 * 1000, 1e9),
            disk_free_mib=disk_free_mib(),
            memory_free_mib=memory_free_mib(),
        )


def disk_free_mib() -> int:
    """Of the disk that we work on."""
    return psutil.disk_usage(str(settings.BASE_DIR)).free // MIB


def memory_free_mib() -> int:
    """What may still be had: of the container where it has a limit, else of the machine."""
    limit, used = _number(CGROUP / "memory.max"), _number(CGROUP / "memory.current")
    if limit and used is not None:
        return max(0, limit - used + _reclaimable()) // MIB
    return psutil.virtual_memory().available // MIB


def _reclaimable() -> int:
    """Of the container's memory, what the kernel gives back when asked: pages of files."""
    try:
        words = (CGROUP / "memory.stat").read_text().split()
    except OSError:
        return 0
    return int(dict(zip(words[::2], words[1::2], strict=False)).get("inactive_file", 0))


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):  # no such limit: "max"
        return None
