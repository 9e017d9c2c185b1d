"""Ordering that something be done on a chain, once."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from chains.models import ChainTransaction, Intent

BACKOFF_SECONDS = (2, 5, 15, 30, 60)


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
    """The intent of this subject and step, made now if there is none, and handed to a worker on commit.

    One whose last transaction failed for good is opened again with this call, after a backoff.
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
    intent_defer(intent)
    return intent


def intent_defer(intent: Intent) -> None:
    """Have a worker send it, in the transaction that wants it sent; after its backoff, if it has one."""
    from chains.tasks import send_intent

    if intent.not_before and intent.not_before > timezone.now():
        send_intent.configure(schedule_at=intent.not_before).defer(intent_id=intent.pk)
    else:
        send_intent.defer(intent_id=intent.pk)


def intent_has_open_transaction(intent: Intent) -> bool:
    """Whether something signed for it may still land."""
    return intent.transactions.filter(state__in=ChainTransaction.OPEN_STATES).exists()
