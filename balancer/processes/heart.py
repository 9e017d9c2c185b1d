"""What a process does beside its work: it says that it lives, and takes its turns at looking after all of them."""

import asyncio
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.util import Finalize

import structlog
from django.conf import settings
from django.db import connection

from balancer.notices.without_database import Outage
from balancer.processes.registry import STALE_SECONDS, process_beat, process_enter, process_leave
from balancer.processes.turns import turn_done, turn_take
from balancer.processes.vitals import Pulse
from balancer.version import VERSION

log = structlog.get_logger(__name__)
BEAT_SECONDS = 1.0
SURVEY, SURVEY_SECONDS = "survey", 2.0
WEB_YIELDS_SECONDS = 2.0  # so much longer a process that answers requests leaves the survey to others
DELIVERY_SECONDS = 1.0
OUTAGE_SECONDS = 2.0


class Repeated(threading.Thread):
    """Calls `work` again and again. What it raises is logged once until it works again, and the next call is the next chance."""

    def __init__(self, name: str, seconds: float, work: Callable[[], object]) -> None:
        super().__init__(name=name, daemon=True)
        self._seconds, self._work, self._over, self._failing = seconds, work, threading.Event(), False

    def run(self) -> None:
        while not self._over.is_set():
            began = time.monotonic()
            self._call()
            self._over.wait(max(0.1, self._seconds - (time.monotonic() - began)))

    def end(self, patience: float = 3.0) -> None:
        """Let it finish what it does."""
        self._over.set()
        if self is not threading.current_thread() and self.is_alive():
            self.join(patience)

    def _call(self) -> None:
        try:
            self._work()
            if self._failing:
                log.info("process.works_again", what=self.name)
            self._failing = False
        except Exception as error:
            if not self._failing:
                log.warning("process.cannot", what=self.name, error=repr(error)[:300])
            self._failing = True
        finally:
            connection.close()  # back into the pool; one that broke is thrown away there


class Heart:
    """The heartbeat of this process. `survey` looks at everything; `deliver` sends what waits to be sent to operators."""

    def __init__(self, kind: str, name: str, survey: Callable[[], object], deliver: Callable[[], object]) -> None:
        self._kind, self._name, self._survey = kind, name, survey
        self._survey_after = SURVEY_SECONDS - 0.5 + (WEB_YIELDS_SECONDS if kind == "web" else 0.0)
        self._key: int | None = None
        self._started = time.monotonic()
        self._pulse = Pulse()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._looped = time.monotonic()
        self._lock = threading.Lock()
        self._threads = (
            Repeated("heartbeat", BEAT_SECONDS, self.beat),
            Repeated("survey", BEAT_SECONDS, self.look),
            Repeated("delivery", DELIVERY_SECONDS, deliver),
            Repeated("outage", OUTAGE_SECONDS, Outage().look),
        )
        self._ended = False

    def start(self) -> None:
        """In threads of its own, which end with the process."""
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """In good order: the row goes, so that nobody is alarmed. May be called twice."""
        if self._ended:
            return
        self._ended = True
        for thread in self._threads:
            thread.end()
        with self._lock:
            try:
                if self._key is not None:
                    process_leave(self._key)
            except Exception as error:
                log.warning("process.leaves_unheard", error=repr(error)[:300])
            finally:
                connection.close()

    def beat(self) -> None:
        """Say that it lives, and how it is."""
        vitals = self._pulse.read(self._stuck())
        with self._lock:
            if self._key is None or not process_beat(self._key, vitals):
                age = time.monotonic() - self._started
                self._key = process_enter(
                    kind=self._kind,
                    name=self._name,
                    host=socket.gethostname(),
                    pid=os.getpid(),
                    version=VERSION,
                    vitals=vitals,
                    age=age,
                )

    def look(self) -> None:
        """Survey, if it is this process's turn."""
        if turn_take(SURVEY, self._survey_after):
            self._survey()
            turn_done(SURVEY)

    def watch_loop(self, loop: asyncio.AbstractEventLoop) -> None:
        """An event loop that must not stand still. A second one of the same process replaces the first."""
        if loop is not self._loop:
            self._loop, self._looped = loop, time.monotonic()

    def _stuck(self) -> str:
        loop = self._loop
        if loop is None or loop.is_closed():
            return ""
        loop.call_soon_threadsafe(self._tick)
        still = time.monotonic() - self._looped
        return f"its event loop has stood still for {still:.0f} s" if still > STALE_SECONDS else ""

    def _tick(self) -> None:
        self._looped = time.monotonic()


_heart: Heart | None = None


def heart_start(kind: str, name: str = "") -> Heart | None:
    """This process's heart, beating; None where the settings say that processes do not report."""
    global _heart  # noqa: PLW0603  (a process has one)
    if not settings.OPERATIONS["heartbeats"]:
        return None
    if _heart is None:
        from balancer.alarms import survey
        from balancer.notices.sending import deliver_due

        _heart = Heart(kind, name, survey, deliver_due)
        Finalize(None, _heart.end, exitpriority=10)  # also at the end of a child that multiprocessing made
        _heart.start()
    return _heart


def heart_now() -> Heart | None:
    """This process's heart, if it has one."""
    return _heart


@contextmanager
def beating(kind: str, name: str = "") -> Iterator[None]:
    """While the block runs, the process is known as one of this kind."""
    heart = heart_start(kind, name)
    try:
        yield
    finally:
        if heart is not None:
            heart.end()
