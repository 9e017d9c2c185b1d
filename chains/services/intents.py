"""Ordering that something be done on a chain, once."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from chains.models import ChainTransaction, Intent

BACKOFF_SECONDS = (2, 5, 15, 30, 60)
SPARE_SECONDS = 2.0


def backoff(attempts: int) -> timedelta:
    """How long to wait after so many failed attempts."""
    return timedelta(seconds=BACKOFF_SECONDS[min(attempts, len(BACKOFF_SECONDS)) - 1] if attempts else 0)


@transaction.atomic
def intent_ensure(
    *,
    subject_type: str,
    subject_id: str,
    step: str,
    chain: str,
    call: dict[str, Any],
    carries_secret: bool = False,
) -> Intent:
    """The intent of this subject and step, made now if there is none.

    Whoever orders it should send it after the commit (`intent_send`); a job does, `SPARE_SECONDS` later, if he died. One
    whose last transaction failed for good is opened again with this call, after a backoff.
    """
    intent, created = Intent.objects.select_for_update(of=("self",), no_key=True).get_or_create(
        subject_type=subject_type,
        subject_id=subject_id,
        step=step,
        defaults={"chain_id": chain, "call": call, "carries_secret": carries_secret},
    )
    if not created and intent.state == Intent.State.REVERTED:
        intent.state = Intent.State.PENDING
        intent.call = call
        intent.not_before = timezone.now() + backoff(intent.attempts)
        intent.save(update_fields=["state", "call", "not_before", "updated_at"])
    elif not created:
        return intent
    intent_defer(intent, seconds=SPARE_SECONDS)
    return intent


def intent_defer(intent: Intent, *, seconds: float = 0) -> None:
    """Have a worker send it so many seconds from now, or after its backoff; in the transaction that wants it sent."""
    from chains.tasks import send_intent

    due = timezone.now() + timedelta(seconds=seconds)
    if intent.not_before and intent.not_before > due:
        due = intent.not_before
    send_intent.configure(schedule_at=due).defer(intent_id=intent.pk)


def intent_has_open_transaction(intent: Intent) -> bool:
    """Whether something signed for it may still land."""
    return intent.transactions.filter(state__in=ChainTransaction.OPEN_STATES).exists()
