"""Runs the service's processes for the demo and the tests: start, watch, stop, and nothing left running."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Self

import psutil

STOP_SECONDS = 10.0
WATCH_SECONDS = 0.2
LAST_LINES = 12
LAST_BYTES = 16_384
PR_SET_PDEATHSIG = 1
# The kernel sends the death signal when the *thread* that forked ends: one thread that lives as long as we do forks them all
_forker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="supervisor-fork")


class ProcessDied(RuntimeError):
    """A child ended that should not have; the message has its last lines."""


class PortTaken(RuntimeError):
    """Nobody could listen there; the message says why, and what to do."""


def require_free_port(port: int, command: str = "make demo") -> None:
    """Raise `PortTaken` unless a server of ours could listen on this port. `command` is offered with another port."""
    error = _bind_error(port)
    if error is None:
        return
    other = next((free for free in range(max(port, 8080) + 1, 65_536) if _bind_error(free) is None), 8081)
    advice = f"`{command} PORT={other}`"
    if isinstance(error, PermissionError):
        raise PortTaken(f"port {port} is for root only: take another, e.g. {advice}")
    raise PortTaken(f"port {port} is taken by {_listener(port)}: stop that one, or take another, e.g. {advice}")


@dataclass
class Supervisor:
    """Named child processes with one environment; logs go to `log_dir`/NAME.log. A context manager.

    Each child leads a process group of its own, so that a Ctrl-C reaches it through us and its own children go with it.
    The kernel kills it when we end, however we end. `complaints` are asked with the children: each returns a sentence
    about something else that should run and does not, or None.
    """

    environment: dict[str, str]
    log_dir: Path
    cwd: Path
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    commands: dict[str, list[str]] = field(default_factory=dict)
    complaints: list[Callable[[], str | None]] = field(default_factory=list)
    _log_starts: dict[str, int] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self.log_dir.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop_all()

    def start(self, name: str, command: list[str]) -> None:
        """Start a child; `command` begins after the Python interpreter."""
        if name in self.processes:
            raise ValueError(f"{name} runs already")
        self.commands[name] = command
        with self.log(name).open("ab") as handle:
            self._log_starts[name] = handle.tell()
            self.processes[name] = _forker.submit(self._fork, command, handle.fileno()).result()

    def run(self, name: str, command: list[str]) -> None:
        """Run a command to its end. Raises `ProcessDied` when it fails."""
        self.start(name, command)
        try:
            code = self.processes[name].wait()
        finally:
            self.stop(name)
        if code != 0:
            raise ProcessDied(self._epitaph(name, code))

    def wait_until(self, ready: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
        """Wait for something to be ready, watching all children. Raises `ProcessDied` or `TimeoutError`."""
        end = time.monotonic() + seconds
        while not ready():
            self.check()
            if time.monotonic() > end:
                raise TimeoutError(f"{what} was not ready within {seconds:.0f} s; the logs are in {self.log_dir}")
            time.sleep(0.05)

    def check(self) -> None:
        """Raise `ProcessDied` if any child has ended, or anybody complains."""
        sentence = self._trouble()
        if sentence:
            raise ProcessDied(sentence)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """While the block runs, whatever it waits for, a dead child ends it with `ProcessDied`, SIGTERM with `SystemExit`.

        Only for the main thread: a handler of SIGTERM is what interrupts it. A `ProcessDied` that the block swallows is
        raised again.
        """
        over = threading.Event()
        trouble: list[str] = []
        before = signal.signal(signal.SIGTERM, lambda number, frame: _interrupt(trouble, number, frame))
        watcher = threading.Thread(target=self._watch, args=(over, trouble), name="supervisor-watch", daemon=True)
        watcher.start()
        try:
            yield
        finally:
            over.set()
            watcher.join()
            signal.signal(signal.SIGTERM, before)

    def is_running(self, name: str) -> bool:
        """Whether this child was started and lives."""
        process = self.processes.get(name)
        return process is not None and process.poll() is None

    def kill9(self, name: str) -> None:
        """End a child as a power cut would."""
        process = self.processes.pop(name)
        _signal_group(process, signal.SIGKILL)
        process.wait()

    def restart(self, name: str) -> None:
        """Start a child as it was started before; one that runs is stopped first."""
        self.stop(name)
        self.start(name, self.commands[name])

    def stop(self, name: str) -> None:
        """End a child in good order, or by force when it does not go."""
        process = self.processes.pop(name, None)
        if process is not None:
            _end(process)

    def stop_all(self) -> None:
        """End every child, the last started first, each before the next. A Ctrl-C meanwhile ends them by force."""
        running = list(reversed(self.processes.values()))
        self.processes.clear()
        try:
            for process in running:
                _end(process)
        except BaseException:
            for process in running:
                _signal_group(process, signal.SIGKILL)
            raise

    def log(self, name: str) -> Path:
        """The child's log file."""
        return self.log_dir / f"{name}.log"

    def _fork(self, command: list[str], output: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, *command],
            cwd=self.cwd,
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
        )

    def _watch(self, over: threading.Event, trouble: list[str]) -> None:
        main = threading.main_thread().ident
        while not over.wait(WATCH_SECONDS):
            sentence = self._trouble()
            if sentence and main is not None:
                trouble[:] = [sentence]
                signal.pthread_kill(main, signal.SIGTERM)

    def _trouble(self) -> str | None:
        for name, process in list(self.processes.items()):
            code = process.poll()
            if code is not None and name in self.processes:
                _signal_group(process, signal.SIGKILL)  # what the dead one left in its group
                return self._epitaph(name, code)
        return next((sentence for complaint in self.complaints if (sentence := complaint())), None)

    def _epitaph(self, name: str, code: int) -> str:
        lines = self._last_lines(name)
        how = f"was killed by signal {-code}" if code < 0 else f"ended with status {code}"
        if not lines:
            return f"{name} {how} and said nothing ({self.log(name)})"
        return f"{name} {how}. Its last lines ({self.log(name)}):\n  " + "\n  ".join(lines)

    def _last_lines(self, name: str) -> list[str]:
        """What the child said since it was last started."""
        with self.log(name).open("rb") as handle:
            end = handle.seek(0, os.SEEK_END)
            handle.seek(max(self._log_starts.get(name, 0), end - LAST_BYTES))
            return handle.read().decode(errors="replace").strip().splitlines()[-LAST_LINES:]


def _interrupt(trouble: list[str], number: int, _: FrameType | None) -> None:
    if trouble:
        raise ProcessDied(trouble[0])
    raise SystemExit(128 + number)


def _end(process: subprocess.Popen[bytes]) -> None:
    _signal_group(process, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    _signal_group(process, signal.SIGKILL)  # the child if it did not go, and its own children if it forgot them
    process.wait()


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _die_with_parent() -> None:
    """In the child: be killed when the parent ends, however it ends. Not asked: a child that hangs must go, too."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _bind_error(port: int) -> OSError | None:
    with socket.socket() as sock:
        # as servers do: connections that are only dying away do not matter
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(("127.0.0.1", port))
        except OSError as error:
            return error
    return None


def _listener(port: int) -> str:
    with suppress(psutil.Error):
        for connection in psutil.net_connections("tcp"):
            listens = connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port
            if listens and connection.pid:
                return f"{psutil.Process(connection.pid).name()} (pid {connection.pid})"
    return "another program"
