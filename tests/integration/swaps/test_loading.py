"""The query that is compiled once reads what Django's own queries read."""

from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest
from django.db import connection
from django.db.models import Count, Model
from django.test.utils import CaptureQueriesContext

from access.prepared import Prepared
from swaps.loading import session_load
from swaps.models import Leg, SwapSession

RELATED = ("secret", "source_chain", "destination_chain")


def columns(row: Model) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


@pytest.mark.parametrize("changes", [{}, {"hashlock": "0x" + "ab" * 32}], ids=["with a secret", "without one"])
def test_every_column_is_as_django_reads_it(post_session: Callable[..., Any], changes: dict[str, str]) -> None:
    session_id = post_session(**changes).json()["sessionId"]
    expected = SwapSession.objects.select_related(*RELATED).get(pk=session_id)
    found = session_load(session_id)
    assert found is not None and columns(found) == columns(expected)
    for name in RELATED:
        one, other = getattr(found, name, None), getattr(expected, name, None)
        assert (one is None) == (other is None) == (name == "secret" and bool(changes))
        assert one is None or columns(one) == columns(other)
    assert [columns(leg) for leg in found.legs.all()] == [columns(leg) for leg in expected.legs.order_by("pk")]


def test_two_statements_and_no_more(post_session: Callable[..., Any]) -> None:
    session_id = post_session().json()["sessionId"]
    with CaptureQueriesContext(connection) as asked:
        session = session_load(session_id)
        assert session is not None
        read = [(leg.session.pk, session.secret.state, session.source_chain.name) for leg in session.legs.all()]
    assert len(asked) == 2 and len(read) == 2


def test_only_the_owner_gets_it(post_session: Callable[..., Any]) -> None:
    session_id = post_session().json()["sessionId"]
    assert session_load(session_id, principal="bootstrap") is not None
    assert session_load(session_id, principal="somebody") is None
    assert session_load(session_id + "\0") is None and session_load("") is None
    assert session_load("' OR ''='") is None


def test_what_was_saved_since_is_seen_and_may_be_saved_again(post_session: Callable[..., Any]) -> None:
    session_id = post_session().json()["sessionId"]
    session = session_load(session_id)
    assert session is not None
    session.attention = "look"
    session.save()
    again = session_load(session_id)
    assert again is not None and again.attention == "look"


def test_a_parameter_that_the_statement_does_not_have_is_refused(db: None) -> None:
    broken = Prepared(lambda session, principal: Leg.objects.filter(session_id=session), "session", "principal")
    with pytest.raises(ValueError, match="are not in SELECT"):
        broken.first(session="x", principal="y")


@pytest.mark.django_db(transaction=True)
def test_threads_share_a_statement(post_session: Callable[..., Any]) -> None:
    ids = [post_session().json()["sessionId"] for _ in range(4)]
    found: dict[str, str] = {}

    def read(session_id: str) -> None:
        try:
            for _ in range(20):
                session = session_load(session_id)
                assert session is not None
                found[session_id] = session.pk
        finally:
            connection.close()

    threads = [Thread(target=read, args=(session_id,)) for session_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {session_id: session_id for session_id in ids}


def test_a_leg_that_is_asked_for_again_is_the_sessions_own(post_session: Callable[..., Any]) -> None:
    """What was loaded is narrowed by further filters: to this session's legs, whoever else has some."""
    first, second = (post_session().json()["sessionId"] for _ in range(2))
    for session_id in (first, second):
        session = session_load(session_id)
        assert session is not None
        assert session.legs.get(side="source").session_id == session_id
        assert session.legs.filter(side="source").count() == 1


def test_legs_at_hand_are_never_those_of_others(post_session: Callable[..., Any]) -> None:
    """Whatever is done with them: looked at, narrowed, counted, summed, changed."""
    other, mine = (post_session().json()["sessionId"] for _ in range(2))
    session = session_load(mine)
    assert session is not None
    assert session.legs.get(side="source").session_id == mine
    assert session.legs.order_by("-pk").count() == session.legs.count() == 2
    assert session.legs.aggregate(number=Count("pk")) == {"number": 2}
    assert {leg.session_id for leg in session.legs.iterator()} == {mine}
    session.legs.update(lock_tx="changed")
    assert set(Leg.objects.filter(lock_tx="changed").values_list("session_id", flat=True)) == {mine}
    assert Leg.objects.filter(session_id=other, lock_tx="").count() == 2
