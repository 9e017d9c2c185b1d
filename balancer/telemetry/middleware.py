"""A span around each request. It stands among the middlewares, as the innermost, only where tracing is on."""

import random
import time
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponseBase
from django.urls import ResolverMatch
from opentelemetry.trace import SpanContext
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from access import tracing
from balancer.telemetry.traces import Request, SwapTracer, request_running

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class TracingMiddleware:
    """A request that concerns a session belongs to its swap's trace; every other one is a trace of its own. A client's own
    trace (`traceparent`) is linked, never joined: he does not decide what we tell."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        tracer = tracing.tracer()
        if not isinstance(tracer, SwapTracer):
            return self._get_response(request)
        running, start_ns = Request(random.getrandbits(64) or 1), time.time_ns()
        token = request_running.set(running)
        status = 500
        try:
            response = self._get_response(request)
            status = response.status_code
            return response
        finally:
            request_running.reset(token)
            self._tell(tracer, request, running, start_ns, status)

    def _tell(self, tracer: SwapTracer, request: HttpRequest, running: Request, start_ns: int, status: int) -> None:
        match: ResolverMatch | None = request.resolver_match
        named = str(match.kwargs.get("session_id", "")) if match else ""
        route = match.route if match else ""
        tracer.finished(
            f"{request.method} /{route}" if route else f"{request.method}",
            subject=running.subject or (named if status < 400 else ""),
            span_id=running.span_id,
            start_ns=start_ns,
            attributes={
                "http.request.method": request.method,
                "http.route": f"/{route}",
                "http.response.status_code": status,
                "request_id": structlog.contextvars.get_contextvars().get("request_id", ""),
            },
            link=_clients(request),
        )


def _clients(request: HttpRequest) -> SpanContext | None:
    """What the client says that this is part of."""
    if "traceparent" not in request.headers:
        return None
    from opentelemetry import trace

    found = TraceContextTextMapPropagator().extract({"traceparent": request.headers["traceparent"]})
    context = trace.get_current_span(found).get_span_context()
    return context if context.is_valid else None
