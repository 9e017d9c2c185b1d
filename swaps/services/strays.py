"""Locks of a maker's that are not what was agreed: shown to the operator, never answered, sent back at their expiry.

Anyone can make a lock with a hashlock that he saw. So only those that the session's own maker made, and that our identity may
refund, are sent back, and no more than `MOST` for each session: others would have us pay fees for them.
"""

import structlog
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from chains.events import EventKind
from chains.models import ChainEvent, ChainTransaction, Intent
from chains.services.intents import intent_ensure
from swaps.locks import lock_session
from swaps.models import Leg, StrayLock
from swaps.services.confirmations import final_height
from swaps.services.facts import Gathered
from swaps.services.legs import family_of
from swaps.services.transitions import session_note

log = structlog.get_logger(__name__)
SUBJECT = "stray"
STEP = "refund"
MOST = 3
MAX_ATTEMPTS = 5
SETTLED = (EventKind.LOCK_CLAIMED, EventKind.LOCK_REFUNDED)


def strays_record(gathered: Gathered) -> bool:
    """Write down the strangers among a locked session's locks. Returns whether there was a new one."""
    session, leg = gathered.session, gathered.source.leg
    found = [event for event in gathered.strangers if event.block_height <= final_height(_leg_of(gathered, event))]
    known = set(StrayLock.objects.filter(session=session).values_list("chain_id", "lock_id"))
    new = [event for event in found if (event.chain_id, event.lock_id) not in known]
    noted = False
    for event in new:
        stray = family_of(leg.chain_id).stray(leg, event) if event.chain_id == leg.chain_id else None
        if stray is None or len(known) >= MOST:
            continue
        known.add((event.chain_id, event.lock_id))
        _, noted_now = StrayLock.objects.get_or_create(
            chain_id=event.chain_id,
            lock_id=event.lock_id,
            defaults={
                "session": session,
                "differences": list(stray.differences),
                "refund_from": stray.refund_from,
                "call": stray.call,
            },
        )
        noted = noted or noted_now
        told = {"chain": event.chain_id, "lockId": event.lock_id, "differences": list(stray.differences)}
        session_note(session, cause="stray_lock", data=told)
        log.warning("swap.stray_lock", session=session.pk, **told)
    return noted


def _leg_of(gathered: Gathered, event: ChainEvent) -> Leg:
    """The leg on the event's chain; the source where it is on neither (then it is only looked at)."""
    legs = {view.leg.chain_id: view.leg for view in gathered.views}
    return legs.get(event.chain_id, gathered.source.leg)


def strays_tend() -> int:
    """Order the refund of every stray whose time has come by its chain's final head. Returns how many were ordered."""
    standing = StrayLock.objects.filter(state=StrayLock.State.STANDING)
    due = standing.filter(refund_from__lte=F("chain__final_time_ns") / 10**9, chain__halted_reason="")
    return sum(_tend_one(pk) for pk in due.values_list("pk", flat=True)[:100])


@transaction.atomic
def _tend_one(pk: int) -> bool:
    stray = lock_stray(str(pk))
    if stray.state != StrayLock.State.STANDING:
        return False
    events = ChainEvent.objects.filter(chain=stray.chain, lock_id=stray.lock_id, orphaned_at=None)
    final = events.filter(block_height__lte=stray.chain.final_height or -1)
    if final.filter(kind__in=SETTLED).exists():
        stray.state, stray.settled_at = StrayLock.State.SETTLED, timezone.now()
        stray.save(update_fields=["state", "settled_at"])
        return False
    intent = Intent.objects.filter(subject_type=SUBJECT, subject_id=str(pk)).first()
    given_up = intent is not None and intent.attempts >= MAX_ATTEMPTS
    if given_up or events.filter(kind__in=SETTLED).exists() or not final.exists():
        return False
    intent_ensure(subject_type=SUBJECT, subject_id=str(pk), step=STEP, chain=stray.chain_id, call=stray.call)
    return True


def lock_stray(stray_id: str) -> StrayLock:
    """The stray's row, locked after its session's and before its intent's."""
    lock_session(StrayLock.objects.values_list("session_id", flat=True).get(pk=stray_id))
    return StrayLock.objects.select_for_update(of=("self",), no_key=True).select_related("chain").get(pk=stray_id)


def stray_transaction_changed(sent: ChainTransaction) -> None:
    """Tell the session's clients of the refund."""
    stray = lock_stray(sent.intent.subject_id)
    data = {"step": "stray_refund", "lockId": stray.lock_id, **sent.public_fields()}
    session = lock_session(stray.session_id)
    session_note(session, cause=f"stray_refund:{sent.state}", data={"transaction": data})
