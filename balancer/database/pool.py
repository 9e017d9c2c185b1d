"""A pool that never hands out a dead connection, and asks PostgreSQL nothing where it need not.

psycopg's own check is a round trip for each request. But a server that stops or is restarted closes its end of the
socket, and what an idle connection has to read then is that end: looking for it is one call to this machine's kernel. Only a
connection that lay idle for a while is asked, since a network may have lost it without a word.
"""

from select import POLLIN, poll
from time import monotonic
from typing import Any

from psycopg import Connection
from psycopg_pool import ConnectionPool

ASK_AFTER_SECONDS = 1.0


class WatchfulPool(ConnectionPool[Connection[Any]]):
    """`psycopg_pool.ConnectionPool` with this check: see `must_live`."""

    def putconn(self, conn: Connection[Any]) -> None:
        """Take a connection back, and note since when it lies idle."""
        conn.idle_since = monotonic()  # type: ignore[attr-defined]
        super().putconn(conn)


def must_live(connection: Connection[Any]) -> None:
    """The pool's `check`. Raises what psycopg raises of a dead connection; the pool then closes it and takes another."""
    rested = monotonic() - getattr(connection, "idle_since", 0.0)
    if rested > ASK_AFTER_SECONDS or has_something_to_read(connection):
        ConnectionPool.check_connection(connection)


def has_something_to_read(connection: Connection[Any]) -> bool:
    """Whether the server has said anything, or has gone: an idle connection has nothing to read otherwise."""
    watch = poll()
    watch.register(connection.pgconn.socket, POLLIN)
    return bool(watch.poll(0))
