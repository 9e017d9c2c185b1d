"""A small process that outlives its owner by the moment it takes to stop the owner's servers.

The owner holds the writing end of a pipe; the kernel closes it when the owner ends, however it ends. That holds for a
whole process and from any thread, and leaves time for an orderly stop, where a death signal would do neither.
"""

import signal
import subprocess
import sys
import time
from pathlib import Path

from balancer.embedded.place import Place

PROJECT = Path(__file__).resolve().parents[2]
USERS_SECONDS = 10.0  # given to the owner's own children to end, who may use the servers still
DISMISS_SECONDS = 40.0


class Guard:
    """The owner's side. With `remove`, the folder goes too, whoever uses it."""

    def __init__(self, data_dir: Path, *, remove: bool) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-m", "balancer.embedded", "guard", str(data_dir), *(["--remove"] if remove else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=PROJECT,
            start_new_session=True,
        )

    def dismiss(self) -> None:
        """Say that the owner is done, and wait until the guard is."""
        if self._child.stdin:
            self._child.stdin.close()
        self._child.wait(DISMISS_SECONDS)


def watch(data_dir: Path, *, remove: bool) -> None:
    """The guard's side: wait for the owner's end, then stop the servers if nobody else uses them."""
    from balancer.embedded.services import stop_servers

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.buffer.read()
    place = Place(data_dir)
    if not place.data_dir.is_dir():
        return
    deadline = time.monotonic() + USERS_SECONDS
    while True:
        with place.locked():
            if remove or not place.is_used():
                stop_servers(place)
                if remove:
                    place.remove()
                return
        if time.monotonic() > deadline:
            return
        time.sleep(0.05)
