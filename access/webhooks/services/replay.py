"""Sending again what was sent before: the same messages, under the same `webhook-id`."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from access.services import audit_record
from access.webhooks.errors import WebhookDisabled, WebhookNotFound
from access.webhooks.events import wanted
from access.webhooks.models import Delivery, Endpoint, Message
from access.webhooks.owners import may_be_told, owner_scopes
from access.webhooks.schedule import LIFE
from access.webhooks.services.endpoints import endpoint_lock
from access.webhooks.services.publishing import delivery_of

MOST = 1000


@transaction.atomic
def messages_replay(
    *,
    endpoint_id: str,
    owner: str,
    actor_kind: str,
    subject: str = "",
    since_seq: int | None = None,
    seq: int | None = None,
    since: datetime | None = None,
) -> tuple[int, bool]:
    """Send the owner's kept messages again, oldest first: those of a `subject` (past `since_seq`, or just `seq`), those
    made after `since`, or both. Returns how many, and whether there are more than `MOST`. Messages from before the endpoint
    was made are among them. Raises `WebhookNotFound`, `WebhookDisabled`."""
    endpoint = endpoint_lock(endpoint_id, owner)
    if not endpoint.enabled:
        raise WebhookDisabled(f"the endpoint is disabled ({endpoint.disabled_reason}): enable it first")
    found = Message.objects.filter(owner=owner)
    found = found.filter(subject=subject) if subject else found
    found = found if since_seq is None else found.filter(seq__gt=since_seq)
    found = found if seq is None else found.filter(seq=seq)
    found = found if since is None else found.filter(created_at__gt=since)
    scopes = owner_scopes(owner) or frozenset()
    kept = [
        message
        for message in found.order_by("created_at", "subject", "seq")[: MOST + 1]
        if wanted(endpoint.events, message.type) and may_be_told(scopes, message.type)
    ]
    more, kept = len(kept) > MOST, kept[:MOST]
    _send_again(endpoint, kept)
    audit_record(
        action="webhook_replayed",
        actor_kind=actor_kind,
        actor_id=owner,
        target=endpoint.pk,
        detail={"subject": subject, "sinceSeq": since_seq, "seq": seq, "messages": len(kept)},
    )
    return len(kept), more


@transaction.atomic
def delivery_again(*, delivery_id: int, actor_kind: str, actor_id: str) -> Delivery:
    """Send one delivery again, for an operator. Raises `WebhookNotFound`, `WebhookDisabled`."""
    delivery = Delivery.objects.select_related("message").filter(pk=delivery_id).first()
    if delivery is None:
        raise WebhookNotFound("there is no delivery with this id")
    endpoint = endpoint_lock(delivery.endpoint_id)
    if not endpoint.enabled:
        raise WebhookDisabled(f"the endpoint is disabled ({endpoint.disabled_reason}): enable it first")
    _send_again(endpoint, [delivery.message])
    audit_record(
        action="webhook_redelivered",
        actor_kind=actor_kind,
        actor_id=actor_id,
        target=endpoint.pk,
        detail={"message": delivery.message_id},
    )
    return delivery


def _send_again(endpoint: Endpoint, messages: list[Message]) -> None:
    """What is under way at this moment stays under way; all else becomes as if it were published now."""
    now = timezone.now()
    Delivery.objects.bulk_create([delivery_of(endpoint, message) for message in messages], ignore_conflicts=True)
    chosen = Delivery.objects.filter(endpoint=endpoint, message__in=messages)
    chosen.filter(Q(leased_until=None) | Q(leased_until__lte=now)).update(
        state=Delivery.State.PENDING,
        attempts=0,
        next_attempt_at=now,
        give_up_at=now + LIFE,
        leased_until=None,
        delivered_at=None,
    )
    endpoint.quiet_until = None
    endpoint.save(update_fields=["quiet_until"])
