"""Spans to a collector (OpenTelemetry, OTLP over HTTP). Imported only where tracing is on.

The trace of a swap and the span that all others hang from have ids that follow from the session's id; a span with a key has
one that follows from both. So spans of web, workers and watchers are one connected trace, and nothing but what the database
carries anyway is handed from one to the next. What was running already in another trace is linked.
"""

import hashlib
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, SpanKind, TraceFlags
from opentelemetry.trace.status import Status, StatusCode

from access.redaction import redacted, scrubbed
from access.tracing import Attributes, tracer_install
from balancer.settings.telemetry import Collector
from balancer.telemetry.identity import resource
from balancer.telemetry.instruments import LOST, TOLD

SCHEDULE_MS = 1_000
ROOT = "root"
SAMPLED = TraceFlags(TraceFlags.SAMPLED)


def trace_id_of(subject: str) -> int:
    """128 bits that follow from a session's id, and tell nothing of it."""
    return int.from_bytes(hashlib.sha256(f"trace:{subject}".encode()).digest()[:16], "big") or 1


def span_id_of(subject: str, key: str) -> int:
    """64 bits of a span that another process can name."""
    return int.from_bytes(hashlib.sha256(f"span:{subject}:{key}".encode()).digest()[:8], "big") or 1


@dataclass
class Request:
    """What runs before it is known what it is about: its own span's id, and the subject once it is known."""

    span_id: int
    subject: str = ""


_ids: ContextVar[tuple[int, int] | None] = ContextVar("trace_and_span_id", default=None)
request_running: ContextVar[Request | None] = ContextVar("request_running", default=None)


class Ids(IdGenerator):
    """Ids that were decided, or random ones."""

    def generate_span_id(self) -> int:
        decided = _ids.get()
        return decided[1] if decided and decided[1] else random.getrandbits(64) or 1

    def generate_trace_id(self) -> int:
        decided = _ids.get()
        return decided[0] if decided else random.getrandbits(128) or 1


class CountingExporter(SpanExporter):
    """The library's exporter, counted."""

    def __init__(self, inner: SpanExporter) -> None:
        self._inner = inner

    def export(self, spans: Any) -> SpanExportResult:
        result = self._inner.export(spans)
        if result is SpanExportResult.SUCCESS:
            TOLD.labels("traces").inc(len(spans))
        else:
            LOST.labels("traces", "unreachable").inc(len(spans))
        return result

    def shutdown(self) -> None:
        self._inner.shutdown()


class SwapTracer:
    """`access.tracing.Tracer`."""

    def __init__(self, provider: TracerProvider) -> None:
        self.provider = provider
        self._tracer = provider.get_tracer("balancer")

    @contextmanager
    def span(self, name: str, *, subject: str, key: str, after: str, attributes: Attributes) -> Iterator[Any]:
        """Within a span of the same trace its child; else the child of the span `after`, of the request, or of the root."""
        self.about(subject)
        context, links = _place(subject, after)
        decided = (trace_id_of(subject), span_id_of(subject, key) if key else 0) if subject else None
        token = _ids.set(decided)
        try:
            started = self._tracer.start_span(
                name, context=context, links=links, attributes=_plain(attributes, subject), kind=_kind(name)
            )
        finally:
            _ids.reset(token)
        with trace.use_span(started, end_on_exit=True, record_exception=False, set_status_on_exception=False):
            try:
                yield started
            except Exception as error:
                started.set_status(Status(StatusCode.ERROR, type(error).__name__))
                started.add_event(
                    "exception", {"exception.type": type(error).__name__, "exception.message": scrubbed(str(error))}
                )
                raise

    def whole(self, name: str, *, subject: str, start_ns: int, attributes: Attributes) -> None:
        """The root, told once the swap is over."""
        self.finished(
            name, subject=subject, span_id=span_id_of(subject, ROOT), start_ns=start_ns, attributes=attributes
        )

    def finished(
        self,
        name: str,
        *,
        subject: str,
        span_id: int,
        start_ns: int,
        attributes: Attributes,
        link: SpanContext | None = None,
    ) -> None:
        """A span that began before it was known what it would be. `subject` empty: a trace of its own."""
        is_root = not subject or span_id == span_id_of(subject, ROOT)
        context = trace.set_span_in_context(
            trace.INVALID_SPAN if is_root else _remote(subject, span_id_of(subject, ROOT))
        )
        token = _ids.set((trace_id_of(subject) if subject else random.getrandbits(128) or 1, span_id))
        try:
            told = self._tracer.start_span(
                name,
                context=context,
                start_time=start_ns,
                attributes=_plain(attributes, subject),
                links=[Link(link)] if link else [],
                kind=_kind(name),
            )
        finally:
            _ids.reset(token)
        told.end(time.time_ns())

    def about(self, subject: str) -> None:
        """The running request is about this subject: the first that is told of."""
        running = request_running.get()
        if subject and running is not None and not running.subject:
            running.subject = subject


def _place(subject: str, after: str) -> tuple[Any, list[Link]]:
    """The context to start in, and a link to what runs in another trace."""
    here = trace.get_current_span().get_span_context()
    if not subject or (here.is_valid and here.trace_id == trace_id_of(subject) and not after):
        return None, []
    links = [Link(here)] if here.is_valid else []
    request = request_running.get()
    if after:
        parent = span_id_of(subject, after)
    elif request is not None and request.subject == subject:
        parent = request.span_id
    else:
        parent = span_id_of(subject, ROOT)
    return trace.set_span_in_context(_remote(subject, parent)), links


def _remote(subject: str, span_id: int) -> NonRecordingSpan:
    return NonRecordingSpan(SpanContext(trace_id_of(subject), span_id, is_remote=True, trace_flags=SAMPLED))


def _kind(name: str) -> SpanKind:
    first = name.partition(" ")[0]
    if first in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        return SpanKind.SERVER
    return {"job": SpanKind.CONSUMER, "transaction.broadcast": SpanKind.CLIENT}.get(first, SpanKind.INTERNAL)


def _plain(attributes: Attributes, subject: str) -> dict[str, Any]:
    """Names and numbers, and nothing that proves anything."""
    found = {name: redacted(value, name=name) for name, value in attributes.items() if value not in (None, "")}
    if subject:
        found["session"] = subject
    return {name: value if isinstance(value, bool | int | float) else str(value) for name, value in found.items()}


class Sampler(ParentBased):
    """A share of swaps, all spans of one alike: decided by the trace's id, whoever the parent is."""

    def __init__(self, ratio: float) -> None:
        by_id = TraceIdRatioBased(ratio)
        super().__init__(root=by_id, remote_parent_sampled=by_id)


def provider_of(exporter: SpanExporter, ratio: float, queue: int) -> TracerProvider:
    """A provider whose spans wait in a bounded queue for a thread that sends them."""
    provider = TracerProvider(
        sampler=Sampler(ratio),
        resource=Resource(dict(resource())),
        id_generator=Ids(),
        shutdown_on_exit=True,
    )
    batch = min(512, queue)
    provider.add_span_processor(
        BatchSpanProcessor(
            exporter, max_queue_size=queue, max_export_batch_size=batch, schedule_delay_millis=SCHEDULE_MS
        )
    )
    return provider


def traces_start(collector: Collector, ratio: float) -> SwapTracer:
    """From now on this process tells its spans."""
    exporter = OTLPSpanExporter(endpoint=collector.url, headers=collector.headers, timeout=collector.timeout_seconds)
    tracer = SwapTracer(provider_of(CountingExporter(exporter), ratio, collector.queue))
    tracer_install(tracer)
    return tracer
