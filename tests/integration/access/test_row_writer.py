"""Rows that are written a moment after they were told of: all of them, together, and also after the database was away."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import DataError, OperationalError, ProgrammingError, connection, transaction
from django.db.models import Model

from access import row_writer
from access.row_writer import MOST_WAITING, row_insert_soon, rows_settle
from pricing.models import Quote

pytestmark = pytest.mark.django_db(transaction=True)
UNTIL = datetime(2031, 2, 3, tzinfo=UTC)
LISTEN = """
    CREATE TABLE heard (told text, at xid8);
    CREATE FUNCTION hear() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO heard VALUES (current_setting('synchronous_commit'), pg_current_xact_id()); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER hear AFTER INSERT ON pricing_quote DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION hear();
"""


def quote(**more: Any) -> Quote:
    return Quote(
        principal="key:a", source_chain="base", destination_chain="near", source_token="a", destination_token="b", pair="A/B",
        source_amount=2**127, destination_amount=1, document={}, valid_until=UNTIL, **more,
    )  # fmt: skip


def soon(row: Model, gather_seconds: float = 0.3) -> None:
    row_insert_soon(row, gather_seconds=gather_seconds)


@pytest.fixture(autouse=True)
def writer(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A writer of its own, which has written everything before the database is emptied."""
    monkeypatch.setattr(row_writer, "_writer", row_writer.RowWriter())
    monkeypatch.setattr(row_writer, "RETRY_SECONDS", 0.02)
    yield
    assert rows_settle()


@pytest.fixture
def heard() -> Iterator[Callable[[], list[tuple[str, int]]]]:
    """Of each new quote, whether its commit waited for the disk, as PostgreSQL sees it at the end, and the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO on;" + LISTEN)

    def told() -> list[tuple[str, int]]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT told, at FROM heard")
            return list(cursor.fetchall())

    yield told
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE heard; DROP FUNCTION hear CASCADE; RESET synchronous_commit")


class Away:
    """A database that is away for as long as one says so."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_away, self.is_silent, self.asked = True, False, 0
        self._insert = row_writer.rows_insert_if
        monkeypatch.setattr(row_writer, "rows_insert_if", self)

    def wait_until_asked(self, times: int) -> None:
        ends = time.monotonic() + 10
        while self.asked < times:
            assert time.monotonic() < ends
            time.sleep(0.01)

    def __call__(self, *rows: Any) -> Any:
        self.asked += 1
        while self.is_silent:
            time.sleep(0.01)
        if self.is_away:
            raise OperationalError("away")
        return self._insert(*rows)


def test_all_of_a_moment_are_written_together_and_wait_for_no_disk(heard: Callable[[], list[tuple[str, int]]]) -> None:
    for _ in range(7):
        soon(quote())
    assert not Quote.objects.exists()
    assert rows_settle()
    told = heard()
    assert [word for word, _ in told] == ["off"] * 7
    assert len({transaction for _, transaction in told}) == 1


def test_with_no_time_to_gather_it_is_there_at_once(heard: Callable[[], list[tuple[str, int]]]) -> None:
    soon(quote(), gather_seconds=0)
    assert Quote.objects.count() == 1
    assert [word for word, _ in heard()] == ["off"]


def test_in_a_transaction_it_belongs_to_it(heard: Callable[[], list[tuple[str, int]]]) -> None:
    with transaction.atomic():
        soon(quote())
        assert Quote.objects.count() == 1
    assert [word for word, _ in heard()] == ["on"]
    with transaction.atomic():
        soon(quote())
        transaction.set_rollback(True)
    assert rows_settle() and Quote.objects.count() == 1


def test_what_could_not_be_written_is_tried_again_and_meanwhile_nobody_is_promised_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    database = Away(monkeypatch)
    soon(quote())
    soon(quote())
    database.wait_until_asked(3)
    with pytest.raises(OperationalError):
        soon(quote())
    database.is_away = False
    assert rows_settle()
    assert Quote.objects.count() == 2
    soon(quote())
    assert rows_settle() and Quote.objects.count() == 3


