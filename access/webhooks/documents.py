"""Rows of webhooks as the API shows them."""

import json
from datetime import UTC, datetime
from typing import Any, cast

from access.webhooks.events import PING, TYPES
from access.webhooks.models import Attempt, Delivery, Endpoint
from access.webhooks.shapes import (
    Webhook,
    WebhookAttempt,
    WebhookDelivery,
    WebhookDeliveryDetail,
    WebhookEventType,
    WebhookSecret,
)


def rfc3339(moment: datetime) -> str:
    """UTC with a Z and milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else rfc3339(moment)


def webhook_document(endpoint: Endpoint) -> Webhook:
    return {
        "id": endpoint.pk,
        "url": endpoint.url,
        "events": list(endpoint.events),
        "description": endpoint.description,
        "enabled": endpoint.enabled,
        "disabledReason": endpoint.disabled_reason or None,
        "disabledAt": _moment(endpoint.disabled_at),
        "failingSince": _moment(endpoint.failing_since),
        "retriesAt": _moment(endpoint.quiet_until) if endpoint.failing_since else None,
        "createdAt": rfc3339(endpoint.created_at),
        "updatedAt": rfc3339(endpoint.updated_at),
    }


def secret_document(endpoint: Endpoint, secret_id: int) -> WebhookSecret:
    """Without the secret itself: the view adds that to what is sent, after what is kept was kept."""
    return {**webhook_document(endpoint), "secretId": secret_id, "secret": None}


def delivery_document(delivery: Delivery) -> WebhookDelivery:
    pending = delivery.state == Delivery.State.PENDING
    return {
        "id": delivery.pk,
        "messageId": delivery.message_id,
        "type": delivery.message.type,
        "subject": delivery.subject,
        "seq": delivery.seq,
        "state": cast(Any, str(delivery.state)),
        "attempts": delivery.attempts,
        "lastStatus": delivery.last_status or None,
        "lastError": delivery.last_error or None,
        "nextAttemptAt": rfc3339(delivery.next_attempt_at) if pending else None,
        "deliveredAt": _moment(delivery.delivered_at),
        "createdAt": rfc3339(delivery.created_at),
    }


def delivery_detail(delivery: Delivery) -> WebhookDeliveryDetail:
    tries = [attempt_document(one) for one in delivery.tries.all()]
    return {**delivery_document(delivery), "body": json.loads(delivery.message.body), "tries": tries}


def attempt_document(attempt: Attempt) -> WebhookAttempt:
    return {
        "at": rfc3339(attempt.at),
        "status": attempt.status or None,
        "error": attempt.error or None,
        "milliseconds": attempt.milliseconds,
        "answer": attempt.answer,
    }


def event_types() -> list[WebhookEventType]:
    """The table, by name; a ping comes to every endpoint and is not chosen."""
    found = sorted(TYPES.values(), key=lambda one: one.name)
    return [{"type": one.name, "meaning": one.meaning, "scope": one.scope or None} for one in found if one.name != PING]
