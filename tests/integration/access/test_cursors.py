"""Statements that the server keeps ready are told, refused and outlived like any other."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from access.cursors import PREPARE_AFTER, preparing_cursor

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
        cursor.execute(
            "SELECT statement, generic_plans + custom_plans FROM pg_prepared_statements WHERE statement LIKE '%desk%'"
        )
        return list(cursor.fetchall())


def often() -> None:
    """Until it is prepared, and once more."""
    for _ in range(PREPARE_AFTER + 2):
        read(1)


def test_after_a_few_times_it_is_kept_ready() -> None:
    for count in range(PREPARE_AFTER):
        assert (read(count), prepared()) == ({1: ("one",), 2: ("two",)}.get(count), [])
    assert [read(1), read(2), read(3)] == [("one",), ("two",), None]
    assert prepared() == [(READ.replace("%s", "$1"), 3)]


def test_nothing_else_is_prepared() -> None:
    for _ in range(3 * PREPARE_AFTER):
        run("SELECT 1 FROM prepared_desk")
        with transaction.atomic():
            read(1)
    assert prepared() == []


def test_who_only_makes_it_fail_leaves_nothing_behind() -> None:
    often()  # so that there is something that psycopg would forget
    for _ in range(3 * PREPARE_AFTER):
        with pytest.raises(IntegrityError), preparing_cursor() as cursor:
            cursor.execute("INSERT INTO prepared_desk VALUES (%s, 'x')", [1])
    assert [statement for statement, _ in prepared()] == [READ.replace("%s", "$1")]


def test_a_log_of_queries_has_it_each_time() -> None:
    with CaptureQueriesContext(connection) as queries:
        often()
    assert all("prepared_desk" in query["sql"] for query in queries) and len(queries) == PREPARE_AFTER + 2


def test_a_column_that_a_migration_widens_meanwhile_is_read_on() -> None:
    often()
    alter_elsewhere()
    assert (read(1), prepared()) == (("one",), [])
    often()
    assert len(prepared()) == 1


def test_a_transaction_sees_nothing_of_such_a_migration() -> None:
    often()
    alter_elsewhere()
    with transaction.atomic():
        assert (read(1), read(2)) == (("one",), ("two",))


def alter_elsewhere() -> None:
    """By another connection, as a migration does: the client of this one sees nothing of it."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("ALTER TABLE prepared_desk ALTER word TYPE varchar(20)")
    finally:
        other.close()