def test_what_cannot_be_written_for_long_is_told_of(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(row_writer, "GIVE_UP_SECONDS", 0.1)
    database = Away(monkeypatch)
    row = quote()
    soon(row)
    assert rows_settle()
    assert "rows.lost" in caplog.text and row.pk in caplog.text
    with pytest.raises(OperationalError):
        soon(quote())
    database.is_away = False
    soon(quote())
    assert Quote.objects.count() == 1, "who writes by himself finds out that it can be written again"
    soon(quote())
    assert Quote.objects.count() == 1
    assert rows_settle() and Quote.objects.count() == 2


@pytest.mark.parametrize("silent", [False, True], ids=["is refused", "is not answered"])
def test_what_a_process_could_not_write_before_it_ended_is_told_of(
    silent: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    database = Away(monkeypatch)
    database.is_silent = silent
    monkeypatch.setattr(row_writer, "rows_settle", lambda: rows_settle(0.1))
    row = quote()
    soon(row, gather_seconds=0.01)
    database.wait_until_asked(1)
    row_writer._settle_at_end()
    assert "rows.lost" in caplog.text and row.pk in caplog.text
    database.is_away = database.is_silent = False


def test_while_the_database_does_not_answer_nobody_is_promised_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_writer, "SLOW_SECONDS", 0.05)
    database = Away(monkeypatch)
    database.is_away, database.is_silent = False, True
    soon(quote(), gather_seconds=0.01)
    database.wait_until_asked(1)
    time.sleep(0.1)
    assert not row_writer._writer.take(quote(), 0.01)
    database.is_silent = False
    assert rows_settle() and Quote.objects.count() == 1
    soon(quote())
    assert rows_settle() and Quote.objects.count() == 2


def test_who_wrote_by_himself_meanwhile_does_not_confuse_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """He says that rows can be written again while the thread is still finding out that they cannot."""
    database = Away(monkeypatch)
    monkeypatch.setattr(row_writer.log, "warning", lambda *_, **__: row_writer._writer.works_again())
    soon(quote(), gather_seconds=0.01)
    database.wait_until_asked(3)
    database.is_away = False
    assert rows_settle() and Quote.objects.count() == 1


def test_a_thread_that_died_has_a_successor(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(row_writer.RowWriter, "_run", lambda _: None)
        soon(quote(), gather_seconds=0.01)
        row_writer._writer._thread.join()  # type: ignore[union-attr]
    soon(quote(), gather_seconds=0.01)
    assert rows_settle() and Quote.objects.count() == 2


@pytest.mark.parametrize("error", [DataError, ProgrammingError, ValueError])
def test_a_row_that_cannot_be_written_stops_no_other(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bad, insert = quote(), row_writer.rows_insert_if

    def refuse(condition: Any, *rows: Model) -> Any:
        if bad in rows:
            raise error("bad")
        return insert(condition, *rows)

    monkeypatch.setattr(row_writer, "rows_insert_if", refuse)
    for row in (quote(), bad, quote()):
        soon(row)
    assert rows_settle() and Quote.objects.count() == 2
    assert "rows.lost" in caplog.text and bad.pk in caplog.text


def test_a_bad_row_takes_no_other_with_it(caplog: pytest.LogCaptureFixture) -> None:
    bad = quote(id="quote_" + "2" * 40)
    for row in (quote(), bad, quote()):
        soon(row)
    assert rows_settle()
    assert Quote.objects.count() == 2
    assert "rows.lost" in caplog.text and bad.pk in caplog.text


def test_a_row_that_is_there_already_is_not_told_of_as_lost(caplog: pytest.LogCaptureFixture) -> None:
    """Its first answer was lost: the connection broke after the commit."""
    row = quote()
    row.save(force_insert=True)
    soon(row)
    soon(quote())
    assert rows_settle() and Quote.objects.count() == 2
    assert "rows.lost" not in caplog.text


def test_where_too_many_wait_one_writes_by_himself() -> None:
    for _ in range(MOST_WAITING):
        soon(quote(), gather_seconds=3.0)
    soon(quote())
    assert Quote.objects.count() == 1
    assert rows_settle() and Quote.objects.count() == MOST_WAITING + 1


def test_a_forked_child_leaves_them_to_its_parent() -> None:
    soon(quote())
    child = os.fork()
    if child == 0:
        os._exit(0 if row_writer.rows_settle(0) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert rows_settle() and Quote.objects.count() == 1


ENDS_AT_ONCE = """
import django
django.setup()
from datetime import UTC, datetime
from access.row_writer import row_insert_soon
from pricing.models import Quote
for _ in range(3):
    row_insert_soon(Quote(principal="key:a", source_amount=1, destination_amount=1, document={}, valid_until=datetime.now(UTC)),
                    gather_seconds=0.1)
"""


def test_a_process_that_ends_writes_them_first() -> None:
    name = connection.settings_dict["NAME"]
    environment = os.environ | {
        "DATABASE_URL": os.environ["DATABASE_URL"].rsplit("/", 1)[0] + f"/{name}",
        "DJANGO_SETTINGS_MODULE": "balancer.settings",
    }
    subprocess.run([sys.executable, "-c", ENDS_AT_ONCE], env=environment, check=True, timeout=60)
    assert Quote.objects.count() == 3
