"""Every exception of an API view as a problem document."""

import json
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.signals import got_request_exception
from django.http import Http404, HttpResponse
from django.test import RequestFactory
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from structlog.testing import capture_logs

from access import problems
from access.errors import ApplicationError
from access.problems import camel_case, exception_handler, problem


class NotYet(ApplicationError):
    code, status = "not_yet", 409


def handled(error: Exception) -> Any:
    response = exception_handler(error, {"request": Request(RequestFactory().post("/api/v1/x"))})
    assert response is not None
    return response


def test_a_refusal_of_a_service_is_rendered_with_its_extra_fields_and_headers() -> None:
    error = NotYet("wait", extra={"retryAt": "2030-01-01T00:00:00Z"}, headers={"Retry-After": "5"})
    response = handled(error)
    assert response.status_code == 409
    assert response.headers["Retry-After"] == "5"
    assert response.content_type == "application/problem+json"
    assert response.data == {
        "type": "urn:1balancer:problem:not_yet",
        "title": "Not yet",
        "status": 409,
        "code": "not_yet",
        "detail": "wait",
        "errors": [],
        "retryAt": "2030-01-01T00:00:00Z",
    }


def test_every_fault_of_a_refusal_has_a_code() -> None:
    faults = [{"field": "maker", "message": "is missing"}, {"field": "taker", "message": "bad", "code": "checksum"}]
    assert handled(NotYet("no", errors=faults)).data["errors"] == [
        {"field": "maker", "message": "is missing", "code": "invalid"},
        {"field": "taker", "message": "bad", "code": "checksum"},
    ]


def test_a_code_and_status_given_at_the_raise_win_over_the_class() -> None:
    assert handled(NotYet("x", code="gone", status=410)).data["code"] == "gone"
    assert handled(NotYet("x", code="gone", status=410)).status_code == 410


def test_extra_fields_cannot_replace_the_standard_ones() -> None:
    assert handled(NotYet("x", extra={"status": 200, "code": "fine"})).data["status"] == 409
    assert problem(400, "a", "b", status=1, code="c")["code"] == "a"


class Asset(serializers.Serializer[Any]):
    maker_asset = serializers.CharField()


class Body(serializers.Serializer[Any]):
    sourceAmount = serializers.IntegerField(min_value=1)  # noqa: N815  (as the API names it)
    orders = Asset(many=True)

    def validate(self, attrs: Any) -> Any:
        raise serializers.ValidationError("they do not fit", code="mismatch")


def faults(data: dict[str, Any]) -> list[dict[str, str]]:
    with pytest.raises(serializers.ValidationError) as refused:
        Body(data=data).is_valid(raise_exception=True)
    response = handled(refused.value)
    assert (response.status_code, response.data["code"]) == (400, "validation_error")
    found: list[dict[str, str]] = response.data["errors"]
    return found


def test_every_faulty_field_is_named_at_once_in_camel_case_with_its_code() -> None:
    assert faults({"sourceAmount": 0, "orders": [{"maker_asset": "x"}, {}]}) == [
        {"field": "sourceAmount", "message": "Ensure this value is greater than or equal to 1.", "code": "min_value"},
        {"field": "orders.1.makerAsset", "message": "This field is required.", "code": "required"},
    ]


def test_a_fault_of_the_whole_body_names_no_field() -> None:
    body = {"sourceAmount": 1, "orders": []}
    assert faults(body) == [{"field": "", "message": "they do not fit", "code": "mismatch"}]


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (exceptions.ParseError("JSON parse error"), 400, "malformed_json"),
        (exceptions.NotAuthenticated(), 401, "not_authenticated"),
        (exceptions.AuthenticationFailed(), 401, "invalid_credentials"),
        (exceptions.PermissionDenied("no", code="insufficient_scope"), 403, "insufficient_scope"),
        (PermissionDenied(), 403, "permission_denied"),
        (Http404("a model's name"), 404, "not_found"),
        (exceptions.MethodNotAllowed("PUT"), 405, "method_not_allowed"),
        (exceptions.NotAcceptable(), 406, "not_acceptable"),
        (exceptions.UnsupportedMediaType("text/plain"), 415, "unsupported_media_type"),
        (exceptions.Throttled(wait=7), 429, "rate_limited"),
    ],
)
def test_the_frameworks_refusals_have_stable_codes(error: Exception, status: int, code: str) -> None:
    response = handled(error)
    assert (response.status_code, response.data["status"], response.data["code"]) == (status, status, code)
    assert response.data["errors"] == [] and response.data["detail"]
    assert "a model's name" not in str(response.data)


def test_being_throttled_says_how_long() -> None:
    assert handled(exceptions.Throttled(wait=7)).headers["Retry-After"] == "7"


@pytest.mark.parametrize("debug", [False, True])
def test_what_nobody_foresaw_is_a_500_with_an_incident_and_its_text_stays_inside(settings: Any, debug: bool) -> None:
    settings.DEBUG = debug
    signalled = []

    def listen(**told: Any) -> None:
        signalled.append(told)
        raise RuntimeError("the tracker is down")

    got_request_exception.connect(listen)
    try:
        with capture_logs() as logs:
            response = handled(RuntimeError("postgres://user:hunter2@db"))
    finally:
        got_request_exception.disconnect(listen)
    assert (response.status_code, response.data["code"]) == (500, "internal_error")
    assert "hunter2" not in json.dumps(response.data)
    assert [told["request"].path for told in signalled] == ["/api/v1/x"]
    (logged,) = (line for line in logs if line["event"] == "api.unhandled")
    assert logged["incident"] == response.data["incident"]
    assert "hunter2" in str(logged["exc_info"])


def test_a_refusal_with_a_server_status_is_no_incident() -> None:
    with capture_logs() as logs:
        response = handled(NotYet("the chain does not answer", code="chain_unreachable", status=503))
    assert response.status_code == 503 and "incident" not in response.data
    assert logs == []


def test_names_become_camel_case_and_stay_it() -> None:
    assert camel_case("limit_order.maker_asset.0.id") == "limitOrder.makerAsset.0.id"
    assert camel_case("sourceAmount") == "sourceAmount"


# Outside DRF

BROWSER = {"HTTP_ACCEPT": "text/html,application/xhtml+xml"}
HANDLERS = [
    (400, "bad_request", lambda request: problems.bad_request(request, Exception("inside"))),
    (403, "permission_denied", lambda request: problems.forbidden(request, Exception("inside"))),
    (404, "not_found", lambda request: problems.not_found(request, Exception("inside"))),
    (500, "internal_error", problems.server_error),
]


@pytest.mark.parametrize(("status", "code", "handler"), HANDLERS)
def test_the_api_gets_problem_documents_from_django_too(status: int, code: str, handler: Any) -> None:
    for request in (RequestFactory().get("/api/v1/x", **BROWSER), RequestFactory().get("/x", HTTP_ACCEPT="*/*")):
        response = handler(request)
        body = json.loads(response.content)
        assert (response.status_code, body["status"], body["code"]) == (status, status, code)
        assert response["Content-Type"] == "application/problem+json"
        assert "inside" not in response.content.decode()


@pytest.mark.parametrize(("status", "code", "handler"), HANDLERS)
def test_a_browser_elsewhere_gets_a_page(status: int, code: str, handler: Any) -> None:
    response = handler(RequestFactory().get("/admin/nowhere", **BROWSER))
    assert response.status_code == status
    assert response["Content-Type"].startswith("text/html")


def test_a_plain_view_answers_its_methods_and_405_to_others() -> None:
    view = problems.allow_methods("GET")(lambda request: HttpResponse("here"))
    assert [view(RequestFactory().generic(method, "/health")).status_code for method in ("GET", "HEAD")] == [200, 200]
    refused: Any = view(RequestFactory().post("/health"))
    assert refused.status_code == 405 and refused["Allow"] == "GET, HEAD"
    assert json.loads(refused.content)["code"] == "method_not_allowed"
