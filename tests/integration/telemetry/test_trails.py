"""From a request to the jobs it deferred and to the transactions that they sent, and back."""

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from structlog.contextvars import clear_contextvars, get_contextvars

from access.trails import request_behind, requests_about, trail
from balancer.telemetry.jobs import job_traced, jobs_trace
from chains.models import Intent
from swaps.models import SwapSession
from tests.integration.swaps.conftest import api, chains, post_session  # noqa: F401  (fixtures)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nothing_bound() -> Iterator[None]:
    clear_contextvars()
    yield
    clear_contextvars()


@pytest.fixture
def session(api: Any) -> SwapSession:  # noqa: F811
    """Made by a request that names itself."""
    from tests.integration.swaps.conftest import SEED_BODY

    body = {**SEED_BODY, "hashlock": "0x" + "ab" * 32}
    answer = api.post("/api/v1/sessions", body, format="json", headers={"X-Request-ID": "made-by-me"})
    assert answer.status_code == 201, answer.content
    return SwapSession.objects.get(pk=answer.json()["sessionId"])


@pytest.fixture
def works() -> Callable[[], None]:
    """Run what is queued, as the worker does."""
    jobs_trace()

    def run() -> None:
        with app.replace_connector(app.connector.get_worker_connector()) as worker_app:
            worker_app.run_worker(wait=False, install_signal_handlers=False, listen_notify=False, queues=["money"])

    return run


def test_a_request_s_id_is_found_by_what_it_made(session: SwapSession) -> None:
    assert request_behind(session.pk) == "made-by-me"
    assert request_behind("sess_of_nobody") == ""


def test_the_last_request_before_a_moment_is_the_cause(session: SwapSession, api: Any) -> None:  # noqa: F811
    api.post(f"/api/v1/sessions/{session.pk}/cancel", {}, format="json", headers={"X-Request-ID": "called-off"})
    told = requests_about(session.pk)
    assert [request for _, _, request in told] == ["made-by-me", "called-off"]
    assert request_behind(session.pk) == "called-off"
    assert request_behind(session.pk, until=told[1][0] - timedelta(microseconds=1)) == "made-by-me"


def test_the_lines_of_a_job_name_the_request_that_it_goes_back_to(
    session: SwapSession,
    api: Any,  # noqa: F811
    works: Callable[[], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    api.post(f"/api/v1/sessions/{session.pk}/cancel", {}, format="json", headers={"X-Request-ID": "called-off"})
    with caplog.at_level(logging.INFO):
        works()
    session.refresh_from_db()
    assert session.status == "cancelled"
    moved = [
        record.msg for record in caplog.records if isinstance(record.msg, dict) and record.msg["event"] == "swap.moved"
    ]
    assert [(line["request_id"], line["task"], line["subject"]) for line in moved] == [
        ("called-off", "swaps.advance_session", session.pk)
    ]
    assert moved[0]["job"] > 0


def test_a_job_about_an_order_is_about_its_session(session: SwapSession, chains: Any) -> None:  # noqa: F811
    intent = Intent.objects.create(
        chain=chains["base"], subject_type="session", subject_id=session.pk, step="source_lock", call={"method": "x"}
    )
    from procrastinate.job_context import JobContext
    from procrastinate.jobs import Job

    job = Job(
        id=7,
        queue="money",
        lock=None,
        queueing_lock=None,
        task_name="chains.send_intent",
        task_kwargs={"intent_id": intent.pk},
    )
    context = JobContext(app=app, job=job, abort_reason=lambda: None, start_timestamp=0.0)
    seen = job_traced(get_contextvars, context, None)
    assert seen == {"job": 7, "task": "chains.send_intent", "subject": session.pk, "request_id": "made-by-me"}
    assert get_contextvars() == {}


def test_a_trail_within_a_trail_asks_nothing(session: SwapSession, django_assert_num_queries: Any) -> None:
    with trail(session.pk):
        with django_assert_num_queries(0), trail(session.pk):
            assert get_contextvars()["request_id"] == "made-by-me"
    assert "request_id" not in get_contextvars()


def test_jobs_carry_ids_and_nothing_else(session: SwapSession, api: Any) -> None:  # noqa: F811
    """What a job goes back to it finds in the database: a job of an older or a newer release is understood."""
    api.post(f"/api/v1/sessions/{session.pk}/cancel", {}, format="json")
    (job,) = ProcrastinateJob.objects.filter(task_name="swaps.advance_session", args__session_id=session.pk)
    assert job.args == {"session_id": session.pk}
