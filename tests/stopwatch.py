"""How long something took where nothing else keeps the cores busy: wall time, less the time for which we stood in line for one.

Linux counts for each thread how long it was ready and did not run (`/proc/PID/task/TID/schedstat`, the second figure). What is
taken off is the caller's own waiting and that of the thread of ours which waited longest, since that one may have held the lock
that all threads of Python share. On a machine with nothing else to do both are nearly nothing.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TASKS = Path("/proc/self/task")


class Stopwatch:
    """`seconds` after the block; see `timed`."""

    seconds = 0.0


@contextmanager
def timed() -> Iterator[Stopwatch]:
    """Times the block in this thread."""
    watch, waited, began = Stopwatch(), _waited(), time.monotonic()
    try:
        yield watch
    finally:
        passed = time.monotonic() - began
        lost = {thread: total - waited.get(thread, 0.0) for thread, total in _waited().items()}
        mine = lost.pop(threading.get_native_id(), 0.0)
        watch.seconds = max(0.0, passed - mine - max(lost.values(), default=0.0))


def _waited() -> dict[int, float]:
    """Seconds in line so far, by thread."""
    found = {}
    for task in TASKS.iterdir():
        try:
            found[int(task.name)] = int((task / "schedstat").read_text().split()[1]) / 1e9
        except OSError:  # it has ended meanwhile, or the kernel does not count
            continue
    return found
