"""How long requests take and how they end, for Prometheus, under the names of django-prometheus, whose dashboards go on.

That library counts each request in fifteen ways, and looks each up by its labels again; here it is two, and what was looked
up once is kept. Body sizes, character sets and transports are the proxy's to count.
"""

import sys
from collections.abc import Awaitable, Callable
from functools import cache
from time import perf_counter
from typing import Any, cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.core.signals import got_request_exception
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponseBase
from prometheus_client import Counter, Histogram

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "TRACE", "OPTIONS", "CONNECT", "PATCH"})
NO_METHOD, NO_VIEW = "<invalid method>", "<unnamed view>"

LATENCY = Histogram(
    "django_http_requests_latency_seconds_by_view_method",
    "Histogram of request processing time labelled by view.",
    ["view", "method"],
    buckets=(0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 25.0, 50.0, 75.0),
)
RESPONSES = Counter(
    "django_http_responses_total_by_status_view_method",
    "Count of responses by status, view, method.",
    ["status", "view", "method"],
)
EXCEPTIONS = Counter("django_http_exceptions_total_by_type", "Count of exceptions by object type.", ["type"])
FAULTY_VIEWS = Counter("django_http_exceptions_total_by_view", "Count of exceptions by view.", ["view"])
_latency, _responses = cache(LATENCY.labels), cache(RESPONSES.labels)


class MeasuringMiddleware:
    """The outermost: what it measures is all that we do for a request."""

    sync_capable = async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self._get_response = get_response
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(cast(Any, self))

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self._is_async:
            return self._later(request)
        began = perf_counter()
        response: HttpResponseBase = self._get_response(request)
        _measure(request, response, perf_counter() - began)
        return response

    async def _later(self, request: HttpRequest) -> HttpResponseBase:
        began = perf_counter()
        response: HttpResponseBase = await self._get_response(request)
        _measure(request, response, perf_counter() - began)
        return response


def _measure(request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
    view, method = _view_of(request), request.method if request.method in METHODS else NO_METHOD
    _latency(view, method).observe(seconds)
    _responses(response.status_code, view, method).inc()


def _view_of(request: HttpRequest) -> str:
    """The name of the call, which has no words of a client's in it: labels are kept for good."""
    return (request.resolver_match and request.resolver_match.view_name) or NO_VIEW


@receiver(got_request_exception)
def count_exception(request: HttpRequest | None = None, **_: Any) -> None:
    """One that nobody handled; Django answers 500."""
    found = sys.exc_info()[0]
    EXCEPTIONS.labels(found.__name__ if found else "").inc()
    FAULTY_VIEWS.labels(_view_of(request) if request else NO_VIEW).inc()
