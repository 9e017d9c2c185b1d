"""New rows that are written a moment after they were told of: all of a few milliseconds by one statement.

A request that writes its row itself waits for a connection, a round trip and a commit, and its process changes threads twice
meanwhile. For a row that may be lost without harm (docs/adr/0009) one thread of the process does that, for many at once.
"""

import os
import threading
import time

import structlog
from django.db import InterfaceError, OperationalError, connection
from django.db.models import Model

from access.endings import at_end
from access.rows import NO_WAIT, Condition, rows_insert, rows_insert_if

log = structlog.get_logger(__name__)
MOST_WAITING = 200
SLOW_SECONDS = 0.2
RETRY_SECONDS = 0.25
GIVE_UP_SECONDS = 30.0
AWAY = (OperationalError, InterfaceError)
"""What says nothing of the rows: they are tried again. Any other error is the fault of one of them."""
UNHURRIED = Condition(f"SELECT true AS holds, {NO_WAIT}")


def row_insert_soon(row: Model, *, gather_seconds: float) -> None:
    """Write one row that may be lost: `gather_seconds` later, with all that came meanwhile.

    It is lost where this process or PostgreSQL is killed meanwhile, or where it cannot be written for half a minute, which is
    logged. Inside a transaction, with 0 seconds, while rows cannot be written or that takes long, and while too many wait, it
    is written at once, and what the database raises is raised.
    """
    if connection.in_atomic_block:
        rows_insert(row)
    elif not gather_seconds or not _writer.take(row, gather_seconds):
        rows_insert_if(UNHURRIED, row)
        _writer.works_again()


def rows_settle(seconds: float = 5.0) -> bool:
    """Wait until every row that was taken is written or given up; whether that was in time."""
    return _writer.settle(seconds)


class RowWriter:
    """A queue and the thread that empties it, which starts with the first row: after a fork, and only where it is needed."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: list[Model] = []
        self._in_hand: list[Model] = []
        self._began = 0.0  # to write what is in hand
        self._gather_seconds = 0.0
        self._refuses = False
        self._failing_since: float | None = None  # the thread's own
        self._thread: threading.Thread | None = None

    def take(self, row: Model, gather_seconds: float) -> bool:
        """Whether it will be written."""
        with self._changed:
            if self._refuses or len(self._waiting) >= MOST_WAITING or self._is_slow() or not self._has_thread():
                return False
            self._waiting.append(row)
            if len(self._waiting) == 1:
                self._gather_seconds = gather_seconds
                self._changed.notify_all()
        return True

    def works_again(self) -> None:
        """Somebody has written a row without us."""
        self._refuses = False

    def settle(self, seconds: float) -> bool:
        """See `rows_settle`."""
        with self._changed:
            return self._changed.wait_for(lambda: not self.unwritten(), seconds)

    def unwritten(self) -> list[Model]:
        """What was taken, and is neither written nor given up."""
        return [*self._in_hand, *self._waiting]

    def _is_slow(self) -> bool:
        return bool(self._in_hand) and time.monotonic() - self._began > SLOW_SECONDS

    def _has_thread(self) -> bool:
        if self._thread is None or not self._thread.is_alive():
            thread = threading.Thread(target=self._run, name="row-writer", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # the interpreter is ending
                return False
            self._thread = thread
        return True

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting)
            time.sleep(self._gather_seconds if self._failing_since is None else RETRY_SECONDS)
            with self._changed:
                self._in_hand, self._waiting, self._began = self._waiting, [], time.monotonic()
            left = self._write(self._in_hand)
            with self._changed:
                self._waiting[:0], self._in_hand = left, []
                self._changed.notify_all()

    def _write(self, rows: list[Model]) -> list[Model]:
        """Returns those that are to be tried again."""
        try:
            try:
                _insert(rows)
            finally:
                connection.close()
        except Exception as error:  # whatever it is: nobody else would write them
            return self._kept(rows, error)
        self._failing_since, self._refuses = None, False
        return []

    def _kept(self, rows: list[Model], error: Exception) -> list[Model]:
        self._refuses, now = True, time.monotonic()
        since = self._failing_since
        if since is None:
            self._failing_since = now
            log.warning("rows.wait", count=len(rows), error=str(error)[:200])
            return rows
        if now - since < GIVE_UP_SECONDS:
            return rows
        self._failing_since = None
        _tell_lost(rows, error)
        return []


def _insert(rows: list[Model]) -> None:
    try:
        rows_insert_if(UNHURRIED, *rows)
    except AWAY:
        raise
    except Exception:  # of one of them: the others are good
        for row in rows:
            _insert_one(row)


def _insert_one(row: Model) -> None:
    try:
        rows_insert_if(UNHURRIED, row)
    except AWAY:
        raise
    except Exception as error:
        if not type(row)._default_manager.filter(pk=row.pk).exists():  # else an answer was lost, and not the row
            _tell_lost([row], error)


def _tell_lost(rows: list[Model], error: Exception) -> None:
    log.error("rows.lost", count=len(rows), first=str(rows[0].pk), error=str(error)[:200])


_writer = RowWriter()


def _settle_at_end() -> None:
    if not rows_settle() and (rows := _writer.unwritten()):
        _tell_lost(rows, TimeoutError("the process ends"))


def _begin_anew() -> None:
    """In a forked child: what waits is its parent's to write, and the thread is not here."""
    global _writer  # noqa: PLW0603
    _writer = RowWriter()


os.register_at_fork(after_in_child=_begin_anew)
at_end(_settle_at_end)
