"""How calls are described in OpenAPI 3.1: `@operation` says everything about a view's method in one place.

Shapes of requests and answers are `TypedDict`s (or any type that msgspec can describe), so that what mypy checks is what is
described. What follows from the house rules is added to every call: who may call it, the headers, and each problem that
it can answer with, by code.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.permissions import AllowAny

from access.codes import PROBLEMS
from access.problems import MEDIA_TYPE, problem
from access.shapes import CHOICES, REF, Problem

EVERYWHERE = ("internal_error", "service_unavailable", "not_acceptable", "rate_limited")
WITH_KEY = ("not_authenticated", "invalid_credentials", "address_not_allowed")
WITH_BODY = ("malformed_json", "validation_error", "payload_too_large", "unsupported_media_type")
WITH_IDEMPOTENCY = ("idempotency_key_invalid", "idempotency_in_progress", "idempotency_key_reused")

HEADERS: dict[str, dict[str, Any]] = {
    "ETag": {
        "description": "weak: names this state of the session. What merely ticks (`clock`) is not part of it.",
        "schema": {"type": "string", "pattern": '^W/"[0-9a-f]+"$'},
    },
    "Idempotent-Replayed": {
        "description": "`true` where the answer is the kept one of an earlier request with this Idempotency-Key.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "RateLimit": {
        "description": "what is left of the caller's limits, and in how many seconds they begin anew",
        "schema": {"type": "string"},
    },
    "RateLimit-Policy": {"description": "the caller's limits and their windows", "schema": {"type": "string"}},
    "Retry-After": {"description": "seconds to wait", "schema": {"type": "string", "pattern": "^[0-9]+$"}},
    "WWW-Authenticate": {"description": "RFC 6750", "schema": {"type": "string"}},
}
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
    OpenApiParameter.HEADER,
    description="A fresh UUID for each thing that shall happen once. The same key and request get the same answer for 24 hours.",
)


@dataclass(frozen=True)
class Operation:
    """What `@operation` noted on a view's method."""

    shapes: tuple[Any, ...]
    problems: tuple[str, ...]
    idempotent: bool = False
    headers: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    links: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    body_optional: bool = False


def operation(
    *,
    id: str,  # noqa: A002  (OpenAPI's word)
    tag: str,
    summary: str,
    description: str = "",
    answers: Mapping[int, Any],
    body: Any = None,
    problems: Iterable[str] = (),
    parameters: Iterable[OpenApiParameter] = (),
    examples: Mapping[str, Any] | None = None,
    answer_examples: Mapping[str, tuple[int, Any]] | None = None,
    headers: Mapping[int, tuple[str, ...]] | None = None,
    links: Mapping[str, Mapping[str, str]] | None = None,
    idempotent: bool = False,
    body_optional: bool = False,
) -> Callable[[Any], Any]:
    """Describe a view's method. `answers` and `body` are shapes (None: no body); `problems` are the codes that are its
    own, beyond those of every call; `examples` are request bodies by name, `answer_examples` (status, body) likewise;
    `links` are the calls that may follow, by id, each with where its parameters stand in the answer."""
    shapes = tuple(shape for shape in (body, *answers.values()) if shape is not None)
    told = Operation(shapes, tuple(problems), idempotent, headers or {}, links or {}, body_optional)

    def decorate(method: Any) -> Any:
        described = extend_schema(
            operation_id=id,
            tags=[tag],
            summary=summary,
            description=description or None,
            parameters=[*parameters, *([IDEMPOTENCY_KEY] if idempotent else [])],
            request={"application/json": _ref(body)} if body is not None else None,
            responses={status: None if shape is None else _ref(shape) for status, shape in answers.items()},
            examples=[*_requests(examples or {}), *_answers(answer_examples or {})],
        )(method)
        described.operation = told
        return described

    return decorate


def _requests(examples: Mapping[str, Any]) -> list[OpenApiExample]:
    return [OpenApiExample(name, value=value, request_only=True) for name, value in examples.items()]


def _answers(examples: Mapping[str, tuple[int, Any]]) -> list[OpenApiExample]:
    return [
        OpenApiExample(name, value=value, response_only=True, status_codes=[str(status)])
        for name, (status, value) in examples.items()
    ]


def _ref(shape: Any) -> dict[str, Any]:
    (schema,), _ = msgspec.json.schema_components([shape], ref_template=REF)
    return schema


