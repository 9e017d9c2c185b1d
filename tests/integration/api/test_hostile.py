"""What strangers send: each gets a problem document of its own fault, which names the field where there is one."""

import base64
import gzip
import json
from typing import Any
from urllib.parse import quote

import pytest
from rest_framework.test import APIClient

from swaps.hashlock import hashlock_of
from swaps.models import SwapSession
from tests.integration.swaps.conftest import SEED_BODY

QUOTE_BODY = {
    name: SEED_BODY[name] for name in ("sourceChain", "destinationChain", "sourceToken", "destinationToken")
} | {"amount": "1000000000"}
BODIES = {"/api/v1/sessions": SEED_BODY, "/api/v1/quote": QUOTE_BODY}
TEXT_FIELDS = {
    "/api/v1/sessions": [
        "sourceChain", "destinationChain", "sourceToken", "destinationToken", "sourceAmount", "destinationAmount", "maker",
        "taker", "hashlock", "quoteId", "refundAddress", "confirmationLevel",
    ],
    "/api/v1/quote": ["sourceChain", "destinationChain", "sourceToken", "destinationToken", "amount", "urgency", "kind"],
}  # fmt: skip
FIELDS = [(path, name) for path, names in TEXT_FIELDS.items() for name in names]
WRONG: dict[str, Any] = {
    "a number": 1,
    "a fraction": 1.5,
    "true": True,
    "a list": ["base"],
    "an object": {"$gt": ""},
    "long": "a" * 100_000,
    "a path": "../../../../etc/passwd",
    "an escape": "%00%2e%2e%2f",
    "SQL": "'; DROP TABLE swaps_swapsession; --",
    "a template": "{{7*7}}${7*7}",
    "white": " base ",
    "line ends": "base\r\nX-Admin: 1",
    "other digits": "１２３",
    "another script": "аlice.near",
    "right to left": "\u202eraen.ecila",
    "an emoji": "🧨",
    "2**256": str(2**256),
    "negative": "-1",
    "zeros": "0",
    "an exponent": "1e30",
    "hexadecimal": "0xff",
    "infinity": "Infinity",
    "a URL": "http://169.254.169.254/latest/meta-data",
}


def refused(answer: Any, *statuses: int) -> dict[str, Any]:
    problem: dict[str, Any] = answer.json()
    assert answer.status_code in statuses, problem
    assert answer["Content-Type"] == "application/problem+json"
    assert (problem["status"], problem["type"]) == (answer.status_code, f"urn:1balancer:problem:{problem['code']}")
    assert len(answer.content) < 20_000
    return problem


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_value_names_its_field(api: APIClient, kind: str) -> None:
    for path, name in FIELDS:
        value = WRONG[kind]
        if name == "taker" and kind in ("an exponent", "hexadecimal"):
            continue  # 1e30 and 0xff are account ids on NEAR
        if name == "quoteId" and isinstance(value, str) and len(value) <= 40:
            continue  # shaped like one: not found, below
        answer = api.post(path, {**BODIES[path], name: value}, format="json")
        problem = refused(answer, 400)
        assert name in {error["field"] for error in problem["errors"]}, f"{path} {name}: {problem}"


@pytest.mark.parametrize("value", ["x", "../../quote", "'; --", "quote_" + "a" * 24])
def test_a_quote_that_is_not_there(api: APIClient, value: str) -> None:
    assert (
        refused(api.post("/api/v1/sessions", {**SEED_BODY, "quoteId": value}, format="json"), 404)["code"]
        == "quote_not_found"
    )


@pytest.mark.parametrize("value", [-1, 10_001, 2**256, 1.0, "100", True, [], None])
@pytest.mark.parametrize("path", BODIES)
def test_whole_numbers_have_bounds(api: APIClient, path: str, value: object) -> None:
    problem = refused(api.post(path, {**BODIES[path], "slippageTolerance": value}, format="json"), 400)
    assert [error["field"] for error in problem["errors"]] == ["slippageTolerance"]


@pytest.mark.parametrize("value", [0, 59, 7201, 2**63, -1, "3600", 3600.0, None])
def test_an_expiry_has_bounds(api: APIClient, value: object) -> None:
    problem = refused(api.post("/api/v1/sessions", {**SEED_BODY, "expiresIn": value}, format="json"), 400)
    assert [error["field"] for error in problem["errors"]] == ["expiresIn"]


def _raw(extra: str) -> bytes:
    return (json.dumps(SEED_BODY)[:-1] + f", {extra}}}").encode()


