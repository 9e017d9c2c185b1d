"""Counters of several processes, kept together: none is lost, none is counted twice, none goes back at a restart."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector

from balancer.counters import forget_dead

ROOT = Path(__file__).parents[3]
PROCESS = """
import os, sys
from balancer import counters
counters.share(sys.argv[1])
from prometheus_client import Counter, Gauge, Histogram
seen = Counter("seen_total", "s", ["who"])
open_now = Gauge("open_now", "o", multiprocess_mode="livesum")
took = Histogram("took_seconds", "t", buckets=(1, 2))
print(counters.slot(), flush=True)
for line in sys.stdin:
    if line.strip() == "fork":
        child = os.fork()
        if child == 0:
            seen.labels("x").inc(); os._exit(0)
        os.waitpid(child, 0)
    else:
        seen.labels("x").inc(); open_now.inc(); took.observe(1.5)
    print("done", flush=True)
"""


class Child:
    """A process that counts when it is told to."""

    def __init__(self, directory: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROCESS, str(directory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": ""},
        )
        self.slot = self._line()

    def count(self, word: str = "count") -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()
        assert self._line() == "done"

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()


@contextmanager
def children(directory: Path, number: int) -> Iterator[list[Child]]:
    made = [Child(directory) for _ in range(number)]
    try:
        yield made
    finally:
        for child in made:
            child.kill()


def scraped(directory: Path, name: str) -> float:
    forget_dead(directory)
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(directory))  # type: ignore[no-untyped-call]
    labels = {"who": "x"} if name == "seen_total" else {}
    return registry.get_sample_value(name, labels) or 0.0


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "metrics"


def test_two_web_processes_and_a_restart(directory: Path) -> None:
    with children(directory, 2) as (one, other):
        assert {one.slot, other.slot} == {"0", "1"}
        for child in (one, other, other):
            child.count()
        assert (scraped(directory, "seen_total"), scraped(directory, "took_seconds_count")) == (3, 3)
        assert scraped(directory, "open_now") == 3
        other.kill()
        assert scraped(directory, "seen_total") == 3, "what a dead process counted stays"
        assert scraped(directory, "open_now") == 1, "its connections do not"
        with children(directory, 1) as (successor,):
            assert successor.slot == other.slot, "however often they restart, there are as many files"
            assert (scraped(directory, "seen_total"), scraped(directory, "open_now")) == (3, 1)
            successor.count()
            assert (scraped(directory, "seen_total"), scraped(directory, "open_now")) == (4, 2)
        assert scraped(directory, "took_seconds_sum") == 6.0
    assert len(list(directory.glob("counter_*.db"))) == 2


def test_a_forked_child_counts_for_itself(directory: Path) -> None:
    with children(directory, 1) as (parent,):
        parent.count()
        parent.count("fork")
        parent.count()
        assert scraped(directory, "seen_total") == 3


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    words = "import sys; from balancer import counters; counters.share(sys.argv[1])"
    file = tmp_path / "file"
    file.touch()
    ended = subprocess.run(
        [sys.executable, "-c", words, str(file)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert "METRICS_DIR" in ended.stderr
