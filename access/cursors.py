"""Statements that PostgreSQL keeps ready, for those that are asked most.

Django writes the values into each statement's text, so the server reads and plans it anew every time: for the rows of a new
session that takes as long as writing them. Here the values go beside it, and a connection plans it once.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg import Cursor, OperationalError
from psycopg.errors import FeatureNotSupported
from psycopg.pq import TransactionStatus


@contextmanager
def preparing_cursor() -> Iterator[CursorWrapper]:
    """`connection.cursor()` for a statement whose text is always the same. Its values must be of types that the server knows
    without being told, or be cast there. What Django adds stays: it traces, counts and translates errors."""
    connection.ensure_connection()
    with connection._prepare_cursor(_PreparingCursor(connection.connection)) as cursor:  # type: ignore[attr-defined]
        yield cursor


class _PreparingCursor(Cursor[Any]):
    def execute(self, query: Any, params: Any = None, **_: Any) -> Self:
        try:
            return super().execute(query, params, prepare=True)
        except FeatureNotSupported as error:  # a migration has changed the type of what it returns
            if self.connection.info.transaction_status is not TransactionStatus.IDLE:
                raise OperationalError(f"the tables have changed: try again ({error})") from error  # prepared anew then
        Cursor(self.connection).execute("DEALLOCATE ALL")
        return super().execute(query, params, prepare=True)
