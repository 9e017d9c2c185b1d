"""An audit row for every change that a caller of the API makes, in the transaction that makes it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import transaction
from rest_framework.request import Request
from rest_framework.response import Response

from access.answers import Answer
from access.authentication import Principal, principal_of
from access.models import AuditEntry
from access.rest import endpoint_of
from access.services import Told, audit_entry, audit_record, caller_recorded

NAMES = ("sessionId", "id", "endpointId", "orderHash")
"""Members of an answer that name what was made, in order."""
MAX_TARGET = 80
MAX_ACTION = 60
View = Callable[..., Response | Answer]


def audited(view: View) -> View:
    """Wrap a view's method: what it does and the row that says so stand together or not at all.

    A refusal changes nothing and has no row. A service that writes a row of its own for the caller knows more than we do,
    and ours is left out. `idempotent` includes this; wrap with it alone what needs no `Idempotency-Key`.
    """

    @wraps(view)
    def change(self: Any, request: Request, *args: Any, **kwargs: Any) -> Response | Answer:
        if not changes_something(self):
            return view(self, request, *args, **kwargs)
        with transaction.atomic():
            mark = caller_recorded.set(False)
            try:
                response = view(self, request, *args, **kwargs)
                if response.status_code < 400 and not caller_recorded.get():
                    _record(request, response, kwargs)
            finally:
                caller_recorded.reset(mark)
            return response

    return change


def changes_something(view: Any) -> bool:
    """False for a call that a mere reader's scope opens: whoever may only read changes nothing (a quote is such a call)."""
    scopes = [getattr(permission, "needed_scope", "") for permission in view.get_permissions()]
    return not any(scope.endswith(":read") for scope in scopes)


def change_entry(request: Request, *, target: str, status: int) -> AuditEntry:
    """The row that `audited` would write, not saved: for a service that writes it by one statement with all else, which needs
    no transaction around it."""
    return audit_entry(**_told(request, target, status))


def _record(request: Request, response: Response | Answer, kwargs: dict[str, Any]) -> None:
    audit_record(**_told(request, _target(response, kwargs), response.status_code))


def _told(request: Request, target: str, status: int) -> Told:
    caller = principal_of(request)
    return {
        "action": f"{request.method} {endpoint_of(request)}"[:MAX_ACTION],
        "actor_kind": caller.kind,
        "actor_id": caller.id,
        "target": target[:MAX_TARGET],
        "detail": _detail(caller, request),
        "outcome": str(status),
    }


def _target(response: Response | Answer, kwargs: dict[str, Any]) -> str:
    """What the path names, or what the answer says was made."""
    if kwargs:
        return str(next(iter(kwargs.values())))
    made = response.data if isinstance(response.data, dict) else {}
    return next((str(made[name]) for name in NAMES if made.get(name)), "")


def _detail(caller: Principal, request: Request) -> dict[str, str]:
    """With which of his keys, and on which path. Never the body, nor the query: a secret may be in either."""
    return {"key": caller.key or caller.id, "path": request.path[:200]}
