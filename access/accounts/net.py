"""The net below every page of the console: whatever an operator's request wrote to the database and no row of the audit trail
told of, gets one. So does every file that he takes away."""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponseBase

from access.accounts.trail import recorded
from access.services import operator_recorded

WRITE = re.compile(r'\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+"?(\w+)"?', re.IGNORECASE)
OWN = (
    "django_session",
    "django_admin_log",
    "access_operatorsession",
    "access_auditentry",
    "axes_",
    "auth_user_last_login",
)
"""Tables whose rows are no change of anything: our own notes."""


class _Watch:
    """Notes which tables are written to."""

    def __init__(self) -> None:
        self.tables: set[str] = set()

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        answer = execute(sql, params, many, context)
        found = WRITE.match(str(sql))
        if found and not found[1].startswith(OWN):
            self.tables.add(found[1])
        return answer


def noticed(view: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a page."""

    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        mark = operator_recorded.set(False)
        watch = _Watch()
        try:
            if request.method in ("GET", "HEAD"):
                answer = view(request, *args, **kwargs)
            else:
                with connection.execute_wrapper(watch):
                    answer = view(request, *args, **kwargs)
            _told(request, answer, watch.tables)
        finally:
            operator_recorded.reset(mark)
        return answer

    return page


def _told(request: HttpRequest, answer: HttpResponseBase, tables: set[str]) -> None:
    if not request.user.is_authenticated or operator_recorded.get():
        return
    if tables and not hasattr(request, "trailed"):
        recorded(
            request, f"{request.method} console", request.path, {"tables": sorted(tables), "answer": answer.status_code}
        )
    elif "attachment" in answer.headers.get("Content-Disposition", ""):
        recorded(request, "exported", request.path, {"file": answer.headers["Content-Disposition"][:200]})
