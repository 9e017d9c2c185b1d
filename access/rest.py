"""DRF's face of `access.admission`: who calls, counted, with his limits in every answer's headers."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from access.addresses import client_address
from access.admission import Admission, admit
from access.authentication import CHALLENGE, Principal
from access.errors import ApplicationError, InvalidCredentials


class KeyOrTokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <API key or JWT>`, or `X-API-Key`. A request without either is a stranger's, and counted too."""

    def authenticate(self, request: Request) -> tuple[Principal, None] | None:
        try:
            principal = _admitted(request, _credential(request)).principal
        except InvalidCredentials as error:
            raise AuthenticationFailed(error.detail, code=error.code) from error
        return None if principal is None else (principal, None)

    def authenticate_header(self, request: Request) -> str:
        """RFC 6750, 3.1: the error is named only to those who sent something."""
        return CHALLENGE if not _credential(request) else f'{CHALLENGE}, error="invalid_token"'


class StrangerThrottle(BaseThrottle):
    """Counts the callers of views that ask nobody who he is: the API's description, its pages."""

    def allow_request(self, request: Request, view: Any) -> bool:
        if not request.authenticators:
            _admitted(request, None)
        return True


def _admitted(request: Request, raw: str | None) -> Admission:
    """Let the request in, and put what its caller has left into the answer's headers, also when it is refused."""
    try:
        admission = admit(raw, address=client_address(request._request.META), endpoint=endpoint_of(request))
    except ApplicationError as error:
        _tell(request, error.headers)
        raise
    _tell(request, admission.headers)
    return admission


def _tell(request: Request, headers: dict[str, str]) -> None:
    """`APIView` adds its `headers` to each answer, also to a problem document."""
    view = (request.parser_context or {}).get("view")
    if view is not None:
        view.headers.update(headers)


def endpoint_of(request: Request) -> str:
    """The name of the call, without what stands in its path: `session-execute`; the view's where the path has none."""
    match = request.resolver_match
    if match is None:
        return ""
    return str(match.url_name or getattr(match.func, "__name__", ""))


def _credential(request: Request) -> str | None:
    """What was sent, or None when nothing was: `X-API-Key` before `Authorization: Bearer`."""
    sent = request._request.META  # `headers` would read all of them
    key: str = sent.get("HTTP_X_API_KEY", "").strip()
    if key:
        return key
    scheme, _, value = sent.get("HTTP_AUTHORIZATION", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else None


class KeyOrTokenScheme(OpenApiAuthenticationExtension):
    """How OpenAPI describes it."""

    target_class = "access.rest.KeyOrTokenAuthentication"
    name = ["bearer", "apiKey"]

    def get_security_definition(self, auto_schema: Any) -> Any:
        return [
            {"type": "http", "scheme": "bearer", "description": "an API key or a JWT"},
            {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        ]
