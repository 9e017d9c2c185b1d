"""Servers under measurement: started, asked for the CPU time they used, and ended with us."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

import psutil

ROOT = Path(__file__).parents[2]
PR_SET_PDEATHSIG = 1
START_SECONDS = 60.0
STOP_SECONDS = 10.0
WORKERS = 2
THREADS = 4


class Server:
    """A WSGI application under granian: two processes, of four threads each, on 127.0.0.1."""

    def __init__(self, application: str, environment: dict[str, str], log: Path) -> None:
        self.application, self.environment, self.log = application, environment, log
        self.port = _free_port()

    def __enter__(self) -> Self:
        command = [
            sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self.port),
            "--workers", str(WORKERS), "--blocking-threads", str(THREADS), "--no-ws", "--http", "1",
            self.application,
        ]  # fmt: skip
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=os.environ | self.environment,
                stdout=out,
                stderr=subprocess.STDOUT,
                preexec_fn=_end_with_parent,  # noqa: PLW1509  (no thread runs here)
            )
        try:
            self._wait_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End it and its workers, whatever they are doing."""
        family = self._family()
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        _, alive = psutil.wait_procs(family, timeout=STOP_SECONDS)
        for process in alive:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.process.wait()

    def cpu_seconds(self) -> float:
        """User and system time that the server and its workers have used."""
        used = 0.0
        for process in self._family():
            with suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                used += times.user + times.system
        return used

    def _family(self) -> list[psutil.Process]:
        with suppress(psutil.NoSuchProcess):
            main = psutil.Process(self.process.pid)
            return [main, *main.children(recursive=True)]
        return []

    def _wait_ready(self) -> None:
        ends = time.monotonic() + START_SECONDS
        while time.monotonic() < ends:
            if self.process.poll() is not None:
                break
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.1)
        raise RuntimeError(f"{self.application} does not serve:\n{self.log.read_text(errors='replace')[-3000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
