"""From events to messages and deliveries."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from access.services import audit_record
from access.webhooks.errors import WebhookDisabled
from access.webhooks.events import PING, Event, wanted
from access.webhooks.models import Delivery, Endpoint, Message
from access.webhooks.owners import may_be_told, owner_scopes
from access.webhooks.schedule import LIFE
from access.webhooks.services.endpoints import endpoint_lock


@transaction.atomic
def events_publish(events: Sequence[Event]) -> int:
    """Write down a message for each event whose owner has an endpoint, and a delivery for each enabled one that wants it;
    returns how many deliveries. An event that was published already changes nothing. Owners without an endpoint cost one
    query for all of them."""
    endpoints: dict[str, list[Endpoint]] = {}
    for endpoint in Endpoint.objects.filter(owner__in={event.owner for event in events}):
        endpoints.setdefault(endpoint.owner, []).append(endpoint)
    told = [event for event in events if event.owner in endpoints]
    if not told:
        return 0
    messages = _messages(told)
    scopes = {owner: owner_scopes(owner) or frozenset() for owner in endpoints}
    deliveries = [
        delivery_of(endpoint, message)
        for message in messages
        for endpoint in endpoints[message.owner]
        if endpoint.enabled
        and wanted(endpoint.events, message.type)
        and may_be_told(scopes[message.owner], message.type)
    ]
    Delivery.objects.bulk_create(deliveries, ignore_conflicts=True)
    return len(deliveries)


def _messages(events: Iterable[Event]) -> list[Message]:
    """Those of the events that are new, in their order."""
    rows = [
        Message(owner=event.owner, type=event.type, subject=event.subject, seq=event.seq, body=body_of(event))
        for event in events
    ]
    Message.objects.bulk_create(rows, ignore_conflicts=True)
    stored = set(Message.objects.filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True))
    return [row for row in rows if row.pk in stored]


def body_of(event: Event) -> str:
    """The specification's payload: `type`, `timestamp`, `data`."""
    return _json({"type": event.type, "timestamp": _rfc3339(event.at), "data": event.payload})


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def delivery_of(endpoint: Endpoint, message: Message) -> Delivery:
    """A message on its way to an endpoint, due at once; not saved."""
    now = timezone.now()
    return Delivery(
        endpoint=endpoint,
        message=message,
        subject=message.subject,
        seq=message.seq,
        next_attempt_at=now,
        give_up_at=now + LIFE,
    )


@transaction.atomic
def endpoint_ping(*, endpoint_id: str, owner: str, actor_kind: str) -> Delivery:
    """Send one endpoint a `webhook.ping`. Raises `WebhookNotFound`, `WebhookDisabled`."""
    endpoint = endpoint_lock(endpoint_id, owner)
    if not endpoint.enabled:
        raise WebhookDisabled(f"the endpoint is disabled ({endpoint.disabled_reason}): enable it first")
    last = Message.objects.filter(owner=owner, subject=endpoint.pk).order_by("-seq").first()
    seq = last.seq + 1 if last else 1
    payload = {"webhookId": endpoint.pk, "seq": seq}
    event = Event(owner=owner, type=PING, subject=endpoint.pk, seq=seq, at=timezone.now(), payload=payload)
    message = Message.objects.create(owner=owner, type=PING, subject=endpoint.pk, seq=seq, body=body_of(event))
    delivery = delivery_of(endpoint, message)
    delivery.save()
    audit_record(action="webhook_pinged", actor_kind=actor_kind, actor_id=owner, target=endpoint.pk)
    return delivery
