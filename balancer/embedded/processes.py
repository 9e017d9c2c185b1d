"""Starting, recognising, awaiting and stopping one server process."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from balancer.embedded.account import Account
from balancer.embedded.errors import NoSpace, StartFailed

LOCALHOST = "127.0.0.1"
ORPHAN_SECONDS = 5.0
LOG_BYTES = 10 * 2**20
START_SECONDS = 60.0  # recovery after a crash may take a while
# Kept so that a server which ends before we do is reaped and no warning speaks of a forgotten child
_children: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True)
class Server:
    """A server as its files tell: a process is ours when its pid is in `pid_file` and its command names `mark`."""

    title: str
    pid_file: Path
    mark: Path
    log: Path
    stop_signals: tuple[tuple[signal.Signals, float], ...]  # each with the seconds given to it

    def process(self) -> psutil.Process | None:
        """The running process, or None. A pid that another program has got since is not taken for ours."""
        _reap()
        with suppress(OSError, ValueError, IndexError, psutil.Error):
            process = psutil.Process(int(self.pid_file.read_text().split()[0]))
            if is_alive(process) and str(self.mark) in process.cmdline():
                return process
        return None

    def begin(self) -> None:
        """Clear what a killed server left: its children, its pid, which may be another program's by now, a long log."""
        if self.pid_file.exists():
            # PostgreSQL's own test for such children needs the file that is removed next
            _kill_inhabitants(self.mark)
            self.pid_file.unlink()
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.unlink()

    def stop(self) -> None:
        """End the process, asked first; nothing when it does not run."""
        process = self.process()
        if process is None:
            return
        for number, seconds in (*self.stop_signals, (signal.SIGKILL, 5.0)):
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)
            if ends_within(seconds, lambda: self.process() is None):
                return

    def last_words(self, lines: int = 3) -> str:
        """The end of the log on one line."""
        try:
            text = self.log.read_text(errors="replace")
        except OSError:
            return "nothing"
        return " | ".join(line.strip() for line in text.splitlines()[-lines:]) or "nothing"


def spawn(command: Sequence[str], account: Account, log: Path) -> subprocess.Popen[bytes]:
    """Start a server in a session of its own: a Ctrl-C in our terminal is not for it. Its output goes to `log`."""
    with log.open("ab") as output:
        account.give(log)  # for the day when the folder's owner starts the servers, and not root
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            env=server_environment(),
            start_new_session=True,
            **account.popen_arguments(),
        )
    _children.append(child)
    return child


def server_environment() -> dict[str, str]:
    """A server's whole environment: ours could hold PG* variables, or secrets."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def await_ready(server: Server, child: subprocess.Popen[bytes], answers: Callable[[], bool]) -> None:
    """Return when the server answers. Raises `StartFailed` or `NoSpace` with its last words."""
    deadline = time.monotonic() + START_SECONDS
    while not answers():
        if child.poll() is not None:
            raise _failure(server, f"ended with {child.returncode}")
        if time.monotonic() > deadline:
            raise _failure(server, f"did not answer within {START_SECONDS:.0f} s")
        time.sleep(0.01)


def _failure(server: Server, what: str) -> StartFailed | NoSpace:
    words = server.last_words()
    if "No space left on device" in words:
        return NoSpace(
            f"{server.title} found no space left on the disk of {server.pid_file.parent}: free some and try again."
        )
    return StartFailed(
        f"{server.title} {what} while it started; its last words: {words} (the whole log: {server.log})."
    )


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOCALHOST, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind((LOCALHOST, 0))
        port: int = probe.getsockname()[1]
    return port


def is_alive(process: psutil.Process) -> bool:
    """Whether the process runs: one that ended and was not reaped by its parent does not."""
    try:
        status: str = process.status()
    except psutil.NoSuchProcess:
        return False
    return status != psutil.STATUS_ZOMBIE


def ends_within(seconds: float, ended: Callable[[], bool]) -> bool:
    """Ask until it is so, or the time is up. (To wait for another process's child could mean for ever: who reaps it?)"""
    deadline = time.monotonic() + seconds
    while not ended():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def _kill_inhabitants(folder: Path) -> None:
    """End the processes that work in this folder: of a killed PostgreSQL's backends a busy one would go on writing."""
    inhabitants = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.cwd() == str(folder):
                process.kill()
                inhabitants.append(process)
    ends_within(ORPHAN_SECONDS, lambda: not any(map(is_alive, inhabitants)))


def _reap() -> None:
    _children[:] = [child for child in _children if child.poll() is None]


def close_to_others(path: Path) -> None:
    """Only the owner may read the file."""
    os.chmod(path, 0o600)
