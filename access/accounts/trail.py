"""Rows of the audit trail for what is done in the console. A service that writes one of its own for the operator knows more
than we do: then ours is left out, as it is for callers of the API (`access/changes.py`)."""

import json
from typing import Any

from django.contrib.admin import ModelAdmin
from django.core.cache import cache
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from redis.exceptions import RedisError

from access.models import ActorKind
from access.services import audit_record, operator_recorded

FAILURES_A_MINUTE = 30
"""Rows of failed logins, for all addresses together; lock-outs bound those of one. More are counted in one row."""


class Trailed(ModelAdmin):  # type: ignore[type-arg]  # not generic at run time
    """Before every admin class: what Django notes in its own log gets its row in the trail, in the same transaction.
    `trails_itself`: the class writes rows that say more, for everything that it changes."""

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        noted = super().log_addition(request, obj, message)
        self._trail(request, "added", obj, message)
        return noted

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        noted = super().log_change(request, obj, message)
        self._trail(request, "changed", obj, message)
        return noted

    def log_deletions(self, request: HttpRequest, queryset: "QuerySet[Any]") -> Any:
        noted = super().log_deletions(request, queryset)
        for obj in queryset:
            self._trail(request, "deleted", obj, "")
        return noted

    def _trail(self, request: HttpRequest, verb: str, obj: Model, message: Any) -> None:
        if getattr(self, "trails_itself", False) or operator_recorded.get():
            return
        name = f"{obj._meta.app_label}.{obj._meta.model_name}"
        detail = {"table": name, "row": str(obj)[:200]} | ({"what": _what(message)} if message else {})
        recorded(request, f"{verb} {obj._meta.model_name}", str(obj.pk), detail, service=False)
        noted: set[str] = getattr(request, "trailed", set())
        request.trailed = noted | {name}  # type: ignore[attr-defined]


def _what(message: Any) -> Any:
    """Names of fields, never their values: one may be a secret."""
    if not isinstance(message, str):
        return message
    try:
        return json.loads(message)
    except ValueError:
        return message[:500]


def recorded(
    request: HttpRequest,
    action: str,
    target: str,
    detail: dict[str, Any] | None = None,
    *,
    actor: str = "",
    service: bool = True,
) -> None:
    """A row for the operator before the page. `service=False`: further changes of this request get rows of their own."""
    before = operator_recorded.get()
    audit_record(
        action=action[:60],
        actor_kind=ActorKind.OPERATOR,
        actor_id=(actor or request.user.get_username())[:80],
        target=target[:80],
        detail=detail,
    )
    if not service:
        operator_recorded.set(before)


def failure_recorded(action: str, name: str) -> None:
    """A row for a login that failed, of somebody whom we need not know; at most `FAILURES_A_MINUTE` of them."""
    count = _counted()
    if count > FAILURES_A_MINUTE + 1:
        return
    crowd = count == FAILURES_A_MINUTE + 1
    audit_record(
        action="logins_failed_many" if crowd else action,
        actor_kind=ActorKind.SYSTEM,
        actor_id="login",
        target="" if crowd else name[:80],
        detail={"more": "further ones of this minute are not listed"} if crowd else None,
    )


def _counted() -> int:
    """Which one of this minute it is; without Redis always the first, for a row too many is better than none."""
    key = f"login-failures:{timezone.now():%Y%m%d%H%M}"
    try:
        cache.add(key, 0, timeout=120)
        return cache.incr(key)
    except (RedisError, OSError, ValueError):
        return 1
