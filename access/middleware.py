"""django-structlog's request log, with an address that cannot be forged."""

import structlog
from django.http import HttpRequest
from django_structlog.middlewares import RequestMiddleware as LoggingMiddleware

from access.addresses import client_address


class RequestMiddleware(LoggingMiddleware):
    """Binds `ip` for log lines and the audit trail. The library's own reading believes any `X-Forwarded-For`."""

    @classmethod
    def bind_ip(cls, request: HttpRequest) -> None:
        structlog.contextvars.bind_contextvars(ip=client_address(request.META))
