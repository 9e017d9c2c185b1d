"""Making, checking and revoking API keys; the audit trail."""

import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone

from access.errors import ApiKeyNotFound, ApiKeyRefused
from access.key_cache import KeyCache
from access.keys import PREFIX_BYTES, RANDOM_BYTES, key_hash, key_prefix, key_text
from access.models import ApiKey, AuditEntry
from access.scopes import SCOPES, unknown_scopes
from access.selectors import api_key_by_prefix

CACHE_SECONDS = 10.0
MAX_NAME = 80
_keys = KeyCache(api_key_by_prefix, life=CACHE_SECONDS)


@transaction.atomic
def api_key_create(
    *,
    name: str,
    scopes: Iterable[str],
    actor_kind: str,
    actor_id: str,
    expires_at: datetime | None = None,
    note: str = "",
) -> tuple[ApiKey, str]:
    """A new key and its plain text, `1b_<prefix>_<random>`, which is never to be had again. Raises `ApiKeyRefused`."""
    wanted = sorted(set(scopes))
    _check(name, wanted, expires_at)
    plain = key_text(secrets.token_bytes(PREFIX_BYTES + RANDOM_BYTES))
    key = ApiKey.objects.create(
        name=name,
        prefix=str(key_prefix(plain)),
        key_hash=key_hash(plain),
        scopes=wanted,
        expires_at=expires_at,
        note=note,
    )
    audit_record(
        action="api_key_created",
        actor_kind=actor_kind,
        actor_id=actor_id,
        target=key.prefix,
        detail={"name": name, "scopes": wanted},
    )
    return key, plain


def _check(name: str, scopes: list[str], expires_at: datetime | None) -> None:
    faults = []
    if not 1 <= len(name) <= MAX_NAME:
        faults.append({"field": "name", "message": f"must have 1 to {MAX_NAME} characters"})
    if not scopes or unknown_scopes(scopes):
        unknown = ", ".join(unknown_scopes(scopes)) or "none were given"
        faults.append({"field": "scopes", "message": f"must be some of {', '.join(SCOPES)}; unknown: {unknown}"})
    if expires_at is not None and expires_at <= timezone.now():
        faults.append({"field": "expiresAt", "message": "must be in the future"})
    if faults:
        told = "; ".join(f"{fault['field']} {fault['message']}" for fault in faults)
        raise ApiKeyRefused(f"the key was not made: {told}", errors=faults)


@transaction.atomic
def api_key_revoke(*, prefix: str, actor_kind: str, actor_id: str) -> ApiKey:
    """Make a key, and the tokens issued for it, worthless; other processes follow within `CACHE_SECONDS`. A key that is
    revoked already stays as it is. Raises `ApiKeyNotFound`."""
    key = ApiKey.objects.select_for_update().filter(prefix=prefix).first()
    if key is None:
        raise ApiKeyNotFound(f"there is no API key with the prefix {prefix!r}: it is the part between the underscores")
    if key.revoked_at is None:
        key.revoked_at = timezone.now()
        key.save(update_fields=["revoked_at"])
        audit_record(action="api_key_revoked", actor_kind=actor_kind, actor_id=actor_id, target=prefix)
        transaction.on_commit(partial(_keys.forget, prefix))
    return key


def api_key_verify(plain: str) -> ApiKey | None:
    """The live key with this text, or None."""
    prefix = key_prefix(plain)
    key = api_key_live(prefix) if prefix else None
    if key is None or not hmac.compare_digest(key.key_hash, key_hash(plain)):
        return None
    _touch(key)
    return key


def api_key_live(prefix: str) -> ApiKey | None:
    """The key with this prefix if it is neither revoked nor expired. Proves nothing about who asks."""
    key = _keys.get(prefix)
    return key if key is not None and key.is_live else None


def _touch(key: ApiKey) -> None:
    """Note the use, to the minute: at most one write a minute and process."""
    minute = timezone.now().replace(second=0, microsecond=0)
    if key.last_used_at is None or key.last_used_at < minute:
        key.last_used_at = minute
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=minute)


def audit_record(
    *, action: str, actor_kind: str, actor_id: str, target: str, detail: dict[str, Any] | None = None
) -> AuditEntry:
    """Write down who did what, in the transaction that does it. The id of the running request is added."""
    context = structlog.contextvars.get_contextvars()
    return AuditEntry.objects.create(
        action=action,
        actor_kind=actor_kind,
        actor_id=actor_id,
        target=target,
        detail=detail or {},
        request_id=str(context.get("request_id", ""))[:64],
    )
