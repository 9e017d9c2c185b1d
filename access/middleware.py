"""What every request passes: its line in the log, and, for the admin alone, who is logged in."""

from typing import Any

import structlog
from django.contrib.auth import middleware as auth
from django.contrib.messages import middleware as messages
from django.contrib.sessions import middleware as sessions
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponseBase
from django_structlog.middlewares import RequestMiddleware as LoggingMiddleware
from django_structlog.signals import bind_extra_request_finished_metadata

from access.addresses import client_address

ADMIN = "/admin/"


class RequestMiddleware(LoggingMiddleware):
    """Binds `ip` for log lines and the audit trail. The library's own reading believes any `X-Forwarded-For`."""

    @classmethod
    def bind_ip(cls, request: HttpRequest) -> None:
        structlog.contextvars.bind_contextvars(ip=client_address(request.META))


@receiver(bind_extra_request_finished_metadata)
def tell_user_agent(request: HttpRequest, log_kwargs: dict[str, Any], **_: Any) -> None:
    """One line tells all of a request: that it began is told at the level debug."""
    log_kwargs["user_agent"] = request.META.get("HTTP_USER_AGENT")


class AdminOnly:
    """Before one of Django's middlewares: everywhere but in the admin it is passed by. Nobody else has a cookie of ours."""

    get_response: Any

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(ADMIN):
            return self.get_response(request)  # type: ignore[no-any-return]
        return super().__call__(request)  # type: ignore[misc, no-any-return]


class SessionMiddleware(AdminOnly, sessions.SessionMiddleware):
    """The operator's session."""


class AuthenticationMiddleware(AdminOnly, auth.AuthenticationMiddleware):
    """The operator."""


class MessageMiddleware(AdminOnly, messages.MessageMiddleware):
    """What the admin tells him."""