class Schema(AutoSchema):
    """drf-spectacular's, completed by what `@operation` noted."""

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        told: Operation | None = getattr(getattr(self.view, self.method.lower(), None), "operation", None)
        if operation is None or told is None:
            return operation
        self._register([*told.shapes, Problem])
        if "requestBody" in operation:
            operation["requestBody"]["required"] = not told.body_optional
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "path":
                parameter.setdefault("description", f"the {parameter['name'].removesuffix('_id')}'s id")
        operation["security"] = self._security(operation.get("security", []))
        for status, response in operation["responses"].items():
            response["description"] = response.get("description") or "as asked"
            names = (*told.headers.get(int(status), ()), "RateLimit", "RateLimit-Policy")
            response["headers"] = self._headers((*names, "Idempotent-Replayed") if told.idempotent else names)
            if told.links and int(status) < 300:
                response["links"] = {
                    name: {"operationId": name, "parameters": dict(found)} for name, found in told.links.items()
                }
        operation["responses"] |= self._problems(self._codes(operation, told))
        return operation

    def _codes(self, operation: dict[str, Any], told: Operation) -> list[str]:
        """Every code that the call may answer with."""
        codes = [*EVERYWHERE, *told.problems]
        if operation["security"]:
            codes += WITH_KEY
        if self._scopes():
            codes.append("insufficient_scope")
        if "requestBody" in operation:
            codes += WITH_BODY
        if told.idempotent:
            codes += WITH_IDEMPOTENCY
        return sorted(set(codes))

    def _scopes(self) -> list[str]:
        scopes = (getattr(permission, "needed_scope", "") for permission in self.view.get_permissions())
        return [scope for scope in scopes if scope]

    def _security(self, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Any one of the schemes, each with the scopes: OpenAPI 3.1 lets every scheme name the roles that a call needs."""
        if any(isinstance(permission, AllowAny) for permission in self.view.get_permissions()):
            return []
        return [{name: self._scopes()} for scheme in found for name in scheme]

    def _problems(self, codes: list[str]) -> dict[str, Any]:
        """One answer for each status, with the codes it may carry and an example of each."""
        by_status: dict[int, list[str]] = {}
        for name in codes:
            by_status.setdefault(PROBLEMS[name].status, []).append(name)
        return {str(status): self._problem(status, names) for status, names in sorted(by_status.items())}

    def _problem(self, status: int, names: list[str]) -> dict[str, Any]:
        told = "\n".join(f"- `{name}`: {PROBLEMS[name].happened} {PROBLEMS[name].todo}" for name in names)
        members = {name: dict(schema) for code in names for name, schema in PROBLEMS[code].members.items()}
        schema = {
            "allOf": [{"$ref": REF.format(name="Problem")}],
            "properties": {"code": {"enum": names}, "status": {"const": status}, **members},
        }
        examples = {name: {"value": problem(status, name, PROBLEMS[name].happened)} for name in names}
        headers = {401: ("WWW-Authenticate",), 429: ("Retry-After",), 503: ("Retry-After",)}.get(status, ())
        answer = {"description": told, "content": {MEDIA_TYPE: {"schema": schema, "examples": examples}}}
        return answer | ({"headers": self._headers(headers)} if headers else {})

    def _headers(self, names: Iterable[str]) -> dict[str, Any]:
        return {name: {"$ref": f"#/components/headers/{name}"} for name in names}

    def _register(self, shapes: Iterable[Any]) -> None:
        """The shapes and all that they are made of, as components."""
        for name, schema in components(shapes).items():
            self.registry.register_on_missing(
                ResolvedComponent(name=name, type=ResolvedComponent.SCHEMA, object=name, schema=schema)
            )


def components(shapes: Iterable[Any]) -> dict[str, dict[str, Any]]:
    """JSON schemas (2020-12) of the shapes and all that they are made of, by name."""
    _, found = msgspec.json.schema_components(list(shapes), ref_template=REF)
    named = {name for name in CHOICES if REF.format(name=name) in str(found)}
    while not named <= found.keys():
        found |= msgspec.json.schema_components([CHOICES[name] for name in named], ref_template=REF)[1]
        named = {name for name in CHOICES if REF.format(name=name) in str(found)}
    for schema in found.values():
        schema.pop("title", None)
        if "description" in schema:
            schema["description"] = inspect.cleandoc(schema["description"])
    return found
