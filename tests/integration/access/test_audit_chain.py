"""The audit trail is a chain: a row that was changed, removed, moved or put in is found, and named."""

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import InternalError, ProgrammingError, connection, transaction
from django.utils import timezone

from access.audit.anchors import anchor_keep
from access.audit.checking import audit_check, audit_check_due
from access.audit.encoding import CONTENT_SQL, GENESIS, Head, head_read, row_hash
from access.audit.linking import audit_link
from access.audit.selectors import audit_head, unlinked_seconds
from access.audit.verifying import audit_verify
from access.models import ActorKind, AuditCheck, AuditEntry
from access.services import audit_record
from tests.threads import giving_back

pytestmark = pytest.mark.django_db
REFUSED = (InternalError, ProgrammingError)


@pytest.fixture(autouse=True)
def own_anchor(settings: Any) -> None:
    settings.PUSH_BUS = f"test-{uuid.uuid4().hex}"


def written(count: int = 5, **more: Any) -> list[AuditEntry]:
    return [
        audit_record(
            action=f"act_{n}",
            actor_kind=ActorKind.OPERATOR,
            actor_id="ada",
            target=f"sess_{n}",
            detail={"n": n},
            **more,
        )
        for n in range(count)
    ]


def chain(count: int = 5) -> list[AuditEntry]:
    written(count)
    audit_link()
    return list(AuditEntry.objects.filter(seq__isnull=False).order_by("seq"))


