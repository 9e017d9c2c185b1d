"""Making, rotating, checking and revoking API keys; the audit trail."""

import hmac
import secrets
from collections.abc import Iterable
from contextvars import ContextVar
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NotRequired, TypedDict, Unpack

import structlog
from django.db import transaction
from django.utils import timezone

from access.addresses import network_read
from access.errors import ApiKeyNotFound, ApiKeyRefused
from access.key_cache import KeyCache
from access.keys import PREFIX_BYTES, RANDOM_BYTES, key_hash, key_prefix, key_text
from access.masking import masked
from access.models import ActorKind, ApiKey, AuditEntry
from access.rows import rows_insert
from access.scopes import SCOPES, unknown_scopes
from access.selectors import api_key_by_prefix, api_key_of_owner

CACHE_SECONDS = 10.0
MAX_NAME = 80
MAX_NETWORKS = 100
LONGEST_NAME = 80
"""Of an actor or a target in the trail. A username may be longer."""
OVERLAP = timedelta(hours=24)
LONGEST_OVERLAP = timedelta(days=90)
_keys = KeyCache(api_key_by_prefix, life=CACHE_SECONDS)
_owners = KeyCache(api_key_of_owner, life=CACHE_SECONDS)

caller_recorded: ContextVar[bool] = ContextVar("caller_recorded", default=False)
"""Whether the request under way has an audit row of its caller's already."""
operator_recorded: ContextVar[bool] = ContextVar("operator_recorded", default=False)
"""Whether the console's request under way has one of its operator's."""


@transaction.atomic
def api_key_create(
    *,
    name: str,
    scopes: Iterable[str],
    actor_kind: str,
    actor_id: str,
    expires_at: datetime | None = None,
    note: str = "",
    requests_per_minute: int | None = None,
    allowed_addresses: Iterable[str] = (),
) -> tuple[ApiKey, str]:
    """A new owner's key and its plain text, `1b_<prefix>_<random>`, which is never to be had again. `requests_per_minute`:
    None for the service's limit, 0 for none. Raises `ApiKeyRefused`."""
    wanted = sorted(set(scopes))
    networks = _check(name, wanted, expires_at, requests_per_minute, list(allowed_addresses))
    key, plain = _made(
        name=name,
        scopes=wanted,
        expires_at=expires_at,
        note=note,
        requests_per_minute=requests_per_minute,
        allowed_addresses=networks,
    )
    audit_record(
        action="api_key_created",
        actor_kind=actor_kind,
        actor_id=actor_id,
        target=key.prefix,
        detail={"name": name, "scopes": wanted, "addresses": networks, "requestsPerMinute": requests_per_minute},
    )
    return key, plain


def _made(**fields: Any) -> tuple[ApiKey, str]:
    plain = key_text(secrets.token_bytes(PREFIX_BYTES + RANDOM_BYTES))
    return ApiKey.objects.create(prefix=str(key_prefix(plain)), key_hash=key_hash(plain), **fields), plain


def _check(
    name: str, scopes: list[str], expires_at: datetime | None, requests_per_minute: int | None, addresses: list[str]
) -> list[str]:
    """The networks, as CIDR has them."""
    faults = []
    if not 1 <= len(name) <= MAX_NAME:
        faults.append({"field": "name", "message": f"must have 1 to {MAX_NAME} characters"})
    if not scopes or unknown_scopes(scopes):
        unknown = ", ".join(unknown_scopes(scopes)) or "none were given"
        faults.append({"field": "scopes", "message": f"must be some of {', '.join(SCOPES)}; unknown: {unknown}"})
    if expires_at is not None and expires_at <= timezone.now():
        faults.append({"field": "expiresAt", "message": "must be in the future"})
    if requests_per_minute is not None and not 0 <= requests_per_minute <= 2**31 - 1:
        faults.append({"field": "requestsPerMinute", "message": "must be 0 (no limit) or more"})
    networks = _networks(addresses, faults)
    if faults:
        told = "; ".join(f"{fault['field']} {fault['message']}" for fault in faults)
        raise ApiKeyRefused(f"the key was not made: {told}", errors=faults)
    return networks


def _networks(addresses: list[str], faults: list[dict[str, str]]) -> list[str]:
    if len(addresses) > MAX_NETWORKS:
        faults.append({"field": "allowedAddresses", "message": f"may have {MAX_NETWORKS} networks"})
        return []
    found = []
    for text in addresses:
        try:
            found.append(network_read(text))
        except ValueError as error:
            faults.append({"field": "allowedAddresses", "message": str(error)})
    return sorted(set(found))


