"""Swaps' updates become webhooks: all of them, in order, whoever commits when; and no swap is harmed by it."""
# ruff: noqa: F811  (a fixture's name is an argument's)

import threading
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from access.webhooks.models import Delivery, Message, Reading
from access.webhooks.selectors import forget_listeners, is_listening
from chains.models import Chain
from swaps.models import SessionTransition, SwapSession
from swaps.services import webhooks
from swaps.services.transitions import session_note
from swaps.services.webhooks import webhooks_announce
from swaps.tasks import announce_updates
from tests.integration.swaps.conftest import SEED_BODY, chains  # noqa: F401  (a fixture)
from tests.integration.webhooks.conftest import Owner, send_all
from tests.integration.webhooks.receiver import Receiver
from tests.threads import giving_back

pytestmark = pytest.mark.django_db
Sessions = dict[str, Chain]


@pytest.fixture
def swap(owner: Owner, chains: Sessions) -> SwapSession:
    return new_swap(owner)


def new_swap(owner: Owner) -> SwapSession:
    answer = owner.api.post("/api/v1/sessions", SEED_BODY, format="json")
    assert answer.status_code == 201, answer.json()
    return SwapSession.objects.get(pk=answer.json()["sessionId"])


def note(swap: SwapSession, cause: str = "tested") -> None:
    with transaction.atomic():
        locked = SwapSession.objects.select_for_update().get(pk=swap.pk)
        session_note(locked, cause=cause)


def test_a_swaps_updates_are_told_as_every_channel_tells_them(
    owner: Owner, receiver: Receiver, chains: Sessions
) -> None:
    _, secret = owner.endpoint(receiver.url)
    swap = new_swap(owner)
    note(swap)
    assert webhooks_announce() == 2
    send_all()
    payloads = receiver.payloads(secret)
    events = owner.api.get(f"/api/v1/sessions/{swap.pk}/events").json()["events"]
    assert [payload["data"] for payload in payloads] == events
    assert [payload["type"] for payload in payloads] == ["session.created", "session.updated"]
    assert payloads[0]["timestamp"] == events[0]["data"]["at"]


def test_an_endpoint_begins_with_what_happens_after_it(owner: Owner, receiver: Receiver, swap: SwapSession) -> None:
    note(swap)
    owner.endpoint(receiver.url)
    note(swap)
    webhooks_announce()
    assert list(Message.objects.values_list("seq", flat=True)) == [3]


def test_an_owner_who_had_none_for_a_while_begins_anew(owner: Owner, receiver: Receiver, swap: SwapSession) -> None:
    endpoint, _ = owner.endpoint(receiver.url)
    note(swap)
    webhooks_announce()
    assert owner.api.delete(f"/api/v1/webhooks/{endpoint.pk}").status_code == 204
    note(swap)
    webhooks_announce()
    owner.endpoint(receiver.url)
    webhooks_announce()
    note(swap)
    webhooks_announce()
    assert sorted(Message.objects.values_list("seq", flat=True)) == [2, 4]


def test_a_swap_of_an_owner_without_an_endpoint_costs_no_statement(
    owner: Owner, swap: SwapSession, django_capture_on_commit_callbacks: Any
) -> None:
    assert not is_listening(owner.id)
    with CaptureQueriesContext(connection) as queries, django_capture_on_commit_callbacks(execute=True):
        note(swap)
    assert not [
        query for query in queries.captured_queries if "webhook" in query["sql"] or "procrastinate" in query["sql"]
    ]


def test_a_swap_of_an_owner_with_one_writes_nothing_in_its_transaction(
    owner: Owner, receiver: Receiver, swap: SwapSession, django_capture_on_commit_callbacks: Any
) -> None:
    owner.endpoint(receiver.url)
    forget_listeners()
    with CaptureQueriesContext(connection) as queries, django_capture_on_commit_callbacks() as after:
        note(swap)
    assert not [
        query for query in queries.captured_queries if "webhook" in query["sql"] or "procrastinate" in query["sql"]
    ]
    with CaptureQueriesContext(connection) as queries:
        for callback in after:
            callback()
    assert len([query for query in queries.captured_queries if "procrastinate_defer" in query["sql"]]) == 1


