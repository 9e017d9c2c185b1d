"""Taking deliveries that are due, and writing down what became of them.

At most so many are under way at once to one endpoint, by all processes together, and one while it fails. What one endpoint is
told about one subject goes in the order of `seq`: a delivery waits for those before it to arrive or be given up.
The endpoint's row is locked before its deliveries, always.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from access.models import ActorKind
from access.trails import trail
from access.webhooks.models import Attempt, Delivery, Endpoint
from access.webhooks.owners import owner_scopes
from access.webhooks.schedule import next_attempt, quiet_seconds, retry_after_seconds
from access.webhooks.selectors import signing_secrets
from access.webhooks.sending import Outcome
from access.webhooks.services.endpoints import endpoint_switch
from access.webhooks.signatures import headers_of

log = structlog.get_logger(__name__)
PENDING, FAILED, DELIVERED = Delivery.State.PENDING, Delivery.State.FAILED, Delivery.State.DELIVERED
GONE = 410
SETTLED = ("state", "leased_until", "next_attempt_at", "last_status", "last_error", "delivered_at")
ENGINE = "webhooks"


@dataclass(frozen=True)
class Shipment:
    """A delivery in the hands of this process, with all that sending it needs: no database is asked meanwhile."""

    delivery_id: int
    endpoint_id: str
    lease: datetime
    url: str
    headers: dict[str, str]
    body: bytes


def endpoints_due(limit: int) -> list[str]:
    """Some endpoints for which something is due, in no order: none is always first."""
    now = timezone.now()
    ready = Endpoint.objects.filter(enabled=True).exclude(quiet_until__gt=now)
    found = list(ready.filter(Exists(_free(now).filter(endpoint=OuterRef("pk")))).values_list("pk", flat=True))
    random.shuffle(found)
    return found[:limit]


@transaction.atomic
def deliveries_take(endpoint_id: str, most: int) -> list[Shipment]:
    """Lease what is due for an endpoint, as far as its bound and `most` allow. None while another process takes some."""
    rows = Endpoint.objects.select_for_update(skip_locked=True, no_key=True)
    endpoint, now = rows.filter(pk=endpoint_id, enabled=True).first(), timezone.now()
    if endpoint is None or (endpoint.quiet_until and endpoint.quiet_until > now):
        return []
    if owner_scopes(endpoint.owner) is None:
        _disable(endpoint, "the key that it belongs to was revoked or has expired")
        return []
    bound = 1 if endpoint.failing_since else int(settings.WEBHOOKS["concurrency_per_endpoint"])
    under_way = Delivery.objects.filter(endpoint=endpoint, state=PENDING, leased_until__gt=now).count()
    return _lease(endpoint, list(_heads(endpoint, now)[: max(0, min(most, bound - under_way))]), now)


def _free(now: datetime) -> QuerySet[Delivery]:
    """Due, and in nobody's hands."""
    due = Delivery.objects.filter(state=PENDING, next_attempt_at__lte=now)
    return due.filter(Q(leased_until=None) | Q(leased_until__lte=now))


def _heads(endpoint: Endpoint, now: datetime) -> QuerySet[Delivery]:
    """Those of the free ones that are the first of their subject."""
    earlier = Delivery.objects.filter(
        endpoint=endpoint, state=PENDING, subject=OuterRef("subject"), seq__lt=OuterRef("seq")
    )
    free = _free(now).filter(endpoint=endpoint).filter(~Exists(earlier))
    return free.order_by("next_attempt_at", "pk").select_related("message")


def _lease(endpoint: Endpoint, rows: list[Delivery], now: datetime) -> list[Shipment]:
    if not rows:
        return []
    lease = now + timedelta(seconds=2 * settings.WEBHOOKS["timeout_seconds"] + 5)
    for row in rows:
        row.leased_until, row.attempts = lease, row.attempts + 1
    Delivery.objects.bulk_update(rows, ["leased_until", "attempts"])
    secrets = signing_secrets(endpoint.pk, now)
    return [
        Shipment(
            delivery_id=row.pk,
            endpoint_id=endpoint.pk,
            lease=lease,
            url=endpoint.url,
            headers=headers_of(message_id=row.message_id, body=row.message.body, at=now, secrets=secrets),
            body=row.message.body.encode(),
        )
        for row in rows
    ]


