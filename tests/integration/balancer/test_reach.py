"""A database or a Redis that is away, and one that hangs, are told within two seconds; a healthy service answers at once."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from balancer import reach
from balancer.notices.without_database import Outage
from balancer.reach import Reach
from tests.integration.balancer.test_health import watched  # noqa: F401  (a fixture)

ROOT = Path(__file__).parents[3]
ASK = """
import json, sys, time
import django
django.setup()
from django.test import Client
client = Client()
for path in ("/health/live", "/health", "/health/ready", "/health"):
    began = time.monotonic()
    answer = client.get(path)
    print(json.dumps([path, answer.status_code, time.monotonic() - began, answer.json()]), flush=True)
import os
os._exit(0)
"""


@pytest.fixture
def black_hole() -> Iterator[int]:
    """A port where everybody is let in and nobody is answered."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        yield listener.getsockname()[1]


def asked(database: str, redis: str) -> list[list[Any]]:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "balancer.settings",
        "DATABASE_URL": database,
        "REDIS_URL": redis,
    }
    ended = subprocess.run(
        [sys.executable, "-c", ASK], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    lines = [json.loads(line) for line in ended.stdout.splitlines() if line.startswith("[")]
    assert len(lines) == 4, ended.stderr[-2000:]
    return lines


@pytest.mark.parametrize("how", ["away", "hanging"])
def test_without_a_database_and_redis_it_says_so_within_two_seconds(black_hole: int, how: str) -> None:
    port = black_hole if how == "hanging" else 1
    answers = asked(f"postgres://nobody@127.0.0.1:{port}/none", f"redis://127.0.0.1:{port}/0")
    for path, status, took, body in answers:
        if path == "/health/live":  # the first, by which everything is loaded
            assert status == 200
            continue
        assert took < 2, (path, took)
        assert status == 503, (path, body)
        reasons = body["reasons"]
        assert any(reason.startswith("database: ") for reason in reasons)
        assert any(reason.startswith("redis: ") for reason in reasons)
    whole = answers[1][3]
    assert whole["status"] == "unhealthy"
    assert whole["connections"] == {"database": False, "redis": False, "kms": None}


def test_what_hangs_is_asked_once_and_not_by_everybody() -> None:
    asked_times: list[float] = []
    free = threading.Event()

    def hang() -> None:
        asked_times.append(time.monotonic())
        free.wait(30)

    hanging = Reach("test", hang)
    assert "has not answered for 0." in hanging.trouble(patience=0.2)
    began = time.monotonic()
    assert hanging.trouble(patience=0.2)
    assert time.monotonic() - began < 0.15, "who asks later does not wait as long again"
    assert len(asked_times) == 1
    free.set()
    hanging._asked[1].result(5)  # type: ignore[index]
    assert hanging.trouble() == "" and len(asked_times) == 2


def test_a_healthy_service_answers_at_once_with_a_bounded_number_of_queries(watched: Any, client: Client) -> None:  # noqa: F811
    client.get("/health")
    with CaptureQueriesContext(connection) as queries:
        body = client.get("/health").json()
    assert body["status"] == "healthy" and body["connections"] == {
        "base": True,
        "database": True,
        "redis": True,
        "kms": None,
    }
    assert {"uptime", "timestamp", "metrics", "memory", "disk", "paused", "processes"} <= set(body)
    assert set(body["metrics"]) == {"activeSwaps", "completedToday"}
    assert len(queries) <= 25, [query["sql"][:90] for query in queries]
    took = []
    for _ in range(10):
        began = time.process_time()
        client.get("/health")
        took.append(time.process_time() - began)
    assert min(took) < 0.05, took


def test_redis_away_is_degraded_and_not_dead(watched: Any, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    def away(*_: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr(reach, "redis", Reach("redis", away))
    answer = client.get("/health")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["reasons"] == ["redis: does not answer (ConnectionError)"]


def test_a_dead_database_is_told_once_by_one_process_and_once_when_it_is_back(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said: list[str] = []
    answers = {"trouble": ""}
    monkeypatch.setattr("balancer.notices.without_database._tell", lambda title, *_: said.append(title))
    monkeypatch.setattr("balancer.notices.without_database._file", lambda: tmp_path / "outage")
    monkeypatch.setattr(reach.database, "trouble", lambda: answers["trouble"])
    one, other = Outage(), Outage()

    def look(now: float) -> None:
        one.look(now)
        other.look(now)

    look(0)
    answers["trouble"] = "does not answer (OperationalError)"
    look(1)
    look(5)
    assert said == [], "it may only have been restarted"
    look(6.1)
    look(20)
    assert said == ["1Balancer: the database does not answer"]
    assert one.is_told and not other.is_told
    answers["trouble"] = ""
    look(21)
    assert said[1:] == ["1Balancer: the database answers again"]