HEX = "0x" + "5e" * 32
NOT_JSON: dict[str, bytes] = {
    "half": b'{"sourceChain": "base"',
    "NaN": _raw('"slippageTolerance": NaN'),
    "Infinity": _raw('"slippageTolerance": Infinity'),
    "-Infinity": _raw('"slippageTolerance": -Infinity'),
    "twice": _raw('"sourceChain": "near"'),
    "twice inside": _raw('"limitOrder": {"a": 1, "a": 2}'),
    "NUL": _raw('"quoteId": "a\\u0000b"'),
    "NUL in a name": _raw('"a\\u0000b": 1'),
    "half a surrogate": _raw('"quoteId": "\\ud800"'),
    "the other half": _raw('"\\udfff": 1'),
    "raw NUL": _raw('"quoteId": "a\0b"'),
    "Latin-1": _raw('"quoteId": "é"').decode().encode("latin-1"),
    "UTF-16": json.dumps(SEED_BODY).encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf" + json.dumps(SEED_BODY).encode(),
    "deep": b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    "deep lists": b"[" * 100_000,
    "a number of 5,000 digits": _raw('"slippageTolerance": ' + "9" * 5_000),
    "a comment": b'{"sourceChain": "base" /* so */}',
    "single quotes": b"{'sourceChain': 'base'}",
    "two bodies": b"{}{}",
}
NO_OBJECT = {"null": b"null", "a list": b"[]", "a text": b'"base"', "a number": b"1", "true": b"true"}


@pytest.mark.parametrize("kind", NOT_JSON)
@pytest.mark.parametrize("path", BODIES)
def test_what_is_no_json(api: APIClient, path: str, kind: str) -> None:
    problem = refused(api.post(path, NOT_JSON[kind], content_type="application/json"), 400)
    assert problem["code"] == "malformed_json"
    assert "byte" in problem["detail"] or "JSON" in problem["detail"]


@pytest.mark.parametrize("path", BODIES)
def test_nothing_is_an_object_without_its_fields(api: APIClient, path: str) -> None:
    problem = refused(api.post(path, b"", content_type="application/json"), 400)
    assert {error["code"] for error in problem["errors"]} == {"required"}


@pytest.mark.parametrize("kind", NO_OBJECT)
@pytest.mark.parametrize("path", BODIES)
def test_what_is_no_object(api: APIClient, path: str, kind: str) -> None:
    problem = refused(api.post(path, NO_OBJECT[kind], content_type="application/json"), 400)
    assert problem["errors"][0]["message"] == "must be an object"


@pytest.mark.parametrize("path", BODIES)
def test_a_body_of_a_megabyte(api: APIClient, path: str) -> None:
    body = json.dumps({**SEED_BODY, "x": "a" * 1_000_000})
    assert refused(api.post(path, body, content_type="application/json"), 413)["code"] == "payload_too_large"


def test_ten_thousand_unknown_fields_are_not_all_told(api: APIClient) -> None:
    answer = api.post("/api/v1/sessions", {**SEED_BODY, **{f"f{n}": 1 for n in range(5_000)}}, format="json")
    assert answer.status_code == 201
    assert len(answer.json()["warnings"]) < 30


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "nonsense",
        "application/json5",
    ],
)
@pytest.mark.parametrize("path", BODIES)
def test_another_content_type(api: APIClient, path: str, content_type: str) -> None:
    problem = refused(api.post(path, json.dumps(BODIES[path]), content_type=content_type), 415)
    assert problem["code"] == "unsupported_media_type"


@pytest.mark.parametrize("charset", ["utf-16", "latin-1", "nonsense"])
def test_another_charset(api: APIClient, charset: str) -> None:
    """JSON is UTF-8 (RFC 8259, 8.1): a body that says otherwise is not guessed at."""
    answer = api.post("/api/v1/sessions", json.dumps(SEED_BODY), content_type=f"application/json; charset={charset}")
    assert refused(answer, 415)["code"] == "unsupported_media_type"


def test_a_gzip_bomb_is_not_unpacked(api: APIClient) -> None:
    bomb = gzip.compress(json.dumps({**SEED_BODY, "x": "0" * 50_000_000}).encode(), 9)
    assert len(bomb) < 128 * 1024
    answer = api.post("/api/v1/sessions", bomb, content_type="application/json", HTTP_CONTENT_ENCODING="gzip")
    assert refused(answer, 415)["code"] == "unsupported_media_type"


PATHS = [
    "/api/v1/sessions/../../admin/",
    "/api/v1/sessions/..%2f..%2fetc%2fpasswd",
    "/api/v1/sessions/%00",
    "/api/v1/sessions/sess_a%00b",
    "/api/v1/sessions/" + "a" * 5_000,
    "/api/v1/sessions/%F0%9F%A7%A8",
    "/api/v1/sessions/%ff%fe",
    "/api/v1/sessions/sess_' OR 1=1",
    "/api/v1/sessions//events",
    "/api/v1//sessions",
    "/api/v1/sessions/x/y/z",
    "/api/v1/quote/%00",
    "/api/v1/quote/" + "q" * 5_000,
]


@pytest.mark.parametrize("path", PATHS)
def test_path_tricks(api: APIClient, path: str) -> None:
    refused(api.get(path), 404)


EDGES = ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31T23:59:60Z", "10000-01-01T00:00:00Z"]
"""Moments that Python reads and cannot bring to UTC, and some that it does not read."""
ZEROS = "000000000001" + "9" * 30
"""A number whose first digits alone are small."""
QUERIES = [
    ("status", "nonsense"), ("status", "completed,nonsense"), ("limit", "0"), ("limit", "201"), ("limit", "-1"), ("limit", "1e3"),
    ("limit", "9" * 500), ("limit", "１"), ("cursor", "nonsense"), ("cursor", "cD1ub25zZW5zZQ=="), ("cursor", "%00"), ("createdFrom", "yesterday"),
    ("createdFrom", "2026-01-01T00:00:00"), ("createdFrom", "2026-13-45T00:00:00Z"), ("createdTo", "0000-00-00T00:00:00Z"),
    ("hashlock", "0x12"), ("route", "base"), ("route", ">"), ("custody", "mine"), ("sourceChain", "mars"), ("maker", "a" * 200),
    ("ids", ",".join(f"sess_{n}" for n in range(101))), ("transaction", "x" * 200), ("maker", "a\0b"), ("ids", "a\0b"),
    ("limit", ZEROS), *(("createdFrom", moment) for moment in EDGES), *(("createdTo", moment) for moment in EDGES),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), QUERIES, ids=lambda value: str(value)[:24])
def test_a_wrong_query_names_its_parameter(api: APIClient, name: str, value: str) -> None:
    problem = refused(api.get("/api/v1/sessions", {name: value}), 400)
    assert name in [error["field"] for error in problem["errors"]]


ELSEWHERE = [
    ("/api/v1/quote/history", "limit", ZEROS),
    ("/api/v1/auctions/quote_" + "a" * 24 + "/profit", "leastMarginBps", ZEROS),
    *(("/api/v1/quote/candles", name, moment) for name in ("from", "to") for moment in EDGES),
]


@pytest.mark.parametrize(("path", "name", "value"), ELSEWHERE, ids=lambda value: str(value)[:40])
def test_a_wrong_query_elsewhere_names_its_parameter(api: APIClient, path: str, name: str, value: str) -> None:
    query = {"pair": "ETH/USDC"} if path.endswith("candles") else {}
    problem = refused(api.get(path, {**query, name: value}), 400)
    assert [error["field"] for error in problem["errors"]] == [name]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"])
def test_the_first_and_the_last_moment_are_moments(api: APIClient, moment: str) -> None:
    for name in ("createdFrom", "createdTo"):
        assert api.get("/api/v1/sessions", {name: moment}).status_code == 200
    for name in ("from", "to"):
        problem = api.get("/api/v1/quote/candles", {"pair": "ETH/USDC", name: moment})
        assert problem.status_code in (200, 400), problem.content


@pytest.mark.parametrize("moment", [*EDGES, "0001-01-01T00:00:00"])
def test_a_cursor_with_a_moment_at_the_edge(api: APIClient, moment: str) -> None:
    """A cursor is the client's to write."""
    for reverse in ("", "r=1&"):
        cursor = base64.b64encode(f"{reverse}p={quote(moment)}".encode()).decode()
        assert api.get("/api/v1/sessions", {"cursor": cursor}).status_code in (200, 400)


@pytest.mark.parametrize("value", ["-1", "x", "1.5", "9" * 40, "１", "\0"])
def test_a_wrong_since(api: APIClient, locked: Any, value: str) -> None:
    problem = refused(api.get(f"/api/v1/sessions/{locked.pk}/events", {"since": value}), 400)
    assert problem["errors"][0]["field"] == "since"


