"""A client that holds every answer to the API's own description: status, media type, headers, and body, with nothing undescribed in it."""

import copy
import re
from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator
from rest_framework.test import APIClient

ROOT = "urn:schema"


@cache
def description() -> dict[str, Any]:
    """The whole description, as `/api/schema` serves it."""
    return dict(SchemaGenerator().get_schema(request=None, public=True))


@cache
def closed() -> dict[str, Any]:
    """The same, in which an object has no member that is not described. What carries on is open by its own word."""
    document = copy.deepcopy(description())
    for name, schema in document["components"]["schemas"].items():
        if schema.get("properties") and "additionalProperties" not in schema and name not in OPEN:
            schema["additionalProperties"] = False
    return document


OPEN = {"Problem"}  # its further members are described beside each status


@cache
def _paths() -> list[tuple[re.Pattern[str], str]]:
    """Every path as a pattern; those without variables first."""
    paths = sorted(description()["paths"], key=lambda path: path.count("{"))
    return [(re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path)), path) for path in paths]


def operation_of(method: str, path: str) -> dict[str, Any] | None:
    """The description of a call, None where there is no such path or method."""
    for pattern, template in _paths():
        if pattern.fullmatch(path):
            found: dict[str, Any] | None = description()["paths"][template].get(method.lower())
            return found
    return None


def check_answer(method: str, path: str, answer: Any) -> None:
    """Raise `AssertionError` unless the answer is as described."""
    operation = operation_of("get" if method == "HEAD" else method, path.partition("?")[0])
    if operation is None:
        assert answer.status_code in (404, 405), f"{method} {path} is not described, and answered {answer.status_code}"
        return
    told = operation["responses"].get(str(answer.status_code))
    assert told is not None, f"{method} {path}: {answer.status_code} is not described: {answer.content[:300]!r}"
    for header in told.get("headers", {}):
        if header in ALWAYS:
            assert header in answer.headers, f"{method} {path} {answer.status_code}: the header {header} is missing"
    _check_body(method, path, answer, told)


ALWAYS = {"ETag", "Retry-After", "WWW-Authenticate"}


def _check_body(method: str, path: str, answer: Any, told: dict[str, Any]) -> None:
    if "content" not in told or method == "HEAD":
        assert not answer.content, f"{method} {path}: a body where none is described"
        return
    media = answer.headers["Content-Type"].partition(";")[0]
    assert media in told["content"], f"{method} {path}: {media} is not described"
    schema = {**closed(), **told["content"][media]["schema"]}
    errors = sorted(Draft202012Validator(schema).iter_errors(answer.json()), key=lambda error: list(error.path))
    assert not errors, f"{method} {path} {answer.status_code}: " + "; ".join(
        f"{error.json_path}: {error.message[:300]}" for error in errors[:5]
    )


class DescribedClient(APIClient):
    """DRF's test client; every answer is checked on its way."""

    def request(self, **request: Any) -> Any:
        answer = super().request(**request)
        path = request["PATH_INFO"] + (f"?{request['QUERY_STRING']}" if request.get("QUERY_STRING") else "")
        if path.startswith("/api/v1/"):
            check_answer(request["REQUEST_METHOD"], path, answer)
        return answer
