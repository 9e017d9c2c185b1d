"""What processes count themselves, kept together on one machine: each process of it tells of all, also of those that have ended.

prometheus_client's multiprocess mode, with a *slot* in the place of the process id: a number that a process holds by a file lock
as long as it lives. Its successor takes the slot over and counts on in the same files. So counters never go back at a restart,
are never counted twice, and the folder holds as many files as processes ever ran at once, however often they were restarted.
"""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

MOST = 10_000
_LIVE = "gauge_live*_{slot}.db"
_held: tuple[int, int, str] | None = None  # process, file descriptor, slot


def share(directory: str) -> None:
    """Keep the counters of this process there. To be called before the first instrument is made. Raises `ImproperlyConfigured`
    for a folder that cannot be ours."""
    from prometheus_client import values

    path = Path(directory)
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        mine = path.stat().st_uid == os.getuid() and os.access(path, os.W_OK)
    except OSError as error:
        raise ImproperlyConfigured(f"METRICS_DIR: {error}") from error
    if not mine:
        raise ImproperlyConfigured(f"METRICS_DIR: {path} belongs to somebody else")
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(path)
    make: Any = values.MultiProcessValue  # untyped
    values.ValueClass = make(process_identifier=slot)


def slot() -> str:
    """This process's slot. Called with every count: a forked child finds out that it is another process."""
    if _held is not None and _held[0] == os.getpid():
        return _held[2]
    return _take(Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]))


def forget_dead(directory: Path) -> None:
    """Take away what dead processes said of their present: their connections are gone. What they counted stays."""
    for file in directory.glob("gauge_live*_*.db"):
        number = file.stem.rpartition("_")[2]
        descriptor = _lock(directory, number)
        if descriptor is not None:
            with suppress(FileNotFoundError):
                file.unlink()
            os.close(descriptor)


def _take(directory: Path) -> str:
    global _held  # noqa: PLW0603  (a process has one)
    if _held is not None:
        os.close(_held[1])  # the parent's; it goes on holding it
        _held = None
    for number in range(MOST):
        descriptor = _lock(directory, str(number))
        if descriptor is None:
            continue
        for file in directory.glob(_LIVE.format(slot=number)):
            file.unlink()
        _held = os.getpid(), descriptor, str(number)
        return str(number)
    raise ImproperlyConfigured(f"METRICS_DIR: {MOST} processes keep their counters in {directory} already")


def _lock(directory: Path, number: str) -> int | None:
    """An open file that holds the slot; None when a living process holds it."""
    descriptor = os.open(directory / f"slot_{number}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor
