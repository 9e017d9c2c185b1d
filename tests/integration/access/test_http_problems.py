"""Problem documents as they arrive over HTTP."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.integration.access.desk")]


@pytest.fixture
def client(caller: Callable[..., APIClient], bootstrap_key: str) -> APIClient:
    return caller(bootstrap_key)


def problem_of(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert (body["status"], body["type"]) == (status, f"urn:1balancer:problem:{body['code']}")
    assert {"title", "detail", "errors"} <= set(body)
    return body


def send(client: APIClient, raw: bytes, kind: str = "application/json") -> Any:
    return client.post("/api/shape", data=raw, content_type=kind)


def test_malformed_json_says_where(client: APIClient) -> None:
    body = problem_of(send(client, b'{"amount": '), 400)
    assert body["code"] == "malformed_json" and "line 1, column 12" in body["detail"]


def test_every_field_is_named_at_once(client: APIClient) -> None:
    body = problem_of(send(client, b'{"limit": 9}'), 400)
    assert body["code"] == "validation_error"
    assert [(fault["field"], fault["code"]) for fault in body["errors"]] == [
        ("amount", "required"),
        ("limit", "max_value"),
    ]


HOSTILE = [b"[" * 100_000, b'{"amount": "\\u0000", "limit": 1}', b"\xff\xfe", b"null", b"[]", b"7"]


@pytest.mark.parametrize("raw", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_body_is_never_a_fault_of_ours(client: APIClient, raw: bytes) -> None:
    problem_of(send(client, raw), 400)


def test_a_body_that_is_too_large_or_of_another_kind(client: APIClient) -> None:
    assert problem_of(send(client, b" " * 140_000), 413)["code"] == "payload_too_large"
    assert problem_of(send(client, b"amount=1", "text/plain"), 415)["code"] == "unsupported_media_type"


def test_an_unknown_path_and_a_wrong_method(client: APIClient) -> None:
    assert problem_of(client.get("/api/v1/nowhere"), 404)["code"] == "not_found"
    refused = client.get("/api/shape")
    assert problem_of(refused, 405)["code"] == "method_not_allowed"
    assert "POST" in refused["Allow"]


def test_a_fault_of_ours_has_an_incident_and_leaks_nothing(client: APIClient) -> None:
    answer = client.post("/api/work", {"break": True}, format="json")
    body = problem_of(answer, 500)
    assert len(body["incident"]) == 32
    assert "hunter2" not in answer.content.decode()