@transaction.atomic
def api_key_rotate(
    *,
    prefix: str,
    actor_kind: str,
    actor_id: str,
    overlap: timedelta = OVERLAP,
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """A key's successor and its plain text: the same owner, scopes, limit and addresses. The old key works on for `overlap`,
    at most until its own expiry. Without `expires_at` the successor lives as long as the old key was meant to.

    Raises `ApiKeyNotFound`, and `ApiKeyRefused` for a key that is not live or has a successor already.
    """
    old = _locked(prefix)
    now = timezone.now()
    if expires_at is None and old.expires_at is not None:
        expires_at = now + (old.expires_at - old.created_at)
    _check_rotation(old, overlap, expires_at)
    carried = ("name", "scopes", "owner", "note", "requests_per_minute", "allowed_addresses")
    key, plain = _made(expires_at=expires_at, **{name: getattr(old, name) for name in carried})
    old.successor, old.expires_at = key, min(old.expires_at or now + overlap, now + overlap)
    old.save(update_fields=["successor", "expires_at"])
    detail = {"successor": key.prefix, "owner": key.owner, "oldKeyEnds": old.expires_at.isoformat()}
    audit_record(action="api_key_rotated", actor_kind=actor_kind, actor_id=actor_id, target=prefix, detail=detail)
    _forget(old)
    return key, plain


def _check_rotation(old: ApiKey, overlap: timedelta, expires_at: datetime | None) -> None:
    if not old.is_live:
        raise ApiKeyRefused(f"the key {old} is not live any more, and has no successor: make a new key")
    if old.successor is not None:
        raise ApiKeyRefused(f"the key {old} was rotated already: rotate its successor {old.successor.prefix}")
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise ApiKeyRefused(f"the overlap must be 0 to {LONGEST_OVERLAP.days} days")
    if expires_at is not None and expires_at <= timezone.now():
        raise ApiKeyRefused("the successor's expiry must be in the future")


@transaction.atomic
def api_key_revoke(*, prefix: str, actor_kind: str, actor_id: str) -> ApiKey:
    """Make a key, and the tokens issued for it, worthless; other processes follow within `CACHE_SECONDS`. A key that is
    revoked already stays as it is; other keys of its owner go on. Raises `ApiKeyNotFound`."""
    key = _locked(prefix)
    if key.revoked_at is None:
        key.revoked_at = timezone.now()
        key.save(update_fields=["revoked_at"])
        audit_record(action="api_key_revoked", actor_kind=actor_kind, actor_id=actor_id, target=prefix)
        _forget(key)
    return key


@transaction.atomic
def api_key_owner_revoke(*, prefix: str, actor_kind: str, actor_id: str) -> list[ApiKey]:
    """Revoke every key of the owner of this one. Raises `ApiKeyNotFound`."""
    owner = _locked(prefix).owner
    standing = ApiKey.objects.filter(owner=owner, revoked_at=None).order_by("pk").values_list("prefix", flat=True)
    return [api_key_revoke(prefix=one, actor_kind=actor_kind, actor_id=actor_id) for one in list(standing)]


def _locked(prefix: str) -> ApiKey:
    key = ApiKey.objects.select_for_update().filter(prefix=prefix).first()
    if key is None:
        raise ApiKeyNotFound(f"there is no API key with the prefix {prefix!r}: it is the part between the underscores")
    return key


def _forget(key: ApiKey) -> None:
    transaction.on_commit(partial(_keys.forget, key.prefix))
    transaction.on_commit(partial(_owners.forget, key.owner))


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


def api_key_owner_live(owner: str) -> ApiKey | None:
    """The newest live key of an owner (`ApiKey.owner`, the part of a principal's id after `key:`); None when he has none any
    more. Proves nothing about who asks."""
    key = _owners.get(owner)
    if key is not None and not key.is_live:  # remembered, and over since: another one may stand
        _owners.forget(owner)
        key = _owners.get(owner)
    return key


def _touch(key: ApiKey) -> None:
    """Note the use, to the minute: at most one write a minute and process."""
    minute = timezone.now().replace(second=0, microsecond=0)
    if key.last_used_at is None or key.last_used_at < minute:
        key.last_used_at = minute
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=minute)


class Told(TypedDict):
    """What a row of the audit trail says. `detail` is for people and kept for good: nothing that proves anything, and no body
    of a request, belongs there. A name that is longer than its column is cut: it never keeps anybody from acting."""

    action: str
    actor_kind: str
    actor_id: str
    target: str
    detail: NotRequired[dict[str, Any] | None]
    outcome: NotRequired[str]


def audit_record(**told: Unpack[Told]) -> AuditEntry:
    """Write down who did what, in the transaction that does it: an `audit_entry`, saved."""
    if told["actor_kind"] in (ActorKind.API_KEY, ActorKind.JWT):
        caller_recorded.set(True)
    elif told["actor_kind"] == ActorKind.OPERATOR:
        operator_recorded.set(True)
    entry = audit_entry(**told)
    rows_insert(entry)
    return entry


def audit_entry(**told: Unpack[Told]) -> AuditEntry:
    """Who did what, as a row that is not saved yet. The id and the address of the running request are added."""
    context = structlog.contextvars.get_contextvars()
    return AuditEntry(
        action=told["action"],
        actor_kind=told["actor_kind"],
        actor_id=told["actor_id"][:LONGEST_NAME],
        target=told["target"][:LONGEST_NAME],
        detail=told.get("detail") or {},
        outcome=told.get("outcome", ""),
        address=str(context.get("ip") or "")[:45],
        request_id=masked(str(context.get("request_id", "")))[:64],  # a client may choose it
    )
