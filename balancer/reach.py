"""Whether the database and Redis answer, told within a second and a half however they fail: a server that hangs answers nothing
and refuses nothing."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate

from django.core.cache import cache
from django.db import connection

PATIENCE_SECONDS = 1.5


class Reach:
    """Asks something that may hang, in a thread of its own; while one question hangs, there is no second."""

    def __init__(self, name: str, ask: Callable[[], object]) -> None:
        self._ask = ask
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"reach-{name}")
        self._lock = threading.Lock()
        self._asked: tuple[float, Future[object]] | None = None

    def begin(self) -> tuple[float, Future[object]]:
        """Ask, unless a question is under way: when it was asked, and the answer to come."""
        with self._lock:
            if self._asked is None or self._asked[1].done():
                self._asked = time.monotonic(), self._thread.submit(self._ask)
            return self._asked

    def trouble(self, patience: float | None = None) -> str:
        """Why it does not answer, in words; "" when it does."""
        return self.told(*self.begin(), patience=patience)

    def told(self, began: float, answer: Future[object], *, patience: float | None = None) -> str:
        """The same, of a question that was asked before."""
        seconds = PATIENCE_SECONDS if patience is None else patience
        try:
            answer.result(max(0.0, seconds - (time.monotonic() - began)))
        except TooLate:
            return f"has not answered for {time.monotonic() - began:.1f} s"
        except Exception as error:
            return f"does not answer ({type(error).__name__})"
        return ""


def _ask_database() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connection.close()


def _ask_redis() -> None:
    cache.get("health")


database = Reach("database", _ask_database)
redis = Reach("redis", _ask_redis)


def troubles() -> dict[str, str]:
    """Those of the two that do not answer, and why; both are asked at once."""
    asked = [(name, one, one.begin()) for name, one in (("database", database), ("redis", redis))]
    found = {name: one.told(*question) for name, one, question in asked}
    return {name: why for name, why in found.items() if why}
