"""`python -m tests.bench.layers`: where a request's time goes, in one process, one request at a time, without a network.

CPU time of this thread (user and system), microseconds per request, so that what else the machine does weighs little. Each
layer is told without those inside it. The database and Valkey are real; the time that they take themselves is not counted, nor
that of threads that work for many requests at once: the log's, and the quotes' writer.
"""

import argparse
import io
import json
import logging
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from statistics import median
from threading import get_ident
from typing import Any

from tests.bench.seed import QUOTE_BODY, SESSION_BODY
from tests.bench.world import World, world

CALLS = {"GET session": 200, "POST session": 201, "POST quote": 200}
WARM_UP = 210  # each session once: what is kept of it is kept
ROUNDS = 5

LAYERS = {
    "Django: handler, signals, URL": ["django.core.handlers.wsgi:WSGIHandler.__call__"],
    "log line": ["access.middleware:RequestMiddleware.prepare", "access.middleware:RequestMiddleware.handle_response"],
    "metrics": ["balancer.measuring:_measure"],
    "other middlewares": [
        "django.middleware.security:SecurityMiddleware.__call__",
        "access.middleware:CorsMiddleware.__call__",
        "django.middleware.csrf:CsrfViewMiddleware.__call__",
        "django.middleware.common:CommonMiddleware.__call__",
    ],
    "DRF: view, request, answer": [
        "rest_framework.views:APIView.dispatch",
        "rest_framework.response:Response.rendered_content.fget",
    ],
    "authentication and limits": ["rest_framework.views:APIView.perform_authentication"],
    "body: parsed": ["access.parsers:StrictJSONParser.parse"],
    "body: checked": ["swaps.api.views:session_request", "pricing.api.views:wanted_of"],
    "idempotency and audit": [
        "access.changes:_record",
        "swaps.api.views:SessionsView.post",
        "swaps.api.views:change_entry",
        "pricing.api.views:QuoteView.post",
    ],
    "service": ["swaps.services.sessions:session_create", "pricing.api.views:quote_give"],
    "read: rows to objects": ["swaps.selectors:session_load"],
    "ORM: SQL made and read": [
        "django.db.models.base:Model.save",
        "django.db.models.query:QuerySet._fetch_all",
        "django.db.models.query:QuerySet.bulk_create",
    ],
    "rows: written by one statement": [
        "access.services:rows_insert",
        "swaps.services.transitions:rows_insert_if",
        "pricing.giving:row_insert_soon",  # handed to the thread that writes it
    ],
    "announcement to followers": ["swaps.notifications:_tell_update"],
    "connection from the pool": ["django.db.backends.base.base:BaseDatabaseWrapper.connect"],
    "psycopg": [
        "django.db.backends.utils:CursorWrapper.execute",
        "django.db.backends.base.base:BaseDatabaseWrapper._commit",
    ],
    "document": [
        "swaps.api.views:document_of",
        "swaps.api.views:session_document",
        "pricing.giving:quote_document",
    ],
    "signature": ["pricing.giving:document_sign"],
    "JSON": ["access.answers:json_bytes", "swaps.api.views:tag_of"],
}
"""Functions by layer. One that is called inside another stops the other's clock."""


class Clock:
    """CPU time by layer, each without what it calls of another."""

    def __init__(self) -> None:
        self.used: dict[str, float] = defaultdict(float)
        self._open: list[str] = []
        self._since = 0.0
        self.thread = get_ident()

    def enter(self, layer: str) -> None:
        """What passes from here on is this layer's."""
        self._book()
        self._open.append(layer)

    def leave(self) -> None:
        """What passes from here on is its caller's again."""
        self._book()
        self._open.pop()

    def _book(self) -> None:
        now = time.thread_time()
        if self._open:
            self.used[self._open[-1]] += now - self._since
        self._since = now