EXECUTE: list[tuple[dict[str, Any], str]] = [
    ({"sourceLock": "mine"}, "sourceLock"),
    ({"sourceLock": {"self": 1}}, "sourceLock"),
    ({"sourceLock": "order"}, "limitOrder"),
    ({"limitOrder": "order"}, "limitOrder"),
    ({"limitOrder": []}, "limitOrder"),
    ({"limitOrder": {"order": {}, "signature": "0x"}}, "limitOrder"),
    ({"limitOrder": {"order": {"salt": -1}, "signature": "0x" + "00" * 65}}, "limitOrder"),
    ({"limitOrder": {"order": [], "signature": 5}}, "limitOrder"),
    ({"confirmationLevel": "never"}, "confirmationLevel"),
    ({"confirmationLevel": ["fast"]}, "confirmationLevel"),
]


@pytest.mark.parametrize(("body", "field"), EXECUTE)
def test_a_wrong_execute(orderable: Any, api: APIClient, body: dict[str, Any], field: str) -> None:
    problem = refused(api.post(f"/api/v1/sessions/{orderable['sessionId']}/execute", body, format="json"), 400)
    assert field in [error["field"] for error in problem["errors"]]


@pytest.mark.parametrize("secret", [1, None, [], {}, "a" * 5_000, "", "0x"])
def test_a_wrong_secret(orderable: Any, api: APIClient, secret: object) -> None:
    problem = refused(
        api.post(f"/api/v1/sessions/{orderable['sessionId']}/secret", {"secret": secret}, format="json"), 400
    )
    assert problem["code"] == "secret_malformed" or problem["errors"][0]["field"] == "secret"


@pytest.mark.parametrize("key", ["", "a" * 256, "ключ", "a\tb"])
def test_a_wrong_idempotency_key(api: APIClient, key: str) -> None:
    answer = api.post("/api/v1/sessions", SEED_BODY, format="json", HTTP_IDEMPOTENCY_KEY=key)
    assert refused(answer, 400)["code"] == "idempotency_key_invalid"


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_another_method(api: APIClient, method: str) -> None:
    answer = getattr(api, method)("/api/v1/sessions")
    refused(answer, 405)
    assert answer["Allow"]


def test_a_cancel_without_a_body_that_can_be_read_calls_nothing_off(api: APIClient, orderable: Any) -> None:
    path = f"/api/v1/sessions/{orderable['sessionId']}/cancel"
    refused(api.post(path, b"\xff\xfe not json", content_type="application/json"), 400)
    bodies: list[Any] = [[], "now", 1]
    for body in bodies:
        assert refused(api.post(path, body, format="json"), 400)["errors"][0]["message"] == "must be an object"
    assert SwapSession.objects.get(pk=orderable["sessionId"]).cancel_requested_at is None
    assert api.post(path).json()["requestWarnings"] == []
    assert SwapSession.objects.get(pk=orderable["sessionId"]).cancel_requested_at is not None


@pytest.mark.parametrize("strict", [False, True])
def test_an_unknown_field_of_a_cancel(api: APIClient, orderable: Any, settings: Any, strict: bool) -> None:
    settings.STRICT_VALIDATION = strict
    answer = api.post(
        f"/api/v1/sessions/{orderable['sessionId']}/cancel", {"reason": "too slow", HEX: "as a name"}, format="json"
    )
    told = refused(answer, 400)["errors"] if strict else answer.json()["requestWarnings"]
    assert [one["field"] for one in told] == ["[hex]", "reason"]
    assert HEX[2:50] not in answer.content.decode()
    assert answer.status_code == (400 if strict else 202)
    assert (SwapSession.objects.get(pk=orderable["sessionId"]).cancel_requested_at is None) is strict


@pytest.mark.parametrize("strict", [False, True])
def test_an_unknown_field_beside_a_secret(api: APIClient, orderable: Any, settings: Any, strict: bool) -> None:
    """A secret that stands where a name belongs is told no more than one in its place."""
    settings.STRICT_VALIDATION = strict
    secret = bytes(range(32))
    SwapSession.objects.filter(pk=orderable["sessionId"]).update(
        status="both_locked", hashlock=hashlock_of(secret, orderable["hashFunction"]).hex()
    )
    body = {
        "secret": "0x" + secret.hex(),
        "secrets": [secret.hex()],
        "0x" + secret.hex(): 1,
        "x" * 40 + secret.hex(): 1,
    }
    answer = api.post(f"/api/v1/sessions/{orderable['sessionId']}/secret", body, format="json")
    assert answer.status_code == (400 if strict else 202), answer.content
    told = answer.json()["errors" if strict else "requestWarnings"]
    assert [one["field"] for one in told] == ["[hex]", "secrets", "x" * 40 + "[hex]"]
    assert secret.hex()[:16] not in answer.content.decode()
