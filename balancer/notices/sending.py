"""Sending messages to operators: rows of the database as a queue, worked off by whichever process lives. Not the job queue's
work: that its workers are dead is what operators most need to hear of."""

import time
from datetime import timedelta

import structlog
from django.db import transaction
from django.utils import timezone

from balancer.models import Delivery
from balancer.notices.targets import Target, libraries_hush, targets
from swaps.models import Alert

log = structlog.get_logger(__name__)
LEASE = timedelta(seconds=60)
"""Who takes a delivery has so long for it; a process that died meanwhile leaves it to the next one."""
PAUSES_SECONDS = (5, 15, 60, 300, 600, 1200, 1800)
"""Between attempts; after the last the message is given up."""
A_TURN_SECONDS = 20.0
REMOVED = "the address is no longer in ALERT_URLS"
REFUSED = "the address did not take it"


def deliver_due() -> int:
    """Send what is due, for a while; how many attempts that were."""
    began, attempts = time.monotonic(), 0
    while time.monotonic() - began < A_TURN_SECONDS and (delivery := _claim()) is not None:
        attempts += 1
        _deliver(delivery)
    return attempts


@transaction.atomic
def _claim() -> Delivery | None:
    waiting = Delivery.objects.filter(sent_at=None, given_up_at=None, due_at__lte=timezone.now())
    delivery = (
        waiting.select_for_update(skip_locked=True, of=("self",)).select_related("notice").order_by("due_at").first()
    )
    if delivery is not None:
        delivery.attempts += 1
        delivery.due_at = timezone.now() + LEASE
        delivery.save(update_fields=["attempts", "due_at"])
    return delivery


def _deliver(delivery: Delivery) -> None:
    target = targets().get(delivery.target)
    if target is None:
        delivery.error, delivery.given_up_at = REMOVED, timezone.now()
    elif send(target, delivery.notice.title, delivery.notice.body, delivery.notice.severity):
        delivery.error, delivery.sent_at = "", timezone.now()
        log.info("notice.sent", notice=delivery.notice_id, to=delivery.label, attempt=delivery.attempts)
    else:
        _put_off(delivery)
    delivery.save(update_fields=["error", "sent_at", "given_up_at", "due_at"])


def _put_off(delivery: Delivery) -> None:
    delivery.error = REFUSED
    if delivery.attempts > len(PAUSES_SECONDS):
        delivery.given_up_at = timezone.now()
        log.error("notice.given_up", notice=delivery.notice_id, to=delivery.label, attempts=delivery.attempts)
    else:
        delivery.due_at = timezone.now() + timedelta(seconds=PAUSES_SECONDS[delivery.attempts - 1])
        log.warning("notice.refused", notice=delivery.notice_id, to=delivery.label, attempt=delivery.attempts)


def send(target: Target, title: str, body: str, severity: str) -> bool:
    """Whether the address took it. Never raises, and logs nothing of the address: apprise's own words, and those of the libraries
    beneath it, tell where they connect to."""
    from apprise import Apprise, NotifyFormat, NotifyType

    libraries_hush()
    types = {Alert.Severity.ERROR: NotifyType.FAILURE, Alert.Severity.WARNING: NotifyType.WARNING}
    try:
        messenger = Apprise()
        messenger.add(target.url)
        kind = types.get(Alert.Severity(severity), NotifyType.INFO)
        return bool(messenger.notify(body=body, title=title, notify_type=kind, body_format=NotifyFormat.TEXT))
    except Exception as error:
        log.warning("notice.failed", to=target.label, error=type(error).__name__)
        return False
