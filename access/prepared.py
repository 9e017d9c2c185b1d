"""Queries that are compiled once. Django makes the SQL of a query anew for each use, which for wide rows costs more than asking
the database; here the statement and the way from its rows to model instances are kept, and only the values change. So the
server can keep its plan as well."""

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.query import get_related_populators

from access.cursors import preparing_cursor

M = TypeVar("M", bound=Model)


class Prepared(Generic[M]):
    """A query of the default database with text parameters, of whole rows with what `select_related` and `annotate` add.

    `make` gets a placeholder for each parameter and returns the queryset, which must not prefetch. An instance is shared by all
    threads.
    """

    def __init__(self, make: Callable[..., QuerySet[M]], *parameters: str) -> None:
        self._make, self._names = make, parameters

    def fetch(self, **values: str) -> Iterator[M]:
        """The rows for these values, by name of parameter, as model instances."""
        with preparing_cursor() as cursor:
            cursor.execute(self._statement.sql, self._statement.parameters(values))
            rows = cursor.fetchall()
        return map(self._statement.instance, rows)

    def first(self, **values: str) -> M | None:
        """The first row, or None."""
        return next(self.fetch(**values), None)

    @cached_property
    def _statement(self) -> "_Statement[M]":
        return _Statement(self._make(*map(_placeholder, self._names)), self._names)


def _placeholder(name: str) -> str:
    return f"\x01{name}\x01"


class _Statement(Generic[M]):
    def __init__(self, queryset: QuerySet[M], names: tuple[str, ...]) -> None:
        compiler: Any = queryset.query.get_compiler(connection=connection)
        self.sql, self._parameters = compiler.as_sql()
        shown = {_placeholder(name): name for name in names}
        self._named = {at: shown[value] for at, value in enumerate(self._parameters) if value in shown}
        if set(self._named.values()) != set(names):
            raise ValueError(f"some of the parameters {', '.join(names)} are not in {self.sql}")
        info = compiler.klass_info
        first, last = info["select_fields"][0], info["select_fields"][-1]
        self._model, self._slice = info["model"], slice(first, last + 1)
        self._fields = [column[0].target.attname for column in compiler.select[self._slice]]
        self._related = get_related_populators(info, compiler.select, queryset.db)  # type: ignore[call-arg]  # the stubs are of Django 6
        self._annotated = list(compiler.annotation_col_map.items())
        self._converters = list(compiler.get_converters([column[0] for column in compiler.select]).items())

    def parameters(self, values: dict[str, str]) -> list[Any]:
        """The statement's own constants, and these values where they belong."""
        return [values[self._named[at]] if at in self._named else kept for at, kept in enumerate(self._parameters)]

    def instance(self, row: tuple[Any, ...]) -> M:
        """A row as Django's own querysets read it."""
        values = list(row)
        for at, (converters, expression) in self._converters:
            for convert in converters:
                values[at] = convert(values[at], expression, connection)
        made: M = self._model.from_db(connection.alias, self._fields, values[self._slice])
        for related in self._related:
            related.populate(values, made)
        for name, at in self._annotated:
            setattr(made, name, values[at])
        return made
