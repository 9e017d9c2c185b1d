"""New rows of several tables by one statement, for the calls that are made most.

Django makes the SQL of each `save()` anew, and binds each column by itself: a new session, with all that belongs to it, has a
hundred of them. Here the statement is made once for each kind of rows, and the rows go to PostgreSQL as one JSON document,
which it reads by the tables' own types (`jsonb_populate_recordset`). A single row goes as it is. The server keeps the plans
of both (`access.cursors`).
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property, lru_cache, partial
from itertools import groupby
from operator import attrgetter
from typing import Any

import msgspec
from django.db import connection
from django.db.models import AutoField, BinaryField, DateTimeField, DecimalField, Field, JSONField, Model

from access.cursors import preparing_cursor

NO_WAIT = "set_config('synchronous_commit', 'off', true)"
"""Makes the transaction that evaluates it end before its log is on the disk."""


def rows_insert(*rows: Model) -> None:
    """Write new rows, those of one model side by side; all of them or none. They get their keys and times as by `save()`.

    A row may refer to any other of them: foreign keys are checked at the end of the transaction. `save()` itself and signals
    are passed by; a default of the database's own (`db_default`) is not for here. Raises what the database raises.
    """
    if len(rows) == 1:
        _insert_one(rows[0])
    else:
        rows_insert_if(ALWAYS, *rows)


@dataclass(frozen=True)
class Condition:
    """A query of one row, asked once and before anything is written: its column `holds` says whether that happens."""

    query: str
    parameters: tuple[Any, ...] = ()


ALWAYS = Condition("SELECT true AS holds")


def rows_insert_if(condition: Condition, *rows: Model) -> tuple[Any, ...]:
    """`rows_insert`, where the condition holds; else nothing is written. Returns the row that its query answered."""
    groups = [(model, list(found)) for model, found in groupby(rows, type)]
    tables = [_table(model) for model, _ in groups]
    document = [[table.values(row) for row in found] for table, (_, found) in zip(tables, groups, strict=True)]
    with preparing_cursor() as cursor:
        statement = _statement(tuple(model for model, _ in groups), condition.query)
        cursor.execute(statement, [*condition.parameters, _written(document)])
        answer: tuple[Any, ...] = cursor.fetchone()
    for table, (_, found), keys in zip(tables, groups, answer, strict=False):
        if keys:  # else the condition did not hold
            table.settle(found, keys)
    return answer[len(tables) :]


def _insert_one(row: Model) -> None:
    table = _table(type(row))
    with preparing_cursor() as cursor:
        cursor.execute(table.single, table.parameters(row))
        made = cursor.fetchone()
    table.settle([row], [made[0]])


class _Table:
    """How rows of a model become objects of column and value."""

    def __init__(self, model: type[Model]) -> None:
        fields: list[Any] = list(model._meta.concrete_fields)
        if any(field.has_db_default() or field.generated for field in fields):
            raise ValueError(f"{model.__name__} has columns that the database fills: save its rows one by one")
        given = [field for field in fields if not isinstance(field, AutoField)]
        self.name, self.columns = model._meta.db_table, [field.column for field in given]
        self.made_key = next((field.column for field in fields if isinstance(field, AutoField)), "")
        self._read = attrgetter(*[field.attname for field in given])
        self._stamped = [field for field in given if isinstance(field, DateTimeField) and _is_stamped(field)]
        in_document = ((field.column, _writer(field)) for field in given)
        self._writers = [(column, writer) for column, writer in in_document if writer]
        alone = ((at, _text_writer(field)) for at, field in enumerate(given))
        self._text_writers = [(at, writer) for at, writer in alone if writer]

    def values(self, row: Model) -> dict[str, Any]:
        """What PostgreSQL reads the row from."""
        values = dict(zip(self.columns, self._stamp(row), strict=True))
        for column, write in self._writers:
            if values[column] is not None:
                values[column] = write(values[column])
        return values

    def parameters(self, row: Model) -> list[Any]:
        """What a statement of one row is given, in the order of the columns."""
        values = list(self._stamp(row))
        for at, write in self._text_writers:
            if values[at] is not None:
                values[at] = write(values[at])
        return values

    def _stamp(self, row: Model) -> tuple[Any, ...]:
        for field in self._stamped:
            field.pre_save(row, add=True)
        values: tuple[Any, ...] = self._read(row)
        return values

    def settle(self, rows: Iterable[Model], keys: list[Any]) -> None:
        """Now they are in the database."""
        for row, key in zip(rows, keys, strict=True):
            if self.made_key:
                row.pk = key
            row._state.adding, row._state.db = False, connection.alias

    @cached_property
    def single(self) -> str:
        """The statement that inserts one row."""
        table, columns, key = self._quoted()
        places = ", ".join(["%s"] * len(columns))
        return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places}) RETURNING {key}"

    def sql(self, position: int) -> str:
        """The part of the statement that inserts the rows at this position of the document."""
        table, columns, key = self._quoted()
        return (
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(f'new.{column}' for column in columns)}"
            f" FROM given, jsonb_populate_recordset(NULL::{table}, given.document -> {position}) AS new"
            f" RETURNING {key} AS key"
        )

    def _quoted(self) -> tuple[str, list[str], str]:
        """The table, its columns, and the key that the database makes."""
        quoted = connection.ops.quote_name
        key = quoted(self.made_key) if self.made_key else "NULL::bigint"
        return quoted(self.name), [quoted(column) for column in self.columns], key


@cache
def _table(model: type[Model]) -> _Table:
    return _Table(model)


@lru_cache(maxsize=64)
def _statement(models: tuple[type[Model], ...], condition: str) -> str:
    """Keys come out of their sequence in the order of the rows."""
    parts = ", ".join(f"made_{at} AS ({_table(model).sql(at)})" for at, model in enumerate(models))
    keys = ", ".join(f"ARRAY(SELECT key FROM made_{at} ORDER BY key)" for at in range(len(models)))
    return (
        f"WITH asked AS MATERIALIZED ({condition}), given AS (SELECT %s::jsonb AS document FROM asked WHERE holds),"
        f" {parts} SELECT {keys}, asked.* FROM asked"
    )


def _is_stamped(field: "DateTimeField[Any, Any]") -> bool:
    return bool(field.auto_now or field.auto_now_add)


def _writer(field: "Field[Any, Any]") -> Callable[[Any], str] | None:
    """For values that JSON has no exact form of: whole numbers of any size, and bytes as PostgreSQL reads them."""
    if isinstance(field, DecimalField):
        return partial(_number, field)
    return _hexadecimal if isinstance(field, BinaryField) else None


def _text_writer(field: "Field[Any, Any]") -> Callable[[Any], str] | None:
    """For values that psycopg would give another type than the column's, or none. Bytes and times it knows."""
    if isinstance(field, JSONField):
        return _written
    return partial(_number, field) if isinstance(field, DecimalField) else None


def _number(field: "DecimalField[Any, Any]", value: Any) -> str:
    """What is no whole number is the field's to judge."""
    return str(value if type(value) is int else field.get_db_prep_value(value, connection))


def _hexadecimal(value: bytes) -> str:
    return f"\\x{bytes(value).hex()}"


def _written(document: Any) -> str:
    try:
        return msgspec.json.encode(document, enc_hook=str).decode()
    except OverflowError:  # a whole number of more than 64 bits inside a JSON column
        return json.dumps(document, default=_plain)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
