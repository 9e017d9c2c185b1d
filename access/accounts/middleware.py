"""What every request to the console passes: the session's limits, and the second factor of those who need one."""

from typing import Any
from urllib.parse import urlencode

from csp.middleware import CSPMiddleware
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.deprecation import MiddlewareMixin

from access.accounts.guard import standing
from access.accounts.sessions import session_over, session_seen
from access.middleware import ADMIN, AdminOnly

API = "/api/v1/"
OPEN = ("login/", "logout/", "second-factor/", "jsi18n/")
"""Below `/admin/`, what somebody may open whose second factor is still to be shown."""


class OperatorMiddleware(AdminOnly, MiddlewareMixin):
    """Ends a session that is over, and lets nobody further whose second factor is missing. After `RequestMiddleware`, so
    that rows of the audit trail know the request."""

    def process_request(self, request: HttpRequest) -> HttpResponseBase | None:
        if not request.user.is_authenticated:
            return None
        shown = standing(request)
        if over := session_over(request.session, pending=shown.is_pending):
            logout(request)
            return _to("admin:login", request, expired=over)
        session_seen(request)
        if not shown.is_pending or request.path_info.removeprefix(ADMIN).startswith(OPEN):
            return None
        return _to("admin:second_factor_enrol" if shown.device is None else "admin:second_factor", request)


class PolicyMiddleware(CSPMiddleware):
    """The content security policy, for what may be a page: a browser shows no document of the API."""

    def __call__(self, request: HttpRequest) -> Any:
        return self.get_response(request) if request.path_info.startswith(API) else super().__call__(request)


def _to(name: str, request: HttpRequest, **more: str) -> HttpResponseBase:
    """To a page, and from there back to where he wanted to go; a form that was posted is lost, and never half done."""
    wanted = request.get_full_path() if request.method == "GET" else reverse("admin:index")
    return redirect(f"{reverse(name)}?{urlencode({**more, 'next': wanted})}")
