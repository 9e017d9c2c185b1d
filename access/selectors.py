"""Reading keys and kept answers."""

from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone

from access.models import ApiKey, IdempotencyRecord
from access.prepared import Prepared


def _answers_to(principal: str, key: str) -> QuerySet[IdempotencyRecord]:
    return IdempotencyRecord.objects.filter(principal=principal, key=key)


_kept_answers = Prepared(_answers_to, "principal", "key")


def api_key_by_prefix(prefix: str) -> ApiKey | None:
    """The key, live or not."""
    return ApiKey.objects.filter(prefix=prefix).first()


def api_keys_live() -> QuerySet[ApiKey]:
    """Keys that are neither revoked nor expired."""
    return ApiKey.objects.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()), revoked_at=None)


def api_key_of_owner(owner: str) -> ApiKey | None:
    """An owner's newest live key."""
    return api_keys_live().filter(owner=owner).order_by("-pk").first()


def idempotency_record(*, principal: str, key: str, since: datetime) -> IdempotencyRecord | None:
    """The answer kept for this principal's key, if it was given after `since`."""
    kept = _kept_answers.first(principal=principal, key=key)
    return kept if kept is not None and kept.created_at > since else None
