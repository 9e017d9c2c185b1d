"""The pool looks at a connection before it hands it out, and asks the server only where looking is not enough."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection
from psycopg_pool import ConnectionPool

from balancer.database import pool as watched
from balancer.database.pool import WatchfulPool, must_live


@pytest.fixture
def pool(transactional_db: None) -> Iterator[WatchfulPool]:
    """One connection of the test's database."""
    parameters = {**connection.get_connection_params(), "autocommit": True}
    with WatchfulPool(kwargs=parameters, min_size=1, max_size=1, check=must_live, timeout=10) as made:
        yield made


def _pid(pool: WatchfulPool) -> int:
    with pool.connection() as lent:
        return lent.info.backend_pid


def _asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    asked: list[Any] = []
    ask = ConnectionPool.check_connection

    def note(one: Any) -> None:
        asked.append(one)
        ask(one)

    monkeypatch.setattr(ConnectionPool, "check_connection", staticmethod(note))
    return asked


def test_what_was_used_just_now_is_handed_out_without_a_question(
    pool: WatchfulPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = _pid(pool)
    asked = _asked(monkeypatch)
    assert _pid(pool) == first
    assert asked == []


def test_what_lay_idle_is_asked(pool: WatchfulPool, monkeypatch: pytest.MonkeyPatch) -> None:
    first = _pid(pool)
    asked = _asked(monkeypatch)
    monkeypatch.setattr(watched, "ASK_AFTER_SECONDS", -1.0)
    assert _pid(pool) == first
    assert len(asked) == 1


def test_one_that_the_server_closed_a_moment_ago_is_not_handed_out(
    pool: WatchfulPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However short it lay idle: the end of the socket is there to be seen."""
    monkeypatch.setattr(watched, "ASK_AFTER_SECONDS", 3600.0)
    first = _pid(pool)
    with psycopg.connect(**{**connection.get_connection_params(), "autocommit": True}) as other:
        ended = other.execute(f"SELECT pg_terminate_backend({first}, 5000)").fetchone()  # waits until it is gone
        assert ended == (True,)
    with pool.connection() as lent:
        assert lent.info.backend_pid != first
        assert lent.execute("SELECT 1").fetchone() == (1,)
