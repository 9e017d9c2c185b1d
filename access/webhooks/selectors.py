"""Reading endpoints, deliveries, and who listens at all."""

import time
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from access.webhooks.errors import WebhookNotFound
from access.webhooks.models import Delivery, Endpoint, SigningSecret
from access.webhooks.signatures import secret_text

LISTENERS_SECONDS = 5.0
_listeners: tuple[float, frozenset[str]] | None = None


def endpoints_of(owner: str) -> QuerySet[Endpoint]:
    """All of an owner's, newest first."""
    return Endpoint.objects.filter(owner=owner)


def endpoint_get(endpoint_id: str, owner: str) -> Endpoint:
    """One of the owner's. Raises `WebhookNotFound`."""
    endpoint = endpoints_of(owner).filter(pk=endpoint_id).first()
    if endpoint is None:
        raise WebhookNotFound("you have no webhook endpoint with this id")
    return endpoint


def deliveries_of(endpoint: Endpoint, *, state: str = "", subject: str = "") -> QuerySet[Delivery]:
    """The log of an endpoint, newest first, with messages."""
    found = Delivery.objects.filter(endpoint=endpoint).select_related("message")
    found = found.filter(state=state) if state else found
    return found.filter(subject=subject) if subject else found


def signing_secrets(endpoint_id: str, now: datetime) -> list[str]:
    """Those that sign at this moment, the newest first."""
    rows = SigningSecret.objects.filter(endpoint_id=endpoint_id).exclude(retires_at__lte=now).order_by("-pk")
    return [secret_text(row) for row in rows]


def secret_shown(endpoint_id: str, owner: str, secret_id: int) -> str | None:
    """A secret, if it is the endpoint's newest one and stands there at all: what a repeated answer shows again."""
    row = SigningSecret.objects.filter(
        pk=secret_id, endpoint_id=endpoint_id, endpoint__owner=owner, retires_at=None
    ).first()
    return None if row is None else secret_text(row)


def listeners() -> frozenset[str]:
    """Owners with an endpoint that is enabled."""
    return frozenset(Endpoint.objects.filter(enabled=True).values_list("owner", flat=True))


def is_listening(owner: str) -> bool:
    """The same for one, as it was at most `LISTENERS_SECONDS` ago: one query in that time and process. For hints only."""
    global _listeners  # noqa: PLW0603  (a cache of the process)
    kept, now = _listeners, time.monotonic()
    if kept is None or kept[0] < now:
        kept = _listeners = (now + LISTENERS_SECONDS, listeners())
    return owner in kept[1]


def forget_listeners() -> None:
    """What `is_listening` remembers in this process is read anew."""
    global _listeners  # noqa: PLW0603
    _listeners = None


def oldest_due_seconds() -> float:
    """How long the delivery that is due longest has waited, of endpoints that may be sent to; 0 without one."""
    now = timezone.now()
    due = Delivery.objects.filter(state=Delivery.State.PENDING, next_attempt_at__lte=now, endpoint__enabled=True)
    oldest = due.exclude(endpoint__quiet_until__gt=now).order_by("next_attempt_at").first()
    return 0.0 if oldest is None else (now - oldest.next_attempt_at).total_seconds()


def delivery_get(endpoint: Endpoint, delivery_id: int) -> Delivery:
    """One of an endpoint's. Raises `WebhookNotFound`."""
    found = deliveries_of(endpoint).prefetch_related("tries").filter(pk=delivery_id).first()
    if found is None:
        raise WebhookNotFound("the endpoint has no delivery with this id")
    return found


def deliveries_about(owner: str, subject: str, *, most: int) -> list[Delivery]:
    """What an owner's endpoints were told of one subject, newest first, with messages and endpoints; one query."""
    found = Delivery.objects.filter(message__owner=owner, message__subject=subject)
    return list(found.select_related("message", "endpoint").order_by("-seq", "-pk")[:most])
