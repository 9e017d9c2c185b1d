"""The stopwatch of the tests counts what its block takes, and not what others take from it."""

import multiprocessing
import os
import time
from multiprocessing.synchronize import Event

from tests.stopwatch import timed

BUSY = 0.1


def busy(seconds: float) -> None:
    ends = time.thread_time() + seconds
    while time.thread_time() < ends:
        pass


def hog(ready: Event) -> None:
    ready.set()
    busy(20)


def test_what_the_block_does_counts() -> None:
    with timed() as working:
        busy(BUSY)
    with timed() as sleeping:
        time.sleep(BUSY)
    assert working.seconds >= BUSY * 0.5  # where others want the core as well, a little of it is counted as theirs
    assert sleeping.seconds >= BUSY * 0.5


def test_what_others_do_does_not() -> None:
    """Four who want every core: the same work takes twice as long or more by the wall, and as long as ever by this watch."""
    context = multiprocessing.get_context("fork")
    ready = [context.Event() for _ in range(4 * (os.cpu_count() or 1))]
    hogs = [context.Process(target=hog, args=(one,), daemon=True) for one in ready]
    for one in hogs:
        one.start()
    try:
        assert all(one.wait(30) for one in ready)
        began = time.monotonic()
        with timed() as watch:
            busy(BUSY)
        assert time.monotonic() - began > 1.5 * BUSY
        assert watch.seconds < 1.5 * BUSY
    finally:
        for one in hogs:
            one.kill()
            one.join()
