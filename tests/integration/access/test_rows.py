"""Rows that are written by one statement are those that `save()` would have written."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from access.models import AuditEntry, IdempotencyRecord
from access.rows import Condition, rows_insert, rows_insert_if
from chains.models import Chain
from pricing.models import Quote
from swaps.models import Leg, Secret, SessionTransition, SwapSession
from swaps.models.session import salt_of

pytestmark = pytest.mark.django_db
UNTIL = datetime(2100, 1, 31, 12, 30, 15, 123456, tzinfo=UTC)
ODD = {"text": "\\ ' \" % \n \u2192 {0} $1 \\u0041", "list": [1, None, True, {"deep": "x"}], "wide": 2**70, "small": -3}


@pytest.fixture
def chain() -> Chain:
    return Chain.objects.create(name="base", family="evm", network_id="1", hash_function="sha256", contract="0x1")


def session(chain: Chain, name: str) -> SwapSession:
    return SwapSession(
        id=f"sess_{name}", principal="key:a", source_chain=chain, destination_chain=chain, source_token="\\x61 % 'quoted'",
        destination_token="d", source_amount=2**128 - 1, destination_amount=10**30, maker="m", taker="t", quote_id="",
        custody=SwapSession.Custody.SERVICE, hash_function="sha256", hashlock=salt_of(name), salt=salt_of(name), plan=ODD,
        warnings=[], expires_at=UNTIL, requested_amount=10**30 + 1, slippage_bps=100,
    )  # fmt: skip


def belongings(of: SwapSession) -> list[Model]:
    return [
        SessionTransition(session=of, seq=1, principal="key:a", from_status="", to_status="initialized", cause="created"),
        Leg(session=of, side="source", chain=of.source_chain, token="s", amount=1, payee="p", refundee="r", terms=ODD),
        Leg(session=of, side="destination", chain=of.source_chain, token="d", amount=2, payee="p", refundee="r", lock_height=7),
        Secret(session=of, ciphertext=bytes(range(256)), nonce=b"\\x00'", key_id="k", expires_at=UNTIL),
    ]  # fmt: skip


def columns(row: Model, *without: str) -> dict[str, Any]:
    """As the database has them."""
    found = type(row)._default_manager.filter(pk=row.pk).values().get()
    return {name: bytes(value) if isinstance(value, memoryview) else value for name, value in found.items()} | dict.fromkeys(without)  # fmt: skip


def test_every_column_is_what_save_makes_it(chain: Chain) -> None:
    saved, inserted = session(chain, "saved"), session(chain, "inserted")
    saved.save(force_insert=True)
    for row in (old := belongings(saved)):
        row.save(force_insert=True)
    rows_insert(inserted, *(new := belongings(inserted)))
    apart = ("id", "session_id", "hashlock", "salt", "created_at", "updated_at", "at", "received_at")
    for one, other in zip([saved, *old], [inserted, *new], strict=True):
        assert columns(one, *apart) == columns(other, *apart)
    assert columns(inserted)["source_amount"] == 2**128 - 1


def test_the_rows_know_that_they_are_there(chain: Chain) -> None:
    made = session(chain, "made")
    rows = belongings(made)
    rows_insert(made, *rows)
    for row in (made, *rows):
        assert not row._state.adding
        kept = type(row)._default_manager.get(pk=row.pk)
        for name in ("created_at", "at", "received_at", "side", "cause"):
            assert getattr(row, name, None) == getattr(kept, name, None)
    made.attention = "changed"
    made.save()
    assert SwapSession.objects.get().attention == "changed"


def test_it_is_one_statement(chain: Chain) -> None:
    made = session(chain, "made")
    with CaptureQueriesContext(connection) as asked:
        rows_insert(made, *belongings(made))
    assert len(asked) == 1


@pytest.mark.parametrize("most", [0, 1])
def test_only_where_its_condition_holds(most: int, chain: Chain) -> None:
    """It is asked before anything is written, and what it answers is told."""
    made = session(chain, "made")
    room = Condition("SELECT count(*) < %s AS holds, count(*) AS before FROM swaps_swapsession", (most,))
    with CaptureQueriesContext(connection) as asked:
        answer = rows_insert_if(room, made, *belongings(made))
    assert answer[:2] == (most == 1, 0)
    assert len(asked) == 1
    assert made._state.adding == (most == 0)
    for model, count in ((SwapSession, 1), (Leg, 2), (Secret, 1), (SessionTransition, 1)):
        assert model._default_manager.count() == (count if most else 0)


def test_all_of_them_or_none(chain: Chain) -> None:
    one, other = session(chain, "one"), session(chain, "other")
    rows_insert(one, *belongings(one))
    other.hashlock = one.hashlock
    with pytest.raises(IntegrityError, match="hashlock"), transaction.atomic():
        rows_insert(other, *belongings(other))
    assert SwapSession.objects.count() == 1
    assert Leg.objects.count() == 2


def test_what_does_not_fit_is_refused(chain: Chain) -> None:
    fraction, long = session(chain, "fraction"), session(chain, "long")
    fraction.source_amount = 1.5
    with pytest.raises(TypeError, match="float"):
        rows_insert(fraction)
    long.maker = "m" * 65
    with pytest.raises(DataError, match="too long"), transaction.atomic():
        rows_insert(long)


def test_rows_of_other_apps(chain: Chain) -> None:
    quote = Quote(
        principal="key:a", source_chain="base", destination_chain="near", source_token="a", destination_token="b", pair="A/B",
        source_amount=2**127, destination_amount=1, document=ODD, valid_until=UNTIL,
    )  # fmt: skip
    entry = AuditEntry(actor_kind="command", actor_id="me", action="did", target="it", detail=ODD)
    rows_insert(quote, entry)
    assert Quote.objects.get().document == ODD
    assert AuditEntry.objects.get(pk=entry.pk).at == entry.at


def quote(**more: Any) -> Quote:
    return Quote(
        principal="key:a", source_chain="base", destination_chain="near", source_token="'a' % \\", destination_token="b",
        pair="A/B", source_amount=2**255, destination_amount=1, document=ODD, valid_until=UNTIL, **more,
    )  # fmt: skip


def test_a_single_row_is_what_save_makes_it(chain: Chain) -> None:
    legs = [belongings(session(chain, name)) for name in ("saved", "inserted")]
    for rows in legs:
        rows[0].session.save(force_insert=True)
    entries = [AuditEntry(actor_kind="command", actor_id="me", action="did", target="it", detail=ODD) for _ in "12"]
    for saved, inserted in (*zip(*legs, strict=True), tuple(entries), (quote(), quote())):
        saved.save(force_insert=True)
        rows_insert(inserted)
        assert not inserted._state.adding
        apart = {"id", "session_id", "created_at", "at", "received_at"} & set(columns(saved))
        assert columns(saved, *apart) == columns(inserted, *apart)
        for name in ("pk", "created_at", "at", "received_at"):
            kept = type(inserted)._default_manager.get(pk=inserted.pk)
            assert getattr(inserted, name, None) == getattr(kept, name, None)


def test_a_single_row_is_one_statement_and_its_faults_are_django_s(chain: Chain) -> None:
    with CaptureQueriesContext(connection) as asked:
        rows_insert(quote(id="quote_1"))
    assert len(asked) == 1
    with pytest.raises(IntegrityError, match="quote_1"), transaction.atomic():
        rows_insert(quote(id="quote_1"))
    with pytest.raises(DataError, match="too long"), transaction.atomic():
        rows_insert(quote(id="quote_" + "2" * 40))


def test_a_table_that_the_database_fills_is_not_for_here() -> None:
    with pytest.raises(ValueError, match="the database fills"):
        rows_insert(IdempotencyRecord(principal="a", key="b", call="c", request_hash="d", status=200, answer="{}"))