@transaction.atomic
def outcomes_record(endpoint_id: str, outcomes: Sequence[tuple[Shipment, Outcome]]) -> None:
    """Write down attempts at one endpoint and what follows from them. Where the lease has passed to another process
    meanwhile, only the attempt is noted; when the endpoint was deleted, nothing."""
    endpoint = Endpoint.objects.select_for_update(no_key=True).filter(pk=endpoint_id).first()
    if endpoint is None:
        return
    rows = Delivery.objects.in_bulk([shipment.delivery_id for shipment, _ in outcomes])
    known = [
        (rows[shipment.delivery_id], shipment, outcome)
        for shipment, outcome in outcomes
        if shipment.delivery_id in rows
    ]
    Attempt.objects.bulk_create(_attempt(delivery, outcome) for delivery, _, outcome in known)
    ours = [(delivery, outcome) for delivery, shipment, outcome in known if delivery.leased_until == shipment.lease]
    for delivery, outcome in ours:
        _settle(endpoint, delivery, outcome, timezone.now())
    Delivery.objects.bulk_update([delivery for delivery, _ in ours], SETTLED)


def _attempt(delivery: Delivery, outcome: Outcome) -> Attempt:
    return Attempt(
        delivery=delivery,
        number=delivery.attempts,
        status=outcome.status,
        error=outcome.error,
        address=outcome.address,
        milliseconds=outcome.milliseconds,
        answer=outcome.body,
    )


def _settle(endpoint: Endpoint, delivery: Delivery, outcome: Outcome, now: datetime) -> None:
    delivery.leased_until = None
    delivery.last_status, delivery.last_error = outcome.status, outcome.error
    retry_after = retry_after_seconds(outcome.retry_after, now) if outcome.retry_after else None
    if outcome.delivered:
        delivery.state, delivery.delivered_at = DELIVERED, now
        _worked(endpoint)
    else:
        at = next_attempt(delivery.attempts, now, chance=random.random(), retry_after=retry_after)
        delivery.state, delivery.next_attempt_at = (FAILED, now) if at is None else (PENDING, at)
        _failed(endpoint, outcome, retry_after, now)
    with trail(delivery.subject):
        log.info(
            "webhooks.attempted",
            endpoint=endpoint.pk,
            message=delivery.message_id,
            attempt=delivery.attempts,
            status=outcome.status,
            error=outcome.error,
            state=str(delivery.state),
        )


def _worked(endpoint: Endpoint) -> None:
    if endpoint.failing_since is not None:
        endpoint.failures, endpoint.failing_since, endpoint.quiet_until = 0, None, None
        endpoint.save(update_fields=["failures", "failing_since", "quiet_until"])


def _failed(endpoint: Endpoint, outcome: Outcome, retry_after: float | None, now: datetime) -> None:
    """Leave the endpoint alone for a while; for good when it says so, or has failed for days. Attempts that were under
    way together count once."""
    if outcome.status == GONE:
        _disable(endpoint, "its receiver answered 410 Gone")
        return
    endpoint.failing_since = endpoint.failing_since or now
    if endpoint.quiet_until is None or endpoint.quiet_until <= now:
        endpoint.failures += 1
    quiet = now + timedelta(seconds=quiet_seconds(endpoint.failures, retry_after))
    endpoint.quiet_until = max(quiet, endpoint.quiet_until or quiet)
    endpoint.save(update_fields=["failures", "failing_since", "quiet_until"])
    if now - endpoint.failing_since >= timedelta(seconds=settings.WEBHOOKS["disable_after_seconds"]):
        _disable(endpoint, f"it has failed since {endpoint.failing_since:%Y-%m-%d %H:%M} UTC: {outcome.error}")


def _disable(endpoint: Endpoint, reason: str) -> None:
    if endpoint.enabled:
        log.warning("webhooks.endpoint_disabled", endpoint=endpoint.pk, owner=endpoint.owner, reason=reason)
    endpoint_switch(endpoint_id=endpoint.pk, enabled=False, reason=reason, actor_kind=ActorKind.SYSTEM, actor_id=ENGINE)


def deliveries_expire() -> int:
    """Give up what could not be delivered within its life; how many there were."""
    now = timezone.now()
    late = Delivery.objects.filter(state=PENDING, give_up_at__lte=now)
    free = late.filter(Q(leased_until=None) | Q(leased_until__lte=now))
    return free.update(state=FAILED, leased_until=None, last_error="its endpoint could not be reached in time")
