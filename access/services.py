"""Making, checking and revoking keys; tokens; the audit trail."""

import hashlib
import hmac
import secrets
import time
from datetime import datetime, timedelta
from typing import Any

import jwt
from django.conf import settings
from django.utils import timezone

from access.models import ApiKey, AuditEntry

SCOPES = ("swaps:read", "swaps:write", "quotes:read", "sessions:all", "*")
CACHE_SECONDS = 10.0
TOKEN_SECONDS = 900
_cache: dict[str, tuple[float, ApiKey]] = {}


def _hash(plain: str) -> str:
    return hashlib.sha256(plain.encode()).hexdigest()


def api_key_create(
    *, name: str, scopes: list[str], expires_at: datetime | None = None, note: str = ""
) -> tuple[ApiKey, str]:
    """A new key and its plain text, `1b_<prefix>_<random>`, which is never to be had again. Raises `ValueError` for an
    unknown scope."""
    unknown = set(scopes) - set(SCOPES)
    if unknown or not scopes:
        raise ValueError(
            f"scopes must be some of {', '.join(SCOPES)}; unknown: {', '.join(sorted(unknown)) or 'none given'}"
        )
    prefix = secrets.token_hex(6)
    plain = f"1b_{prefix}_{secrets.token_urlsafe(32)}"
    key = ApiKey.objects.create(
        name=name, prefix=prefix, key_hash=_hash(plain), scopes=sorted(scopes), expires_at=expires_at, note=note
    )
    return key, plain


def api_key_verify(plain: str) -> ApiKey | None:
    """The valid key with this text, or None. Remembered for some seconds, so that a request costs no query."""
    digest = _hash(plain)
    cached = _cache.get(digest)
    if cached and cached[0] > time.monotonic():
        return cached[1] if cached[1].is_valid else None
    parts = plain.split("_", 2)
    if len(parts) != 3 or parts[0] != "1b":
        return None
    key = ApiKey.objects.filter(prefix=parts[1]).first()
    if key is None or not hmac.compare_digest(key.key_hash, digest) or not key.is_valid:
        return None
    _touch(key)
    _cache[digest] = (time.monotonic() + CACHE_SECONDS, key)
    return key


def _touch(key: ApiKey) -> None:
    now = timezone.now().replace(second=0, microsecond=0)
    if key.last_used_at != now:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)


def api_key_revoke(*, prefix: str) -> bool:
    """Make a key worthless; other processes follow within `CACHE_SECONDS`. False when there is no such valid key."""
    changed = ApiKey.objects.filter(prefix=prefix, revoked_at=None).update(revoked_at=timezone.now())
    for digest, (_, key) in list(_cache.items()):
        if key.prefix == prefix:
            del _cache[digest]
    return changed == 1


def token_issue(*, subject: str, scopes: frozenset[str]) -> tuple[str, int]:
    """A JWT with the same scopes, and its life in seconds."""
    from access.authentication import ALGORITHM, AUDIENCE

    now = timezone.now()
    claims: dict[str, Any] = {
        "sub": subject,
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + timedelta(seconds=TOKEN_SECONDS),
        "scopes": sorted(scopes),
    }
    return jwt.encode(claims, settings.JWT_SECRET, algorithm=ALGORITHM), TOKEN_SECONDS


def audit_record(
    *, action: str, actor_kind: str, actor_id: str, target: str, detail: dict[str, Any] | None = None
) -> AuditEntry:
    """Write down who did what, in the transaction that does it."""
    return AuditEntry.objects.create(
        action=action, actor_kind=actor_kind, actor_id=actor_id, target=target, detail=detail or {}
    )
