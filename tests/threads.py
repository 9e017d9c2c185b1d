"""Threads of a test that ask the database."""

import threading
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import psycopg
from django.db import connection, connections

P = ParamSpec("P")
T = TypeVar("T")


def giving_back(work: Callable[P, T]) -> Callable[P, T]:
    """The same work, after which its thread's connection is back in the pool, also when it has raised: a connection that goes with
    its thread is lost to every test that follows."""

    @wraps(work)
    def done(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return work(*args, **kwargs)
        finally:
            connections.close_all()

    return done


def pool_survey() -> str:
    """What the pool counts, which threads live, and what the server knows of its connections."""
    parameters = connection.get_connection_params()  # one beside the pool, which has none to give
    with psycopg.connect(**{**parameters, "autocommit": True}) as asked:
        known = asked.execute(
            "SELECT pid, state, wait_event, xact_start, left(query, 90) FROM pg_stat_activity"
        ).fetchall()
    counted = connection.pool.get_stats()  # type: ignore[attr-defined]  # the engine's own
    return "\n".join(map(str, (counted, [thread.name for thread in threading.enumerate()], *known)))
