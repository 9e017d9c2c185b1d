"""Errors as RFC 9457 problem documents, inside DRF and outside of it.

    {"type": "urn:1balancer:problem:validation_error", "title": "Validation error", "status": 400,
     "code": "validation_error", "detail": "…", "errors": [{"field": "sourceAmount", "message": "…", "code": "invalid"}]}

`code` is stable and is what clients switch on; `detail` is for people. Services raise `ApplicationError`s; this module
renders them, DRF's own exceptions, and what nobody foresaw: a 500 with an incident id, whose text stays in our log.
"""

import re
import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

import structlog
from django.core import signals
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.views import defaults
from drf_standardized_errors.formatter import ExceptionFormatter
from drf_standardized_errors.handler import ExceptionHandler
from drf_standardized_errors.types import ErrorResponse
from rest_framework import exceptions
from rest_framework.response import Response

from access.errors import ApplicationError
from access.masking import masked

__all__ = ["ApplicationError", "exception_handler", "problem", "problem_response"]

log = structlog.get_logger(__name__)
MEDIA_TYPE = "application/problem+json"
FAULTY = "the request has faults; errors[] names each"
OURS = "this is a fault of ours; it was logged under the incident id"

DATABASE_AWAY = (OperationalError, InterfaceError)  # no connection, or one that ended on the way
RETRIABLE = (429, 503)
RETRY_SECONDS = "5"

# DRF's words, where ours say more.
CODES = {
    "parse_error": "malformed_json",
    "authentication_failed": "invalid_credentials",
    "throttled": "rate_limited",
}
WHOLE_BODY = "non_field_errors"
ViewFunction = Callable[..., HttpResponseBase]


def problem(status: int, code: str, detail: str, /, **members: Any) -> dict[str, Any]:
    """A problem document; `members` are its further fields, and cannot replace the standard ones."""
    document = {
        "type": f"urn:1balancer:problem:{code}",
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "code": code,
        "detail": detail,
        "errors": members.get("errors", []),
    }
    return document | {name: value for name, value in members.items() if name not in document}


def problem_response(status: int, code: str, detail: str, /, **members: Any) -> JsonResponse:
    """A problem document as an answer of a plain Django view."""
    return JsonResponse(problem(status, code, detail, **members), status=status, content_type=MEDIA_TYPE)


def camel_case(path: str) -> str:
    """`limit_order.maker_asset` as the API writes it: `limitOrder.makerAsset`."""
    return re.sub(r"(?<=[a-z0-9])_([a-z0-9])", lambda found: found[1].upper(), path)


# Inside DRF


def exception_handler(error: Exception, context: Any) -> Response | None:
    """DRF's `EXCEPTION_HANDLER`: every exception of an API view becomes a problem document, in DEBUG too."""
    response: Response | None = ProblemHandler(error, context).run()
    return response


class Refusal(exceptions.APIException):
    """An `ApplicationError` on its way through DRF."""

    def __init__(self, error: ApplicationError) -> None:
        super().__init__(error.detail, error.code)
        self.status_code = error.status
        self.error = error


class InternalError(exceptions.APIException):
    """What nobody foresaw. `incident` names it in the answer and in the log."""

    status_code = 500
    default_detail = OURS
    default_code = "internal_error"

    def __init__(self) -> None:
        super().__init__()
        self.incident = uuid.uuid4().hex


class ServiceUnavailable(exceptions.APIException):
    """The database does not answer: nothing was done, and the same request may be sent again."""

    status_code = 503
    default_detail = "the database does not answer: nothing was done; send the same request again in a moment"
    default_code = "service_unavailable"