def main(arguments: list[str] | None = None) -> int:
    """Measure in an environment of its own."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.layers", description=__doc__)
    parser.add_argument("--requests", type=int, default=100, help="in each of five rounds (default: %(default)s)")
    chosen = parser.parse_args(arguments)
    with world() as place:
        os.environ.update(place.environment)
        os.environ["DJANGO_SETTINGS_MODULE"] = "balancer.settings"
        from django.db import connections

        from balancer.wsgi import application

        _discard_logs()
        calls = {title: _caller(application, place, title) for title in CALLS}
        for call in calls.values():
            _repeat(call, WARM_UP)
        whole = {title: _cpu_us(call, chosen.requests) for title, call in calls.items()}
        queries = {title: len(_queries(call)) for title, call in calls.items()}
        clock = Clock()
        _watch(clock)
        _print({title: _by_layer(clock, call, chosen.requests) for title, call in calls.items()}, whole, queries)
        connections["default"].close_pool()  # type: ignore[attr-defined]  # the engine's own
    return 0


def _print(layers: dict[str, dict[str, float]], whole: dict[str, float], queries: dict[str, int]) -> None:
    print(f"| {'microseconds of CPU':30} |" + "|".join(f" {title:>12} " for title in layers) + "|")
    print("|---|" + "---:|" * len(layers))
    for name in LAYERS:
        print(f"| {name:30} |" + "|".join(f" {found.get(name, 0):12,.0f} " for found in layers.values()) + "|")
    print(f"| {'all, without these clocks':30} |" + "|".join(f" {whole[title]:12,.0f} " for title in layers) + "|")
    print(f"| {'statements (BEGIN, COMMIT too)':30} |" + "|".join(f" {queries[title]:12} " for title in layers) + "|")


def _watch(clock: Clock) -> None:
    for layer, places in LAYERS.items():
        for place in places:
            module, _, names = place.partition(":")
            owner: Any = import_module(module)
            *path, last = names.split(".")
            if last == "fget":
                *path, last = path
                owner = getattr(owner, path[0])
                setattr(owner, last, property(_timed(clock, layer, getattr(owner, last).fget)))
                continue
            for name in path:
                owner = getattr(owner, name)
            setattr(owner, last, _timed(clock, layer, getattr(owner, last)))


def _timed(clock: Clock, layer: str, function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def timed(*args: Any, **kwargs: Any) -> Any:
        if get_ident() != clock.thread:
            return function(*args, **kwargs)
        clock.enter(layer)
        try:
            return function(*args, **kwargs)
        finally:
            clock.leave()

    return timed


def _by_layer(clock: Clock, call: Callable[[], None], count: int) -> dict[str, float]:
    rounds = []
    for _ in range(ROUNDS):
        clock.used.clear()
        _repeat(call, count)
        rounds.append(dict(clock.used))
    return {layer: median(found.get(layer, 0.0) for found in rounds) / count * 1e6 for layer in LAYERS}


def _discard_logs() -> None:
    """Log lines are made, and written to nowhere."""
    sink = open(os.devnull, "w")  # noqa: SIM115  (until the process ends)
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(sink)


def _caller(application: Callable[..., Any], place: World, title: str) -> Callable[[], None]:
    """Sends one request through the whole WSGI application, as a server does."""
    bodies = {"POST session": SESSION_BODY, "POST quote": QUOTE_BODY}
    body = json.dumps(bodies[title]).encode() if title in bodies else b""
    path = {"POST session": "/api/v1/sessions", "POST quote": "/api/v1/quote"}.get(title, "/api/v1/sessions/")
    position = 0

    def call() -> None:
        nonlocal position
        position += 1
        whole = path if body else path + place.sessions[position % len(place.sessions)]
        told: list[str] = []
        answer = application(_environ(place, whole, body), lambda status, headers, *_: told.append(status))
        content = b"".join(answer)
        answer.close()
        if not told[0].startswith(str(CALLS[title])):
            raise RuntimeError(f"{whole}: {told[0]} {content[:500]!r}")

    return call


def _environ(place: World, path: str, body: bytes) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "POST" if body else "GET",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1",
        "HTTP_ACCEPT": "application/json",
        "HTTP_X_API_KEY": place.api_key,
        "CONTENT_TYPE": "application/json" if body else "",
        "CONTENT_LENGTH": str(len(body)) if body else "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }


def _repeat(call: Callable[[], None], count: int) -> None:
    for _ in range(count):
        call()


def _cpu_us(call: Callable[[], None], count: int) -> float:
    found = []
    for _ in range(ROUNDS):
        began = time.thread_time()
        _repeat(call, count)
        found.append((time.thread_time() - began) / count * 1e6)
    return median(found)


def _queries(call: Callable[[], None]) -> list[str]:
    """What one request asks the database."""
    from django.core.signals import request_started
    from django.db import connection, reset_queries
    from django.test.utils import CaptureQueriesContext

    request_started.disconnect(reset_queries)
    with CaptureQueriesContext(connection) as captured:
        call()
    return [query["sql"] for query in captured.captured_queries]


if __name__ == "__main__":
    sys.exit(main())