@contextmanager
def superuser() -> Iterator[Any]:
    """Somebody who owns the table and puts the triggers aside."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE access_auditentry DISABLE TRIGGER ALL")
        yield cursor
        cursor.execute("ALTER TABLE access_auditentry ENABLE ALWAYS TRIGGER append_only")
        cursor.execute("ALTER TABLE access_auditentry ENABLE ALWAYS TRIGGER never_emptied")


def faults() -> list[str]:
    return audit_verify().faults


# Linking


def test_rows_are_linked_in_their_order_and_the_chain_is_sound() -> None:
    rows = chain()
    assert [row.seq for row in rows] == [1, 2, 3, 4, 5] and [row.action for row in rows] == [
        f"act_{n}" for n in range(5)
    ]
    assert [row.previous for row in rows] == [GENESIS.hash, *(row.hash for row in rows[:-1])]
    verdict = audit_verify()
    assert (verdict.rows, verdict.faults, verdict.unlinked) == (5, [], 0)
    assert str(verdict.head) == str(audit_head()) == f"5:{rows[-1].hash}"
    assert audit_link() == 0


def test_what_comes_later_goes_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("access.audit.linking.BATCH", 2)
    chain(5)
    assert [row.seq for row in chain(3)] == list(range(1, 9)) and not faults()


def test_texts_that_could_be_read_two_ways_have_two_hashes() -> None:
    one = [1, 2, "operator", "ada", "a", "b", "", "", "{}", ""]
    moved = [1, 2, "operator", "ad", "aa", "b", "", "", "{}", ""]
    assert row_hash(GENESIS, 3, one) != row_hash(GENESIS, 3, moved)
    written = b"17:1balancer-audit-1,1:1,64:" + b"0" * 64 + b",1:3,1:1,1:2,8:operator,3:ada,1:a,1:b,0:,0:,2:{},0:,"
    assert row_hash(GENESIS, 3, one) == sha256(written).hexdigest()


def test_any_text_and_number_survives() -> None:
    odd = {"é\n\u2028": ["1:2,", 10**40, 0.1, None, {"b": 1, "a": {}}], "": "☃" * 100}
    for _ in range(3):
        audit_record(action="ödd", actor_kind=ActorKind.SYSTEM, actor_id="x,1:y", target="", detail=odd)
    assert audit_link() == 3 and not faults()


def test_a_head_is_read_as_it_is_written() -> None:
    head = Head(7, "ab" * 32)
    assert head_read(f" {head}\n") == head
    for wrong in ("", "7", "x:" + "ab" * 32, "7:" + "AB" * 32, "7:ab"):
        with pytest.raises(ValueError, match="audit_head"):
            head_read(wrong)


@pytest.mark.django_db(transaction=True)
def test_many_writers_and_many_linkers_make_one_chain() -> None:
    start = threading.Barrier(8)

    @giving_back
    def write() -> None:
        start.wait()
        for _ in range(10):
            with transaction.atomic():
                written(2)

    @giving_back
    def link() -> None:
        start.wait()
        for _ in range(20):
            audit_link()

    threads = [threading.Thread(target=work) for work in [write] * 4 + [link] * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    audit_link()
    verdict = audit_verify()
    assert (verdict.rows, verdict.faults, verdict.unlinked) == (80, [], 0)


@pytest.mark.django_db(transaction=True)
def test_a_writer_waits_for_no_linker_and_no_other_writer() -> None:
    """A transaction that is open with a row in it holds up nobody; its row gets the place after theirs."""
    opened, done = threading.Event(), threading.Event()

    @giving_back
    def slow() -> None:
        with transaction.atomic():
            audit_record(action="slow", actor_kind=ActorKind.SYSTEM, actor_id="x", target="")
            opened.set()
            assert done.wait(20)

    thread = threading.Thread(target=slow)
    thread.start()
    assert opened.wait(20)
    quick = audit_record(action="quick", actor_kind=ActorKind.SYSTEM, actor_id="x", target="")
    assert audit_link() == 1
    done.set()
    thread.join()
    assert audit_link() == 1
    places = dict(AuditEntry.objects.values_list("action", "seq"))
    assert places == {"quick": 1, "slow": 2} and quick.pk > AuditEntry.objects.get(action="slow").pk and not faults()


# What the database refuses


def test_a_linked_row_can_be_neither_changed_nor_linked_anew_nor_all_rows_removed() -> None:
    chain(2)
    for attempt in (
        "UPDATE access_auditentry SET actor_id = 'eve'",
        "UPDATE access_auditentry SET seq = seq + 10",
        "UPDATE access_auditentry SET seq = NULL, previous = '', hash = '', linked_at = NULL",
        "DELETE FROM access_auditentry",
        "TRUNCATE access_auditentry",
        "SET session_replication_role = replica; UPDATE access_auditentry SET actor_id = 'eve'",
    ):
        with pytest.raises(REFUSED, match="never changed or deleted"), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(attempt)


def test_linking_may_not_change_what_the_row_says() -> None:
    written(1)
    for change in ("actor_id = 'eve'", "detail = '{\"n\": 0.0}'", "at = at + interval '1 second'", "id = id + 1000"):
        with pytest.raises(REFUSED, match="never changed or deleted"), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(
                    f"UPDATE access_auditentry SET seq = 1, previous = %s, hash = %s, linked_at = now(), {change}",
                    ["0" * 64, "1" * 64],
                )


# What a superuser does is found


@pytest.mark.parametrize(
    "change",
    [
        "actor_id = 'eve'", "detail = '{\"n\": 3}'", "detail = '{\"n\": 2.0}'", "at = at + interval '1 microsecond'",
        "action = 'other'", "target = ''", "outcome = '200'", "address = '::1'", "request_id = 'r'", "actor_kind = 'system'",
        "linked_at = linked_at - interval '1 microsecond'", "id = id + 1000",
    ],
)  # fmt: skip
def test_a_changed_field_is_found(change: str) -> None:
    chain()
    with superuser() as cursor:
        cursor.execute(f"UPDATE access_auditentry SET {change} WHERE seq = 3")
    found = faults()
    assert len(found) == 1 and found[0].startswith("row 3 (id ") and "is not what was linked" in found[0]


def test_a_changed_row_with_a_hash_to_match_is_found_by_its_successor() -> None:
    chain()
    with superuser() as cursor:
        cursor.execute("UPDATE access_auditentry SET actor_id = 'eve' WHERE seq = 3")
        _hash_anew(cursor, 3)
    found = faults()
    assert len(found) == 1 and found[0].startswith("row 4 (id ") and "follows another row 3" in found[0]


def test_a_removed_row_is_found() -> None:
    chain()
    with superuser() as cursor:
        cursor.execute("DELETE FROM access_auditentry WHERE seq = 3")
    assert faults() == ["row 3 is missing: removed after they were linked"]
    with superuser() as cursor:
        cursor.execute("DELETE FROM access_auditentry WHERE seq = 2")
    assert faults() == ["rows 2 to 3 are missing: removed after they were linked"]


def test_an_unlinked_row_leaves_a_hole() -> None:
    chain()
    with superuser() as cursor:
        cursor.execute("UPDATE access_auditentry SET seq=NULL, previous='', hash='', linked_at=NULL WHERE seq = 2")
    assert faults() == ["row 2 is missing: removed after they were linked"]


def test_swapped_rows_are_found() -> None:
    chain()
    with superuser() as cursor:
        cursor.execute("UPDATE access_auditentry SET seq = 99 WHERE seq = 2")
        cursor.execute("UPDATE access_auditentry SET seq = 2 WHERE seq = 4")
        cursor.execute("UPDATE access_auditentry SET seq = 4 WHERE seq = 99")
    found = faults()
    assert any(one.startswith("row 2 (id ") for one in found) and any(one.startswith("row 4 (id ") for one in found)


def test_a_row_that_was_put_in_is_found() -> None:
    chain()
    with superuser() as cursor:
        cursor.execute("UPDATE access_auditentry SET seq = seq + 100 WHERE seq >= 3")
        cursor.execute("UPDATE access_auditentry SET seq = seq - 99 WHERE seq >= 103")
        cursor.execute(
            "INSERT INTO access_auditentry (at, actor_kind, actor_id, action, target, outcome, address, detail, request_id,"
            " seq, previous, hash, linked_at) SELECT at, actor_kind, 'eve', action, target, outcome, address, detail,"
            " request_id, 3, hash, hash, linked_at FROM access_auditentry WHERE seq = 2"
        )
        _hash_anew(cursor, 3)
    assert any(one.startswith("row 4 (id ") for one in faults())


def test_a_cut_off_end_is_found_by_the_head_that_redis_keeps() -> None:
    rows = chain()
    with superuser() as cursor:
        cursor.execute("DELETE FROM access_auditentry WHERE seq > 3")
    assert not faults()  # what is left is sound
    check, _ = audit_check(by="test", whole=True)
    assert check.faults == ["the chain ends at row 3, and was known to reach row 5: its end was cut off"]
    known = Head(4, rows[3].hash)
    assert "known to reach row 4" in audit_verify(anchors=[known]).faults[0]


def test_a_chain_written_anew_is_found_by_a_head_from_before() -> None:
    rows = chain()
    with superuser() as cursor:
        cursor.execute("UPDATE access_auditentry SET actor_id = 'eve' WHERE seq = 2")
        for seq in (2, 3, 4, 5):
            _hash_anew(cursor, seq)
            cursor.execute(
                "UPDATE access_auditentry SET previous = (SELECT hash FROM access_auditentry WHERE seq = %s) WHERE seq = %s",
                [seq, seq + 1],
            )
    assert not faults()
    assert "written anew" in audit_verify(anchors=[Head(5, rows[4].hash)]).faults[0]


def _hash_anew(cursor: Any, seq: int) -> None:
    micros = "(extract(epoch FROM linked_at) * 1000000)::bigint"
    cursor.execute(f"SELECT previous, {micros}, {CONTENT_SQL} FROM access_auditentry WHERE seq = %s", [seq])
    previous, linked_at, *content = cursor.fetchone()
    digest = row_hash(Head(seq - 1, previous), linked_at, content)
    cursor.execute("UPDATE access_auditentry SET hash = %s WHERE seq = %s", [digest, seq])


# Checks that leave a row, and the commands


def test_the_hours_walk_begins_where_the_chain_was_sound_and_a_fault_calls_for_a_whole_one() -> None:
    chain()
    assert (audit_check_due(hour=1).rows, audit_check_due(hour=1).rows) == (5, 0)
    chain(2)
    assert audit_check_due(hour=1).rows == 2 and audit_check_due(hour=3).rows == 7
    with superuser() as cursor:
        cursor.execute("UPDATE access_auditentry SET actor_id = 'eve' WHERE seq = 2")
    assert not audit_check_due(hour=1).faults  # it stands before the last sound walk
    assert audit_check_due(hour=3).faults and "row 2 " in audit_check_due(hour=4).faults[0]


def test_rows_that_wait_too_long_fail_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    written(3)
    monkeypatch.setattr("access.audit.selectors.timezone.now", lambda now=timezone.now(): now + timedelta(seconds=90))
    count, waited = unlinked_seconds()
    assert count == 3 and 90 <= waited < 95
    with pytest.raises(CommandError, match="is a worker running"):
        call_command("verify_audit", stdout=_Out())
    audit_link()
    assert unlinked_seconds() == (0, 0.0)
    call_command("verify_audit", stdout=_Out())


def test_the_command_says_speed_head_and_what_it_cannot_find(tmp_path: Path) -> None:
    rows = chain()
    call_command("audit_head", stdout=(out := _Out()))
    kept = out.text.strip()
    assert kept == f"5:{rows[-1].hash}"
    heads = tmp_path / "heads"
    heads.write_text(f"{kept}\n\n")
    call_command("verify_audit", head=[f"3:{rows[2].hash}"], heads=heads, stdout=(out := _Out()))
    assert "5 rows in" in out.text and "a second" in out.text and "the chain is sound" in out.text
    assert kept in out.text and "cannot find" in out.text
    with pytest.raises(CommandError, match="another hash than was known"):
        call_command("verify_audit", head=[f"3:{'0' * 64}"], stdout=_Out())
    with pytest.raises(CommandError, match="is no head"):
        call_command("verify_audit", head=["3"], stdout=_Out())
    with superuser() as cursor:
        cursor.execute("UPDATE access_auditentry SET actor_id = 'eve' WHERE seq = 2")
    with pytest.raises(CommandError, match="row 2 "):
        call_command("verify_audit", stdout=_Out())
    assert AuditCheck.objects.order_by("pk").last().faults  # type: ignore[union-attr]


def test_without_redis_the_chain_grows_and_is_walked_all_the_same(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise ConnectionError("refused")

    monkeypatch.setattr("access.audit.anchors.cache.set", away)
    monkeypatch.setattr("access.audit.anchors.cache.get", away)
    anchor_keep(Head(1, "0" * 64))
    chain(2)
    assert audit_check(by="test", whole=True)[0].faults == []


class _Out:
    """A stream that is no terminal."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> None:
        self.text += text
