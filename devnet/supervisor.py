"""Runs the service's processes for the demo and the tests: start, watch, stop, and nothing left running."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

STOP_SECONDS = 10.0
LAST_LINES = 12
PR_SET_PDEATHSIG = 1


class ProcessDied(RuntimeError):
    """A child ended that should not have; the message has its last lines."""


class PortTaken(RuntimeError):
    """Somebody listens there already; the message says where, and what to do."""


def require_free_port(port: int) -> None:
    """Raise `PortTaken` when something listens on this port of the machine."""
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(("127.0.0.1", port))
        except OSError:
            raise PortTaken(
                f"port {port} is taken by another program: stop that one, or take another, e.g. `make demo PORT={port + 1}`"
            ) from None


def _die_with_parent() -> None:
    """In the child: be told to stop when the parent ends, however it ends."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Supervisor:
    """Named child processes with one environment; logs go to `log_dir`/NAME.log. A context manager."""

    environment: dict[str, str]
    log_dir: Path
    cwd: Path
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    commands: dict[str, list[str]] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self.log_dir.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop_all()

    def start(self, name: str, command: list[str]) -> None:
        """Start a child; `command` begins after the Python interpreter."""
        self.commands[name] = command
        with self.log(name).open("ab") as handle:
            self.processes[name] = subprocess.Popen(
                [sys.executable, *command],
                cwd=self.cwd,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=handle,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )

    def run(self, name: str, command: list[str]) -> None:
        """Run a command to its end. Raises `ProcessDied` when it fails."""
        self.start(name, command)
        code = self.processes.pop(name).wait()
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
        """Raise `ProcessDied` if any child has ended."""
        for name, process in self.processes.items():
            code = process.poll()
            if code is not None:
                raise ProcessDied(self._epitaph(name, code))

    def kill9(self, name: str) -> None:
        """End a child as a power cut would."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def restart(self, name: str) -> None:
        """Start a child again as it was started before."""
        self.start(name, self.commands[name])

    def stop(self, name: str) -> None:
        """End a child in good order, or by force when it does not go."""
        process = self.processes.pop(name, None)
        if process is not None:
            _end(process)

    def stop_all(self) -> None:
        """End every child, the last started first."""
        for name in reversed(list(self.processes)):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.processes[name].pid, signal.SIGTERM)
        for name in reversed(list(self.processes)):
            self.stop(name)

    def log(self, name: str) -> Path:
        """The child's log file."""
        return self.log_dir / f"{name}.log"

    def _epitaph(self, name: str, code: int) -> str:
        lines = self.log(name).read_text(errors="replace").strip().splitlines()[-LAST_LINES:]
        how = f"was killed by signal {-code}" if code < 0 else f"ended with status {code}"
        return f"{name} {how}. Its last lines ({self.log(name)}):\n  " + "\n  ".join(lines)


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
