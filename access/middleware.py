"""What every request passes: its line in the log, and, for the admin alone, who is logged in."""

import logging
from typing import Any
from uuid import uuid4

import structlog
from asgiref.sync import iscoroutinefunction
from corsheaders import middleware as cors
from django.contrib.auth import middleware as auth
from django.contrib.messages import middleware as messages
from django.contrib.sessions import middleware as sessions
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_vary_headers
from django_structlog.middlewares import RequestMiddleware as LoggingMiddleware
from django_structlog.signals import bind_extra_request_finished_metadata
from structlog.contextvars import bind_contextvars, clear_contextvars

from access.addresses import client_address
from access.request_log import request_logged

ADMIN = "/admin/"
log = structlog.get_logger(__name__)


class RequestMiddleware(LoggingMiddleware):
    """Binds `request_id` and `ip` for log lines and the audit trail, and writes one line when the request is done.

    The library's own reading believes any `X-Forwarded-For`, and what it does for each request costs more than a quote does.
    Streams, and requests that ended in an exception, are logged by the library.
    """

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        self._is_async = iscoroutinefunction(get_response)  # the library asks at each request

    def __call__(self, request: HttpRequest) -> Any:
        if self._is_async:
            return self.__acall__(request)
        self.prepare(request)
        response: Any = self.get_response(request)
        self.handle_response(request, response)
        return response

    def prepare(self, request: HttpRequest) -> None:
        """A client may name his request himself; one line tells all of it, that it began is told at the level debug."""
        request_id = request.META.get("HTTP_X_REQUEST_ID") or str(uuid4())
        bind_contextvars(request_id=request_id, ip=client_address(request.META))
        if log.is_enabled_for(logging.DEBUG):
            log.debug("request_started", request=self.format_request(request))

    def handle_response(self, request: HttpRequest, response: HttpResponseBase) -> None:
        """Write the line, and forget the request."""
        if response.streaming or hasattr(request, "_raised_exception"):
            super().handle_response(request, response)  # type: ignore[arg-type]  # of a stream it says so, and takes it
            return
        user = getattr(request, "user", None) if not hasattr(request, "session") else None
        if user is not None:
            bind_contextvars(user_id=user.pk)
        else:  # the library looks at an operator without making his session a used one
            self.bind_user_id(request)
        user_agent = request.META.get("HTTP_USER_AGENT")
        request_logged(request=self.format_request(request), user_agent=user_agent, code=response.status_code)
        clear_contextvars()


@receiver(bind_extra_request_finished_metadata)
def tell_user_agent(request: HttpRequest, log_kwargs: dict[str, Any], **_: Any) -> None:
    """What the library logs tells as much as our own line."""
    log_kwargs["user_agent"] = request.META.get("HTTP_USER_AGENT")


class CorsMiddleware(cors.CorsMiddleware):
    """For a request that comes from no web page there is nothing to look up; caches are told all the same."""

    def __call__(self, request: HttpRequest) -> Any:
        if self.async_mode or "HTTP_ORIGIN" in request.META or request.method == "OPTIONS":
            return super().__call__(request)
        response: Any = self.get_response(request)
        patch_vary_headers(response, ("origin",))
        return response


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
