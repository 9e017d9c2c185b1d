"""Statements that the server keeps ready are told, refused and outlived like any other."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from access.cursors import preparing_cursor

pytestmark = pytest.mark.django_db(transaction=True)
READ = "SELECT word FROM prepared_desk WHERE id = %s"


@pytest.fixture(autouse=True)
def desk() -> Iterator[None]:
    run("CREATE TABLE prepared_desk (id bigint PRIMARY KEY, word varchar(10))")
    run("INSERT INTO prepared_desk VALUES (1, 'one'), (2, 'two')")
    yield
    run("DROP TABLE prepared_desk")


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def read(key: int) -> Any:
    with preparing_cursor() as cursor:
        cursor.execute(READ, [key])
        return cursor.fetchone()


def prepared() -> list[tuple[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement, generic_plans + custom_plans FROM pg_prepared_statements")
        return list(cursor.fetchall())


def test_it_is_planned_once_for_a_connection() -> None:
    assert [read(1), read(2), read(3)] == [("one",), ("two",), None]
    assert prepared() == [(READ.replace("%s", "$1"), 3)]


def test_django_prepares_nothing_else() -> None:
    for _ in range(10):
        run("SELECT 1")
    assert prepared() == []


def test_a_log_of_queries_has_it_each_time() -> None:
    with CaptureQueriesContext(connection) as queries:
        read(1)
        read(1)
    assert all("prepared_desk" in query["sql"] for query in queries) and len(queries) == 2


def test_what_the_database_refuses_is_djangos_error() -> None:
    with pytest.raises(IntegrityError), preparing_cursor() as cursor:
        cursor.execute("INSERT INTO prepared_desk VALUES (%s, 'x')", [1])


def test_a_column_that_a_migration_widens_meanwhile_is_read_on() -> None:
    assert read(1) == ("one",)
    alter_elsewhere()
    assert [read(1), read(2)] == [("one",), ("two",)]
    assert len(prepared()) == 1


def test_inside_a_transaction_it_is_refused_once() -> None:
    read(1)
    alter_elsewhere()
    with pytest.raises(OperationalError, match="try again"), transaction.atomic():
        read(1)
    with transaction.atomic():
        assert read(1) == ("one",)


def alter_elsewhere() -> None:
    """By another connection, as a migration does: the client of this one sees nothing of it."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("ALTER TABLE prepared_desk ALTER word TYPE varchar(20)")
    finally:
        other.close()
