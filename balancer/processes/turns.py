"""Whose turn it is: work that any process may do, each time one of them."""

from django.db import connection

_TAKE = """
    INSERT INTO balancer_turn (name, taken_at) VALUES (%s, clock_timestamp())
    ON CONFLICT (name) DO UPDATE SET taken_at = clock_timestamp()
    WHERE balancer_turn.taken_at < clock_timestamp() - make_interval(secs => %s)
    RETURNING name
"""
_DONE = "UPDATE balancer_turn SET done_at = clock_timestamp() WHERE name = %s"
_SINCE = "SELECT EXTRACT(EPOCH FROM clock_timestamp() - done_at) FROM balancer_turn WHERE name = %s"


def turn_take(name: str, every: float) -> bool:
    """Whether it is ours: nobody has taken it for `every` seconds."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [name, every])
        return cursor.fetchone() is not None


def turn_done(name: str) -> None:
    """It came to its end."""
    with connection.cursor() as cursor:
        cursor.execute(_DONE, [name])


def turn_done_seconds(name: str) -> float | None:
    """Since a turn last came to its end; None when none ever did."""
    with connection.cursor() as cursor:
        cursor.execute(_SINCE, [name])
        row = cursor.fetchone()
    return None if row is None or row[0] is None else float(row[0])
