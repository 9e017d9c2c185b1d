"""Errors as RFC 9457 problem documents: a stable `code`, a sentence, and `errors[]` of {field, message}."""

import uuid
from http import HTTPStatus
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response

log = structlog.get_logger(__name__)
MEDIA_TYPE = "application/problem+json"
CODES: dict[type[Exception], str] = {
    exceptions.ParseError: "malformed_json",
    exceptions.NotAuthenticated: "not_authenticated",
    exceptions.AuthenticationFailed: "invalid_credentials",
    exceptions.PermissionDenied: "permission_denied",
    exceptions.NotFound: "not_found",
    exceptions.MethodNotAllowed: "method_not_allowed",
    exceptions.UnsupportedMediaType: "unsupported_media_type",
    exceptions.NotAcceptable: "not_acceptable",
    exceptions.Throttled: "rate_limited",
}


class ApplicationError(Exception):
    """A refusal that a caller is told of. Apps subclass it with a `code` and an HTTP `status`.

    `detail` says what was wrong, what was expected and what to do; `errors` are [{"field", "message"}]; `extra` are
    further members of the problem document, in camelCase.
    """

    code = "error"
    status = 400

    def __init__(
        self,
        detail: str,
        *,
        code: str = "",
        status: int = 0,
        errors: list[dict[str, str]] | None = None,
        extra: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or self.code
        self.status = status or self.status
        self.errors = errors or []
        self.extra = extra or {}


def problem(status: int, code: str, detail: str, **members: Any) -> dict[str, Any]:
    """A problem document."""
    return {
        "type": f"urn:1balancer:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        **members,
    }


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's hook: every exception of an API view becomes a problem document. An unknown one is logged with an id, and
    its text stays inside."""
    if isinstance(error, ApplicationError):
        body = problem(error.status, error.code, error.detail, errors=error.errors, **error.extra)
        return _response(body)
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if isinstance(error, exceptions.APIException):
        return _of_framework(error)
    incident = uuid.uuid4().hex
    log.error("api.unhandled", incident=incident, exc_info=error)
    detail = "this is a fault of ours; it was logged under the incident id"
    return _response(problem(500, "internal_error", detail, errors=[], incident=incident))


def _of_framework(error: exceptions.APIException) -> Response:
    code = next((code for kind, code in CODES.items() if isinstance(error, kind)), "error")
    errors: list[dict[str, str]] = []
    if isinstance(error, exceptions.ValidationError):
        code, errors = "validation_error", _fields(error.detail)
    detail = str(error.detail) if not errors else "the request has faults; errors[] names each"
    response = _response(problem(error.status_code, code, detail, errors=errors))
    for header, value in (("WWW-Authenticate", getattr(error, "auth_header", "")), ("Retry-After", _wait(error))):
        if value:
            response[header] = value
    return response


def _wait(error: exceptions.APIException) -> str:
    wait = getattr(error, "wait", None)
    return str(int(wait)) if wait else ""


def _fields(detail: Any, name: str = "") -> list[dict[str, str]]:
    if isinstance(detail, dict):
        return [
            fault for key, value in detail.items() for fault in _fields(value, f"{name}.{key}" if name else str(key))
        ]
    if isinstance(detail, list):
        return [fault for value in detail for fault in _fields(value, name)]
    return [{"field": name, "message": str(detail)}]


def _response(body: dict[str, Any]) -> Response:
    return Response(body, status=body["status"], content_type=MEDIA_TYPE)


def not_found(request: HttpRequest, exception: Exception) -> JsonResponse:
    """Django's 404 for paths that no view has."""
    body = problem(404, "not_found", f"there is nothing at {request.path}", errors=[])
    return JsonResponse(body, status=404, content_type=MEDIA_TYPE)
