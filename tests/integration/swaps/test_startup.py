"""The service starts with many open swaps while the chains already tell of more."""

import hashlib
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from chains.codec.near import lock_id
from chains.events import BlockRef, EventKind, Forward, ObservedEvent
from chains.models import Chain
from chains.services import ingest
from swaps.models import Leg, SwapSession
from swaps.models.session import new_session_id, salt_of
from swaps.selectors import sessions_due
from swaps.services.advance import session_advance
from tests.integration.swaps.conftest import NEAR_BODY

pytestmark = pytest.mark.django_db(transaction=True)
OPEN = 500
SHARE = 40  # sessions that each worker looks at, most of them the others' too
PATIENCE = 120.0


@pytest.fixture
def open_sessions(
    transactional_db: None, post_session: Callable[..., Any], chains: dict[str, Chain]
) -> list[SwapSession]:
    """Copies of one session that waits for its maker's lock, each with a hashlock of its own."""
    first = SwapSession.objects.get(pk=post_session(**NEAR_BODY).json()["sessionId"])
    legs = list(first.legs.all())
    made, copies = [], []
    for number in range(OPEN):
        session = SwapSession.objects.get(pk=first.pk) if not made else SwapSession(**_fields(first))
        session.pk = new_session_id()
        session.salt, session.hashlock = salt_of(session.pk), hashlib.sha256(b"%d" % number).hexdigest()
        session.executed_at, session.source_lock, session.wake_at = timezone.now(), "self", timezone.now()
        made.append(session)
        for leg in legs:
            terms = {**leg.terms, "salt": session.salt, "hashlock": session.hashlock}
            copies.append(Leg(**{**_fields(leg), "session": session, "terms": terms}))
    SwapSession.objects.bulk_create(made)
    Leg.objects.bulk_create(copies)
    return made


def _fields(row: Any) -> dict[str, Any]:
    return {field.name: getattr(row, field.name) for field in row._meta.concrete_fields if not field.primary_key}


def lock_event(session: SwapSession, index: int) -> ObservedEvent:
    leg = session.legs.get(side="source")
    terms = {"sender": leg.refundee, "token": None, "amount": str(leg.amount), **leg.terms}
    derived = lock_id(
        sender=leg.refundee,
        receiver=terms["receiver"],
        token=None,
        amount=leg.amount,
        hashlock=bytes.fromhex(terms["hashlock"]),
        timelock=terms["timelock"],
        salt=bytes.fromhex(terms["salt"]),
    )
    return ObservedEvent(EventKind.LOCK_CREATED, derived, "htlc.near", f"r{index}", index, terms)


def test_startup_race__500_open_sessions_while_events_arrive(
    open_sessions: list[SwapSession], chains: dict[str, Chain]
) -> None:
    """The sweep, the watcher and three workers begin at once: nobody waits in a ring, and every lock is taken in."""
    near = Chain.objects.get(name="near")
    batches = [open_sessions[start : start + 100] for start in range(0, OPEN, 100)]
    events = [tuple(lock_event(session, index) for index, session in enumerate(batch)) for batch in batches]
    errors: list[BaseException] = []

    def watcher() -> None:
        for number, found in enumerate(events):
            block = BlockRef(101 + number, f"h{101 + number}", near.seen_hash, (int(time.time()) + number) * 10**9)
            ingest.blocks_store(chain=near, steps=[Forward(block, found)])
            ingest.final_advance(chain=near, block=block)

    def worker(offset: int) -> None:
        for session_id in sessions_due()[offset : offset + SHARE]:
            session_advance(session_id=session_id)

    def guarded(call: Callable[[], None]) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '60s'")
            call()
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    calls = [watcher, *(lambda offset=offset: worker(offset) for offset in (0, 10, 20))]
    threads = [threading.Thread(target=guarded, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    assert errors == []
    ids = {str(session.pk) for session in open_sessions}
    waiting = ProcrastinateJob.objects.filter(status="todo", task_name="swaps.advance_session")
    deferred = {str(args["session_id"]) for args in waiting.values_list("args", flat=True)}
    assert deferred >= ids, "an event was stored and nobody is to look at it"
    looked_at = sorted(ids)[:SHARE]
    for session_id in looked_at:
        session_advance(session_id=session_id)
    recognised = Leg.objects.filter(session_id__in=looked_at, side="source").exclude(lock_id="").count()
    assert recognised == SHARE
