"""Ordering that something be done on a chain, once."""

from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone

from access import tracing
from chains.locks import lock_intent
from chains.models import ChainTransaction, Intent
from chains.registry import registry

log = structlog.get_logger(__name__)
BACKOFF_SECONDS = (2, 5, 15, 30, 60)
SPARE_SECONDS = 2.0
TRIES_LEFT = 8  # that a deadline leaves room for, however long a chain was out of reach
SHORTEST = timedelta(seconds=1)


def backoff(attempts: int, *, patient: bool = False) -> timedelta:
    """How long to wait after so many failed attempts; `patient` goes on growing, to an hour."""
    if patient and attempts > len(BACKOFF_SECONDS):
        return timedelta(seconds=min(3600, 60 * 2 ** min(attempts - len(BACKOFF_SECONDS), 6)))
    return timedelta(seconds=BACKOFF_SECONDS[min(attempts, len(BACKOFF_SECONDS)) - 1] if attempts else 0)


def backoff_before(deadline: datetime | None, failures: int) -> timedelta:
    """The backoff of a call whose effect stops being possible at `deadline`: a fraction of the time left, at most. One
    that sleeps through its deadline is lost, and with a claim the money."""
    wait = backoff(failures)
    if deadline is None or (left := deadline - timezone.now()) <= timedelta(0):
        return wait
    return min(wait, max(SHORTEST, left / TRIES_LEFT))


@transaction.atomic
def intent_ensure(
    *,
    subject_type: str,
    subject_id: str,
    step: str,
    chain: str,
    call: dict[str, Any],
    carries_secret: bool = False,
    deadline: datetime | None = None,
    patient: bool = False,
) -> Intent:
    """The intent of this subject and step, made now if there is none.

    Whoever orders it should send it after the commit (`intent_send`); a job does, `SPARE_SECONDS` later, if he died. One
    whose last transaction failed for good is opened again with this call, after a backoff. `deadline` is when its effect
    stops being possible (a claim's expiry): shortly before, it may cost what the chain's cap allows. `patient` is one
    that loses nothing by waiting ever longer.
    """
    intent, created = Intent.objects.select_for_update(of=("self",), no_key=True).get_or_create(
        subject_type=subject_type,
        subject_id=subject_id,
        step=step,
        defaults={"chain_id": chain, "call": call, "carries_secret": carries_secret, "deadline": deadline},
    )
    if deadline is not None and intent.deadline != deadline:
        intent.deadline = deadline
        intent.save(update_fields=["deadline"])
    if not created and intent.state == Intent.State.REVERTED:
        intent.state = Intent.State.PENDING
        intent.call = call
        wait = backoff(intent.attempts, patient=True) if patient else backoff_before(deadline, intent.attempts)
        intent.not_before = timezone.now() + wait
        intent.save(update_fields=["state", "call", "not_before", "updated_at"])
    elif not created:
        return intent
    else:
        tracing.mark(
            f"intent {step}", subject=subject_id, key=f"intent:{step}", chain=chain, step=step, intent=intent.pk
        )
    intent_defer(intent, seconds=SPARE_SECONDS)
    return intent


@transaction.atomic
def intent_cancel(intent: Intent, *, reason: str) -> Intent:
    """Make an intent impossible that is no longer wanted. Returns it as it stands now; safe to repeat.

    `withdrawn`: nothing of it can land any more, from now on. `done`: it had landed before. `sent`: signed bytes are
    out; a rival with their nonce that does nothing is sent, and only a final block tells which of the two landed: ask
    again then, or hear of it through `registry.transaction_changed`. Locks the subject, then the intent.
    """
    registry.lock_subject(intent)
    locked = lock_intent(intent.pk)
    if locked.state in (Intent.State.DONE, Intent.State.WITHDRAWN) or locked.cancel_requested_at is not None:
        return locked
    locked.cancel_requested_at, locked.cancel_reason = timezone.now(), reason
    if intent_has_open_transaction(locked):
        tend_defer(locked.chain_id)
    else:
        locked.state = Intent.State.WITHDRAWN
    locked.save(update_fields=["cancel_requested_at", "cancel_reason", "state", "updated_at"])
    log.warning("intent.cancel", intent=str(locked), chain=locked.chain_id, state=locked.state, reason=reason)
    return locked


def intent_defer(intent: Intent, *, seconds: float = 0) -> None:
    """Have a worker send it so many seconds from now, or after its backoff; in the transaction that wants it sent."""
    from chains.tasks import send_intent

    due = timezone.now() + timedelta(seconds=seconds)
    if intent.not_before and intent.not_before > due:
        due = intent.not_before
    send_intent.configure(schedule_at=due).defer(intent_id=intent.pk)


def tend_defer(chain: str) -> None:
    """Have a worker look after a chain's transactions, once this database transaction is committed."""
    from chains.tasks import tend_transactions

    tend_transactions.defer(chain=chain)


def intent_has_open_transaction(intent: Intent) -> bool:
    """Whether something signed for it may still land."""
    return intent.transactions.filter(state__in=ChainTransaction.OPEN_STATES).exists()
