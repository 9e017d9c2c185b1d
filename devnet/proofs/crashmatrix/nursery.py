"""Hands on victims: starts the process that makes them, gives them commands, and notices when one dies."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from devnet.evm.child import start_child, stop_child

START_SECONDS = 60.0
ANSWER_SECONDS = 120.0
ROOT = Path(__file__).parents[3]
Document = dict[str, Any]


class Died(Exception):
    """The victim was killed at its point, in the middle of a command. `point` is what it says of it: what, moment, where."""

    def __init__(self, command: str, point: dict[str, str]) -> None:
        super().__init__(command)
        self.point = point


class Broken(RuntimeError):
    """The product let an exception out, or a victim does not answer: a failure of the proof's subject, or of the proof."""


class Life:
    """One victim, from its birth to its death."""

    def __init__(self, path: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(ANSWER_SECONDS)
        self._socket.connect(path)
        self._lines = self._socket.makefile("r", encoding="utf-8")

    def tell(self, command: Document) -> Document:
        """The answer to a command. Raises `Died`, or `Broken` with the product's own traceback."""
        self.order(command)
        return self.answer(command)

    def order(self, command: Document) -> None:
        """Give a command; `answer` waits for what comes of it."""
        with suppress(BrokenPipeError, ConnectionResetError):
            self._socket.sendall(json.dumps(command).encode() + b"\n")

    def answer(self, command: Document) -> Document:
        """As `tell`, for a command that was given."""
        try:
            line = self._lines.readline()
        except ConnectionResetError:
            line = ""
        except TimeoutError:
            raise Broken(f"no answer within {ANSWER_SECONDS:.0f} s to {command['do']}") from None
        if not line:
            raise Broken(f"the victim ended by itself at {command['do']}")
        answer: Document = json.loads(line)
        if "died" in answer:
            raise Died(command["do"], answer["died"])
        if "error" in answer:
            raise Broken(f"{command['do']}: {answer['error']}")
        return answer

    def end(self) -> None:
        """Close the connection: a victim that lives goes home."""
        self._lines.close()
        self._socket.close()


class Nursery:
    """The process that makes victims, on one world's environment. A context manager."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self._environment = environment
        self._log = log

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="crash-")
        self._path = str(Path(self._folder.name) / "socket")
        program = [sys.executable, "-m", "devnet.proofs.crashmatrix.victim", self._path]
        settings = [f"{name}={value}" for name, value in self._environment.items()]
        command = ["env", "-C", str(ROOT), *settings, *program]
        self._child: subprocess.Popen[bytes] = start_child(command, self._log)
        try:
            self._wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        stop_child(self._child)
        self._folder.cleanup()

    def life(self) -> Life:
        """A new victim."""
        return Life(self._path)

    def _wait(self) -> None:
        end = time.monotonic() + START_SECONDS
        while not os.path.exists(self._path):
            if self._child.poll() is not None or time.monotonic() > end:
                raise Broken(f"the victims' process did not start: {self._log.read_text(errors='replace')[-3000:]}")
            time.sleep(0.02)
