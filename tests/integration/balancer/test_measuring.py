"""Every request is measured once: by its call, its method and how it ended, whatever the client wrote."""

from collections.abc import Awaitable, Callable

import pytest
from asgiref.sync import async_to_sync, markcoroutinefunction
from django.core.signals import got_request_exception
from django.http import HttpRequest, HttpResponse
from django.test import Client
from prometheus_client import REGISTRY

from balancer.measuring import MeasuringMiddleware

pytestmark = pytest.mark.django_db  # whoever reads one metric collects all, and some are rows
COUNT = "django_http_responses_total_by_status_view_method_total"
SECONDS = "django_http_requests_latency_seconds_by_view_method_count"


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_a_request_is_counted_by_the_name_of_its_call(client: Client) -> None:
    answer = {"view": "sessions", "method": "GET", "status": "401"}
    call = {"view": "sessions", "method": "GET"}
    before = counted(COUNT, **answer), counted(SECONDS, **call)
    client.get("/api/v1/sessions?limit=1")
    assert (counted(COUNT, **answer), counted(SECONDS, **call)) == (before[0] + 1, before[1] + 1)


def test_a_path_or_method_that_nobody_knows_makes_no_label_of_its_own(client: Client) -> None:
    answer = {"view": "<unnamed view>", "method": "<invalid method>", "status": "404"}
    before = counted(COUNT, **answer)
    client.generic("BREW", "/nowhere/at/all")
    assert counted(COUNT, **answer) == before + 1


def test_what_nobody_handled_is_counted() -> None:
    name = "django_http_exceptions_total_by_type_total"
    before = counted(name, type="ValueError")
    try:
        int("broken")
    except ValueError:
        got_request_exception.send(sender=None, request=HttpRequest())  # as Django does
    assert counted(name, type="ValueError") == before + 1


def test_under_asgi_it_waits_for_the_answer() -> None:
    async def later(_: HttpRequest) -> HttpResponse:
        return HttpResponse(status=204)

    middle: Callable[[HttpRequest], Awaitable[HttpResponse]] = MeasuringMiddleware(markcoroutinefunction(later))  # type: ignore[assignment]
    request = HttpRequest()
    request.method = "GET"
    before = counted(COUNT, view="<unnamed view>", method="GET", status="204")
    assert async_to_sync(middle)(request).status_code == 204
    assert counted(COUNT, view="<unnamed view>", method="GET", status="204") == before + 1