def test_webhook_ssrf_blocking__broken_tables_do_not_stop_a_swap(
    owner: Owner, receiver: Receiver, swap: SwapSession, django_capture_on_commit_callbacks: Any
) -> None:
    owner.endpoint(receiver.url)
    forget_listeners()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE webhooks_endpoint RENAME TO webhooks_gone")
    with django_capture_on_commit_callbacks() as after:
        note(swap)
    swap.refresh_from_db()
    assert swap.seq == 2
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE webhooks_gone RENAME TO webhooks_endpoint")
    assert after
    assert webhooks_announce() == 1


def test_an_update_that_cannot_be_shown_stops_no_other(
    owner: Owner, receiver: Receiver, swap: SwapSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner.endpoint(receiver.url)
    for _ in range(3):
        note(swap)
    shown = webhooks.update_document

    def show(session: SwapSession, row: SessionTransition) -> Any:
        if row.seq == 3:
            raise KeyError("broken")
        return shown(session, row)

    monkeypatch.setattr(webhooks, "update_document", show)
    assert webhooks_announce() == 2
    assert sorted(Message.objects.values_list("seq", flat=True)) == [2, 4]
    assert webhooks_announce() == 0


@pytest.mark.django_db(transaction=True)
def test_what_commits_late_is_told_though_later_numbers_were_read_first(
    owner: Owner,
    receiver: Receiver,
    chains: Sessions,
) -> None:
    """A transaction takes the lower row number and commits after one with a higher number was announced."""
    owner.endpoint(receiver.url)
    slow, quick = new_swap(owner), new_swap(owner)
    webhooks_announce()
    written, commit = threading.Event(), threading.Event()

    @giving_back
    def late() -> None:
        with transaction.atomic():
            locked = SwapSession.objects.select_for_update().get(pk=slow.pk)
            session_note(locked, cause="late")
            written.set()
            assert commit.wait(30)

    thread = threading.Thread(target=late)
    thread.start()
    assert written.wait(30)
    note(quick, "early")
    webhooks_announce()
    commit.set()
    thread.join(30)
    webhooks_announce()
    rows = SessionTransition.objects.filter(cause__in=("late", "early")).order_by("pk")
    assert [row.cause for row in rows] == ["late", "early"]
    told = Message.objects.filter(seq=2).order_by("created_at").values_list("subject", flat=True)
    assert list(told) == [quick.pk, slow.pk]


@pytest.mark.django_db(transaction=True)
def test_two_workers_announce_each_update_once(owner: Owner, receiver: Receiver, chains: Sessions) -> None:
    owner.endpoint(receiver.url)
    swap = new_swap(owner)
    for _ in range(30):
        note(swap)
    made: list[int] = []

    @giving_back
    def announce() -> None:
        made.append(webhooks_announce())

    threads = [threading.Thread(target=announce) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(made) == 31
    assert Delivery.objects.count() == Message.objects.count() == 31


@pytest.mark.django_db(transaction=True)
def test_a_crash_between_reading_and_telling_loses_nothing(
    owner: Owner,
    receiver: Receiver,
    chains: Sessions,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    owner.endpoint(receiver.url)
    new_swap(owner)
    with monkeypatch.context() as patch:
        patch.setattr(Reading, "save", lambda *args, **kwargs: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            webhooks_announce()
    assert not Message.objects.exists()
    assert webhooks_announce() == 1


@pytest.mark.django_db(transaction=True)
def test_a_commit_wakes_the_job_that_tells(owner: Owner, receiver: Receiver, chains: Sessions) -> None:
    owner.endpoint(receiver.url)
    forget_listeners()
    new_swap(owner)
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name, queue_name FROM procrastinate_jobs WHERE status = 'todo'")
        jobs = cursor.fetchall()
    assert ("swaps.announce_updates", "webhooks") in jobs
    announce_updates.func()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'webhooks.deliver'")
        assert cursor.fetchone()[0] == 1