class ProblemHandler(ExceptionHandler):
    """drf-standardized-errors' steps, with our document at the end."""

    def convert_known_exceptions(self, exc: Exception) -> Exception:
        if isinstance(exc, ApplicationError):
            return Refusal(exc)
        if isinstance(exc, DATABASE_AWAY):
            log.error("api.database_away", error=str(exc)[:200])
            return ServiceUnavailable()
        known: Exception = super().convert_known_exceptions(exc)
        return known

    def should_not_handle(self, exc: Exception) -> bool:
        return False

    def convert_unhandled_exceptions(self, exc: Exception) -> exceptions.APIException:
        return exc if isinstance(exc, exceptions.APIException) else InternalError()

    def format_exception(self, exc: exceptions.APIException) -> dict[str, Any]:
        document: dict[str, Any] = ProblemFormatter(exc, self.context, self.exc).run()
        return document

    def get_response(self, exc: exceptions.APIException, data: dict[str, Any]) -> Response:
        headers = self.get_headers(exc) | (exc.error.headers if isinstance(exc, Refusal) else {})
        if exc.status_code in RETRIABLE:
            headers.setdefault("Retry-After", RETRY_SECONDS)
        return Response(data, status=exc.status_code, headers=headers, content_type=MEDIA_TYPE)

    def report_exception(self, exc: exceptions.APIException, response: Response) -> None:
        """Only faults of ours are reported; the signal is what error trackers listen to, and
        one that fails itself does not keep the caller from his answer."""
        if not isinstance(exc, InternalError):
            return
        request = getattr(self.context.get("request"), "_request", None)
        log.error("api.unhandled", incident=exc.incident, exc_info=self.exc)
        signals.got_request_exception.send_robust(sender=None, request=request)


class ProblemFormatter(ExceptionFormatter):
    """From an exception to a problem document."""

    def run(self) -> dict[str, Any]:
        exc = self.exc
        if isinstance(exc, Refusal):
            errors = [{**fault, "code": fault.get("code", "invalid")} for fault in exc.error.errors]
            return problem(exc.status_code, exc.error.code, exc.error.detail, **exc.error.extra | {"errors": errors})
        document: dict[str, Any] = super().run()
        return document

    def format_error_response(self, error_response: ErrorResponse) -> dict[str, Any]:
        status = self.exc.status_code
        if isinstance(self.exc, exceptions.ValidationError):
            return problem(
                status, "validation_error", FAULTY, errors=[_fault(error) for error in error_response.errors]
            )
        if isinstance(self.exc, InternalError):
            return problem(status, "internal_error", OURS, incident=self.exc.incident)
        first = error_response.errors[0]
        return problem(status, CODES.get(first.code, first.code), first.detail)


def _fault(error: Any) -> dict[str, str]:
    path = [step for step in (error.attr or "").split(".") if step != WHOLE_BODY]
    return {"field": camel_case(".".join(path)), "message": error.detail, "code": error.code}


# Outside DRF: Django's handlers, and plain views


def wants_page(request: HttpRequest) -> bool:
    """A browser that looks at anything but the API gets Django's page; everybody else a problem document."""
    return not request.path.startswith("/api/") and "text/html" in request.headers.get("Accept", "")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """`handler400`: a request that Django refused before any view saw it."""
    if wants_page(request):
        return defaults.bad_request(request, exception)
    return problem_response(400, "bad_request", "the request is not valid HTTP for this service")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """`handler403`."""
    if wants_page(request):
        return defaults.permission_denied(request, exception)
    return problem_response(403, "permission_denied", "you may not do this")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """`handler404`: a path that no view has."""
    if wants_page(request):
        return defaults.page_not_found(request, exception)
    return problem_response(404, "not_found", f"there is nothing at {masked(request.path)}")


def server_error(request: HttpRequest) -> HttpResponseBase:
    """`handler500`: Django has logged the exception; the answer carries an id that our log line carries too."""
    if wants_page(request):
        return defaults.server_error(request)
    incident = uuid.uuid4().hex
    log.error("http.unhandled", incident=incident, path=request.path)
    return problem_response(500, "internal_error", OURS, incident=incident)


def allow_methods(*methods: str) -> Callable[[ViewFunction], ViewFunction]:
    """A plain view answers these methods (HEAD goes with GET), and 405 with a problem document to all others."""
    allowed = (*methods, "HEAD") if "GET" in methods else methods

    def decorate(view: ViewFunction) -> ViewFunction:
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method in allowed:
                return view(request, *args, **kwargs)
            detail = f"{request.method} is not allowed here; use {' or '.join(allowed)}"
            response = problem_response(405, "method_not_allowed", detail)
            response["Allow"] = ", ".join(allowed)
            return response

        return checked

    return decorate
