"""What many tests stand on when they ask how fast a page is with many swaps behind it."""

from typing import Any

import pytest
from django.db import connection

from chains.models import ChainEvent, ChainTransaction, Intent
from swaps.models import LedgerEntry, Leg, Reservation, Secret, SessionTransition, SwapSession
from swaps.models.session import ACTIVE
from swaps.selectors import session_get
from swaps.standing import standings_of
from tests.crowd import crowd_make

pytestmark = pytest.mark.usefixtures("chains")


def test_a_crowd_is_like_what_the_service_makes(django_assert_max_num_queries: Any) -> None:
    crowd = crowd_make(240, active=len(ACTIVE) * 2)
    sessions = SwapSession.objects.all()
    assert sessions.count() == 240
    assert set(sessions.filter(finished_at=None).values_list("pk", flat=True)) == set(crowd.active)
    assert set(sessions.exclude(finished_at=None).values_list("pk", flat=True)) == set(crowd.finished)
    assert {*sessions.values_list("status", flat=True)} >= {*ACTIVE, "completed", "refunded", "cancelled", "failed"}
    assert Leg.objects.count() == 480 and Secret.objects.count() == 240
    for model in (ChainEvent, SessionTransition, Reservation, Intent, ChainTransaction, LedgerEntry):
        assert model._default_manager.exists(), model
    for transition in SessionTransition.objects.filter(session_id=crowd.finished[0]):
        assert transition.principal == sessions.get(pk=crowd.finished[0]).principal
    with connection.cursor() as cursor:  # every row keeps every rule, though no trigger looked
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert not LedgerEntry.objects.filter(event=None, transaction=None).exists()


def test_the_engine_reads_it(db: None) -> None:
    crowd = crowd_make(30, active=11)
    for session in (session_get(crowd.active[0]), session_get(crowd.finished[0])):
        (standing,) = standings_of([session])
        assert standing.session.pk == session.pk


def test_two_crowds_do_not_meet(db: None) -> None:
    assert crowd_make(0).active == []
