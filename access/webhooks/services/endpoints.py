"""Making, changing and deleting endpoints, and rotating their secrets."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from access.services import audit_record
from access.webhooks import dialing
from access.webhooks.errors import WebhookInvalid, WebhookLimit, WebhookNotFound
from access.webhooks.events import types_of
from access.webhooks.models import Endpoint, Reading, SigningSecret
from access.webhooks.owners import may_be_told
from access.webhooks.selectors import forget_listeners
from access.webhooks.signatures import secret_new
from access.webhooks.targets import TargetRefused, target_of

log = structlog.get_logger(__name__)
LOOK_SECONDS = 3.0
MAX_FILTERS = 50


@transaction.atomic
def endpoint_create(
    *, owner: str, actor_kind: str, scopes: frozenset[str], url: str, events: Iterable[str] = (), description: str = ""
) -> tuple[Endpoint, SigningSecret]:
    """A new endpoint and its secret's row. `scopes` are the caller's: he subscribes to what he may read.
    Raises `WebhookInvalid`, `WebhookLimit`."""
    chosen = filters_check(events, scopes)
    url_check(url)
    _one_at_a_time(owner)
    most = int(settings.WEBHOOKS["max_per_key"])
    if Endpoint.objects.filter(owner=owner).count() >= most:
        raise WebhookLimit(f"a key may have {most} webhook endpoints: delete one that you no longer need")
    endpoint = Endpoint.objects.create(owner=owner, url=url, events=chosen, description=description)
    _, row = secret_new(endpoint.pk)
    row.save()
    _audit("webhook_created", endpoint, actor_kind, owner, {"url": url, "events": chosen})
    transaction.on_commit(forget_listeners)
    return endpoint, row


@transaction.atomic
def endpoint_change(
    *,
    endpoint_id: str,
    owner: str,
    actor_kind: str,
    scopes: frozenset[str],
    url: str | None = None,
    events: Iterable[str] | None = None,
    description: str | None = None,
    enabled: bool | None = None,
) -> Endpoint:
    """Change what is given. Enabling forgets earlier failures. Raises `WebhookNotFound`, `WebhookInvalid`."""
    endpoint = endpoint_lock(endpoint_id, owner)
    if url is not None and url != endpoint.url:
        url_check(url)
        endpoint.url = url
        _forgive(endpoint)
    if events is not None:
        endpoint.events = filters_check(events, scopes)
    if description is not None:
        endpoint.description = description
    if enabled is not None and enabled != endpoint.enabled:
        _switch(endpoint, enabled, "" if enabled else "its owner disabled it")
    endpoint.save()
    detail = {"url": endpoint.url, "events": endpoint.events, "enabled": endpoint.enabled}
    _audit("webhook_changed", endpoint, actor_kind, owner, detail)
    transaction.on_commit(forget_listeners)
    return endpoint


@transaction.atomic
def endpoint_switch(*, endpoint_id: str, enabled: bool, reason: str, actor_kind: str, actor_id: str) -> Endpoint:
    """Enable or disable by somebody else than the owner: an operator, or the engine. Raises `WebhookNotFound`."""
    endpoint = endpoint_lock(endpoint_id)
    if endpoint.enabled != enabled:
        _switch(endpoint, enabled, reason)
        endpoint.save()
        _audit("webhook_enabled" if enabled else "webhook_disabled", endpoint, actor_kind, actor_id, {"reason": reason})
        transaction.on_commit(forget_listeners)
    return endpoint


@transaction.atomic
def endpoint_delete(*, endpoint_id: str, owner: str, actor_kind: str) -> None:
    """Delete it with its deliveries; what is on its way at this moment may still arrive. Raises `WebhookNotFound`."""
    endpoint = endpoint_lock(endpoint_id, owner)
    _audit("webhook_deleted", endpoint, actor_kind, owner, {"url": endpoint.url})
    endpoint.delete()
    if not Endpoint.objects.filter(owner=owner).exists():
        Reading.objects.filter(owner=owner).delete()  # an endpoint that he makes in a year begins with that year
    transaction.on_commit(forget_listeners)


@transaction.atomic
def secret_rotate(
    *, endpoint_id: str, owner: str, actor_kind: str, overlap_seconds: int
) -> tuple[Endpoint, SigningSecret]:
    """A new secret. The one before it signs too, for `overlap_seconds`; an older one signs no more.
    Raises `WebhookNotFound`."""
    endpoint = endpoint_lock(endpoint_id, owner)
    endpoint.secrets.filter(retires_at__isnull=False).delete()
    if overlap_seconds > 0:
        endpoint.secrets.update(retires_at=timezone.now() + timedelta(seconds=overlap_seconds))
    else:
        endpoint.secrets.all().delete()
    _, row = secret_new(endpoint.pk)
    row.save()
    _audit("webhook_secret_rotated", endpoint, actor_kind, owner, {"overlapSeconds": overlap_seconds})
    return endpoint, row


def endpoint_lock(endpoint_id: str, owner: str | None = None) -> Endpoint:
    """The endpoint's row, until the transaction ends: it is locked before its deliveries, always.
    Raises `WebhookNotFound`, also for somebody else's."""
    rows = Endpoint.objects.select_for_update(no_key=True).filter(pk=endpoint_id)
    endpoint = (rows if owner is None else rows.filter(owner=owner)).first()
    if endpoint is None:
        raise WebhookNotFound("you have no webhook endpoint with this id")
    return endpoint


def filters_check(events: Iterable[str], scopes: frozenset[str]) -> list[str]:
    """The filters, sorted, each once. Raises `WebhookInvalid` for one that names no type, or one that needs a scope that
    the caller does not have."""
    chosen = sorted(set(events))
    if len(chosen) > MAX_FILTERS:
        raise WebhookInvalid.of("events", f"at most {MAX_FILTERS}")
    for one in chosen:
        found = types_of(one)
        if not found:
            raise WebhookInvalid.of("events", f"there is no event type {one[:60]!r}: see GET /api/v1/webhooks/events")
        if not any(may_be_told(scopes, kind.name) for kind in found):
            raise WebhookInvalid.of("events", f"{one[:60]!r} needs the scope {found[0].scope}, which this key lacks")
    return chosen


def url_check(url: str) -> None:
    """Refuse what we would never send to, and a host that leads into a private network now. A name that does not resolve
    is taken: it may tomorrow, and is looked at again before each attempt. Raises `WebhookInvalid`."""
    rules = settings.WEBHOOKS
    try:
        target = target_of(url, rules)
        dialing.addresses_of(
            target.host,
            target.port,
            resolve=dialing.system_resolve,
            allowed=rules["allowed_networks"],
            seconds=LOOK_SECONDS,
        )
    except dialing.Unresolved:
        return
    except TargetRefused as error:
        raise WebhookInvalid.of("url", str(error)) from error


def _switch(endpoint: Endpoint, enabled: bool, reason: str) -> None:
    endpoint.enabled = enabled
    endpoint.disabled_reason = reason[:200]
    endpoint.disabled_at = None if enabled else timezone.now()
    if enabled:
        _forgive(endpoint)
    log.info("webhooks.switched", endpoint=endpoint.pk, enabled=enabled, reason=reason)


def _forgive(endpoint: Endpoint) -> None:
    endpoint.failures, endpoint.failing_since, endpoint.quiet_until = 0, None, None


def _one_at_a_time(owner: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"webhooks:{owner}"])


def _audit(action: str, endpoint: Endpoint, actor_kind: str, actor_id: str, detail: dict[str, Any]) -> None:
    audit_record(action=action, actor_kind=actor_kind, actor_id=actor_id, target=endpoint.pk, detail=detail)
