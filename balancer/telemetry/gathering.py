"""Log lines of the console, written some at a time: each write wakes every other thread of the process to compete for it.

A line that tells of no trouble waits up to `WAIT_SECONDS` for others; one of WARNING or more is written at once, and all that
wait before it. So a process that is killed loses at most its last lines of that time, and none that told of trouble.
"""

import logging
import os
import threading
import time
from typing import TextIO
from weakref import WeakSet

from access.endings import at_end

WAIT_SECONDS = 0.05
MOST_LINES = 100  # that wait


class GatheringHandler(logging.StreamHandler[TextIO]):
    """`logging.StreamHandler`, but for when it writes."""

    def __init__(self, stream: TextIO | None = None) -> None:
        super().__init__(stream)
        self._lines: list[str] = []
        self._newest: logging.LogRecord | None = None  # is named where the lines cannot be written
        self._writer: threading.Thread | None = None
        self._waiting = threading.Event()
        _handlers.add(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Take a line. The caller holds the handler's lock, as `logging` has it."""
        try:
            self._lines.append(self.format(record))
        except Exception:
            self.handleError(record)
            return
        self._newest = record
        if record.levelno >= logging.WARNING or len(self._lines) >= MOST_LINES:
            self._write()
        elif len(self._lines) == 1:
            self._write_soon()

    def flush(self) -> None:
        """Write what waits: also at the end of the process."""
        self.acquire()
        try:
            self._write()
        finally:
            self.release()

    def _write(self) -> None:
        lines, self._lines = self._lines, []
        if not lines:
            return
        try:
            self.stream.write(self.terminator.join(lines) + self.terminator)
            super().flush()
        except Exception:
            if self._newest is not None:
                self.handleError(self._newest)

    def _write_soon(self) -> None:
        if self._writer is None:
            self._writer = threading.Thread(target=self._keep_writing, name="log-lines", daemon=True)
            try:
                self._writer.start()
            except RuntimeError:  # the interpreter is ending: nobody would write it later
                self._writer = None
                self._write()
                return
        self._waiting.set()

    def _keep_writing(self) -> None:
        while True:
            self._waiting.wait()
            time.sleep(WAIT_SECONDS)
            self._waiting.clear()
            self.flush()

    def forget(self) -> None:
        """In a forked child: its parent writes what waits, and the thread that would write is not here."""
        self._lines, self._writer, self._waiting = [], None, threading.Event()


_handlers: "WeakSet[GatheringHandler]" = WeakSet()


def _forget_all() -> None:
    for handler in _handlers:
        handler.forget()


def _flush_all() -> None:
    for handler in list(_handlers):
        handler.flush()


os.register_at_fork(after_in_child=_forget_all)
at_end(_flush_all)
