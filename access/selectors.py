"""Reading keys and kept answers."""

from datetime import datetime

from access.models import ApiKey, IdempotencyRecord


def api_key_by_prefix(prefix: str) -> ApiKey | None:
    """The key, live or not."""
    return ApiKey.objects.filter(prefix=prefix).first()


def idempotency_record(*, principal: str, key: str, since: datetime) -> IdempotencyRecord | None:
    """The answer kept for this principal's key, if it was given after `since`."""
    return IdempotencyRecord.objects.filter(principal=principal, key=key, created_at__gt=since).first()
