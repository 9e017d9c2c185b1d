"""From whatever happens later back to the request that caused it: the audit trail names each request that changed a thing,
by the id that its log lines bear. Jobs find it there by the thing that they are about, so that nothing need be handed on.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from structlog.contextvars import bound_contextvars, get_contextvars

from access.models import AuditEntry


def request_behind(target: str, *, until: datetime | None = None) -> str:
    """The id of the last request that changed `target` (a session's id, …), until a moment; empty where none did. One query."""
    rows = AuditEntry.objects.filter(target=target).exclude(request_id="")
    if until is not None:
        rows = rows.filter(at__lte=until)
    return rows.order_by("-at", "-pk").values_list("request_id", flat=True).first() or ""


def requests_about(target: str) -> list[tuple[datetime, str, str]]:
    """Every request that changed `target`: when, which action, and its id in the logs; oldest first."""
    rows = AuditEntry.objects.filter(target=target).exclude(request_id="").order_by("at", "pk")
    return list(rows.values_list("at", "action", "request_id"))


@contextmanager
def trail(subject: str) -> Iterator[None]:
    """Log lines of what follows name the subject, and the request behind it; within a trail of the same, they do."""
    if not subject or get_contextvars().get("subject") == subject:
        yield
        return
    found = request_behind(subject)
    with bound_contextvars(subject=subject, **({"request_id": found} if found else {})):
        yield
