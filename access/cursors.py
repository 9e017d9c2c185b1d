"""Statements that PostgreSQL keeps ready, for those that are asked most.

Django writes the values into each statement's text, so the server reads and plans it anew every time: for the rows of a new
session that takes as long as writing them. Here the values go beside it, and a connection that has executed it a few times
keeps its plan: until a transaction is rolled back there, which makes psycopg forget what it has prepared.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg import Cursor
from psycopg.errors import FeatureNotSupported

PREPARE_AFTER = 5
"""Successful executions on a connection. One that fails when it is prepared stays behind on the server; so whoever only makes it
fail prepares nothing."""


@contextmanager
def preparing_cursor() -> Iterator[CursorWrapper]:
    """`connection.cursor()` for a statement whose text is always the same. Its values must be of types that the server knows
    without being told, or be cast there. What Django adds stays: it traces, counts and translates errors.

    Nothing is prepared inside a transaction. A migration may change the type of what a statement returns while it is kept ready;
    outside it is executed once more, and in a transaction nobody could.
    """
    connection.ensure_connection()
    with connection._prepare_cursor(_PreparingCursor(connection.connection)) as cursor:  # type: ignore[attr-defined]
        yield cursor


class _PreparingCursor(Cursor[Any]):
    def execute(self, query: Any, params: Any = None, **_: Any) -> Self:
        if not self.connection.autocommit:
            return super().execute(query, params)
        self.connection.prepare_threshold = PREPARE_AFTER  # Django's None prepares nothing, and nobody else's is to be
        try:
            return super().execute(query, params)
        except FeatureNotSupported:  # the plan is not that of these tables any more
            _forget_all(self.connection)
        finally:
            self.connection.prepare_threshold = None
        return super().execute(query, params)


def _forget_all(connection: Any) -> None:
    """What is prepared, on both sides: psycopg does it after a rollback."""
    with connection.transaction(force_rollback=True):
        pass
