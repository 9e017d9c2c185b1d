"""One swap is one connected trace, whichever process does what; without a collector nothing is told and nothing is loaded."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from access import tracing
from balancer.telemetry.traces import SwapTracer, provider_of, span_id_of, trace_id_of
from chains.models import Chain, ChainEvent
from chains.registry import registry
from swaps.models import SwapSession
from swaps.services.advance import session_advance
from swaps.services.sessions import session_cancel
from tests.integration.swaps.conftest import NEAR_BODY, SEED_BODY, api, chains, lock_on_near, post_session  # noqa: F401

ROOT = Path(__file__).parents[3]
SECRET = bytes(range(100, 132))


@pytest.fixture
def told(settings: Any) -> Iterator[Callable[[], list[Any]]]:
    """Spans are kept in memory; the middleware stands where it would."""
    exporter = InMemorySpanExporter()
    provider = provider_of(exporter, 1.0, 2048)
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "balancer.telemetry.middleware.TracingMiddleware"]
    tracing.tracer_install(SwapTracer(provider))

    def spans() -> list[Any]:
        provider.force_flush()
        return list(exporter.get_finished_spans())

    yield spans
    tracing.tracer_install(None)
    provider.shutdown()


@pytest.mark.django_db(transaction=True)
def test_one_swap_is_one_connected_trace(told: Callable[[], list[Any]], api: Any, chains: dict[str, Chain]) -> None:  # noqa: F811
    answer = api.post(
        "/api/v1/sessions", {**SEED_BODY, "hashlock": "0x" + "ab" * 32}, format="json", headers={"X-Request-ID": "r-1"}
    )
    session = SwapSession.objects.get(pk=answer.json()["sessionId"])
    api.get(f"/api/v1/sessions/{session.pk}")
    session_cancel(session_id=session.pk, actor="test")
    session_advance(session_id=session.pk)
    trace, root = trace_id_of(session.pk), span_id_of(session.pk, "root")
    ours = [span for span in told() if span.context.trace_id == trace]
    names = [span.name for span in ours]
    assert names[:2] == ["POST /api/v1/sessions", "GET /api/v1/sessions/<str:session_id>"]
    assert {"swap.decide", "swap"} <= set(names)
    assert_connected(ours, root)
    whole = next(span for span in ours if span.name == "swap")
    assert (whole.context.span_id, whole.parent) == (root, None)
    assert whole.start_time == pytest.approx(session.created_at.timestamp() * 1e9, abs=1e6)
    assert ours[0].attributes["request_id"] == "r-1"
    assert {span.attributes["session"] for span in ours} == {session.pk}


@pytest.mark.django_db(transaction=True)
def test_what_a_watcher_sees_belongs_to_the_swap(
    told: Callable[[], list[Any]],
    post_session: Callable[..., Any],  # noqa: F811
    chains: dict[str, Chain],  # noqa: F811
) -> None:
    session = SwapSession.objects.get(pk=post_session(**NEAR_BODY).json()["sessionId"])
    lock_on_near(session, "source", chains["near"])
    registry.events_stored(chains["near"], ChainEvent.objects.all())
    seen = next(span for span in told() if span.name == "event lock_created")
    watch = next(span for span in told() if span.name == "watch near")
    assert seen.context.trace_id == trace_id_of(session.pk)
    assert seen.parent.span_id == span_id_of(session.pk, "root")
    assert watch.context.trace_id != seen.context.trace_id
    assert [link.context.span_id for link in seen.links] == [watch.context.span_id]
    assert seen.attributes["chain"] == "near"


def test_another_process_can_say_what_it_came_after(told: Callable[[], list[Any]]) -> None:
    tracing.mark("intent source_lock", subject="sess_x", key="intent:source_lock")
    with tracing.span("transaction.sign", subject="sess_x", after="intent:source_lock"):
        pass
    ordered, signed = told()
    assert signed.parent.span_id == ordered.context.span_id == span_id_of("sess_x", "intent:source_lock")
    assert signed.context.trace_id == ordered.context.trace_id


def test_a_span_within_a_span_is_its_child(told: Callable[[], list[Any]]) -> None:
    with tracing.span("job a", subject="sess_x"), tracing.span("swap.decide", subject="sess_x"):
        pass
    inner, outer = told()
    assert inner.parent.span_id == outer.context.span_id


def test_secret_leak_no_span_tells_one(told: Callable[[], list[Any]]) -> None:
    with (
        pytest.raises(ValueError, match="cannot use"),
        tracing.span(
            "job a",
            subject="sess_x",
            secret=SECRET.hex(),
            data=SECRET,
            note=f"took {SECRET.hex()}",
            api_key="hunter-two",
        ),
    ):
        raise ValueError(f"cannot use {SECRET.hex()} at https://us:hunter-two@node/")
    (span,) = told()
    written = span.to_json()
    assert "cannot use [hex]" in written
    assert SECRET.hex() not in written
    assert repr(SECRET) not in written
    assert "hunter-two" not in written


def test_a_share_of_swaps_is_told_wholly_or_not_at_all() -> None:
    exporter = InMemorySpanExporter()
    provider = provider_of(exporter, 0.5, 2048)
    tracer = SwapTracer(provider)
    for number in range(200):
        for name in ("one", "two"):
            with tracer.span(name, subject=f"sess_{number}", key="", after="", attributes={}):
                pass
    provider.force_flush()
    by_trace: dict[int, int] = {}
    for span in exporter.get_finished_spans():
        by_trace[span.context.trace_id] = by_trace.get(span.context.trace_id, 0) + 1
    provider.shutdown()
    assert 50 < len(by_trace) < 150
    assert set(by_trace.values()) == {2}


def test_without_a_collector_a_span_costs_next_to_nothing() -> None:
    tracing.tracer_install(None)
    count, began = 20_000, time.perf_counter()
    for _ in range(count):
        with tracing.span("swap.decide", subject="sess_x"):
            pass
    empty = time.perf_counter()
    for _ in range(count):
        pass
    assert (empty - began - (time.perf_counter() - empty)) / count < 20e-6


def test_without_a_collector_nothing_is_loaded() -> None:
    program = (
        "import os, sys, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'balancer.settings'; django.setup();"
        "from balancer.telemetry.start import telemetry_start; telemetry_start('web');"
        "print([name for name in sys.modules if name.startswith(('sentry_sdk', 'opentelemetry.exporter', 'opentelemetry.proto',"
        " 'balancer.telemetry.traces', 'balancer.telemetry.otlp', 'balancer.telemetry.errors', 'concurrent_log'))])"
    )
    quiet = {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", "REDIS_URL": "redis://127.0.0.1:1/0"}
    import os

    env = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "SENTRY_", "LOG_TO"))}
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env={**env, **quiet}, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"


def assert_connected(spans: list[Any], root: int) -> None:
    """Every span's parent is one of them, up to the root."""
    known = {span.context.span_id for span in spans}
    assert root in known
    strays = [span.name for span in spans if span.parent is not None and span.parent.span_id not in known]
    assert not strays
    assert [span.name for span in spans if span.parent is None] == ["swap"]
