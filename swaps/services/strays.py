"""Locks beside a swap's own: shown to the operator, never answered, sent back at their expiry.

A maker's lock is known by the session's hashlock, or by its salt where its hashlock is wrong. Anyone can make one with what he
saw. So only those that the session's own maker made, and that our identity may refund, are sent back, and no more than
`MOST` for each session: others would have us pay fees for them.

An escrow on the destination can be made by anyone as we make it, from his own money. Where the swap went on with his, ours is a
stray as well, known by our own transaction: it comes home, however many others there are.
"""

from typing import Any

import structlog
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from chains.events import EventKind
from chains.models import Chain, ChainEvent, ChainTransaction, Intent
from chains.selectors import events_of_lock, own_hashes
from chains.services.intents import intent_ensure
from swaps.locks import lock_session
from swaps.machine import Payout
from swaps.models import Leg, StrayLock
from swaps.selectors import is_reviewed
from swaps.services.confirmations import final_height
from swaps.services.effects import EFFECT_BLOCKS
from swaps.services.facts import Gathered, facts_gather, payout_of
from swaps.services.legs import Stray, family_of
from swaps.services.transitions import session_note

log = structlog.get_logger(__name__)
SUBJECT = "stray"
REFUND, PAY = "refund", "pay"
MOST = 3
AT_ONCE = 100
TOLD_AFTER = 5  # attempts
NOT_BACK = "a lock that is not what was agreed does not go back"
SETTLED = (EventKind.LOCK_CLAIMED, EventKind.LOCK_REFUNDED)


def strays_record(gathered: Gathered) -> bool:
    """Write down the maker's and our own among a locked session's strangers. Returns whether there was a new one."""
    session = gathered.session
    found = [event for event in gathered.strangers if event.block_height <= final_height(_leg_of(gathered, event))]
    if not found:
        return False
    known = set(StrayLock.objects.filter(session=session).values_list("chain_id", "lock_id"))
    makers = sum(chain == session.source_chain_id for chain, _ in known)
    noted = False
    for event, stray in _strays_among(gathered, [one for one in found if (one.chain_id, one.lock_id) not in known]):
        if event.chain_id == session.source_chain_id:
            if makers >= MOST:
                continue
            makers += 1
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


def _strays_among(gathered: Gathered, events: list[ChainEvent]) -> list[tuple[ChainEvent, Stray]]:
    """Those that we may send back: on the source the maker's, on the destination what our own transactions made."""
    source, destination = gathered.source.leg, gathered.destination.leg
    there = [event for event in events if event.chain_id == destination.chain_id]
    ours = own_hashes(destination.chain_id, {event.tx_hash for event in there}) if there else set()
    mine = [(destination, event) for event in there if event.tx_hash in ours]
    his = [(source, event) for event in events if event.chain_id == source.chain_id]
    told = [(event, family_of(leg.chain_id).stray(leg, event)) for leg, event in (*his, *mine)]
    return [(event, stray) for event, stray in told if stray is not None]


def _leg_of(gathered: Gathered, event: ChainEvent) -> Leg:
    """The leg on the event's chain; the source where it is on neither (then it is only looked at)."""
    legs = {view.leg.chain_id: view.leg for view in gathered.views}
    return legs.get(event.chain_id, gathered.source.leg)


def strays_tend() -> int:
    """Order what sends back every stray whose time has come by its chain's final head. Returns how many were ordered.

    It is tried for ever, ever more seldom: a token may be paused for long. By chance, so that many that do not get on keep
    no other waiting.
    """
    standing = StrayLock.objects.filter(state=StrayLock.State.STANDING)
    due = standing.filter(refund_from__lte=F("chain__final_time_ns") / 10**9, chain__halted_reason="")
    return sum(_tend_one(pk) for pk in due.order_by("?").values_list("pk", flat=True)[:AT_ONCE])


@transaction.atomic
def _tend_one(pk: int) -> bool:
    stray = lock_stray(str(pk))
    if stray.state != StrayLock.State.STANDING:
        return False
    height = stray.chain.final_height if stray.chain.final_height is not None else -1
    events = list(events_of_lock(stray.chain_id, stray.lock_id))
    final = [event for event in events if event.block_height <= height]
    payout = payout_of(stray.chain_id, final)
    if payout is Payout.PAID:
        stray.state, stray.settled_at = StrayLock.State.SETTLED, timezone.now()
        stray.save(update_fields=["state", "settled_at"])
        return False
    if payout is Payout.FAILED:
        return _order(stray, PAY, {**stray.call, "method": PAY}, height)
    if not final or any(event.kind in SETTLED for event in events) or _is_leg(stray):
        return False
    return _order(stray, REFUND, stray.call, height)


def _is_leg(stray: StrayLock) -> bool:
    """Whether a reorg has made it the session's own lock: that one is settled by the session."""
    views = facts_gather(stray.session, wall=timezone.now()).views
    legs = {(view.leg.chain_id, view.recognised.lock_id) for view in views if view.recognised}
    return (stray.chain_id, stray.lock_id) in legs


def _order(stray: StrayLock, step: str, call: dict[str, Any], final_height: int) -> bool:
    """Have it sent, again if it failed before, and tell an operator after some failures."""
    intent = Intent.objects.filter(subject_type=SUBJECT, subject_id=str(stray.pk), step=step).first()
    if intent is not None and intent.state == Intent.State.DONE:
        _reopen(intent, final_height)
    if intent is not None and intent.attempts >= TOLD_AFTER:
        _tell(stray, step)
    intent_ensure(
        subject_type=SUBJECT, subject_id=str(stray.pk), step=step, chain=stray.chain_id, call=call, patient=True
    )
    return True


def _reopen(intent: Intent, final_height: int) -> None:
    """One that succeeded has failed when its effect would have been read by now: a payment may end like that."""
    sent = intent.transactions.filter(state=ChainTransaction.State.SUCCEEDED).order_by("-pk").first()
    if sent is None or intent.chain.family == Chain.Family.EVM:
        return
    if final_height > (sent.block_height or 0) + EFFECT_BLOCKS:
        intent.state = Intent.State.REVERTED
        intent.last_error = "its transaction succeeded without the effect it was for"
        intent.save(update_fields=["state", "last_error", "updated_at"])


def _tell(stray: StrayLock, step: str) -> None:
    """Show it on the session, once for all its strays."""
    session = lock_session(stray.session_id)
    told = f"{NOT_BACK}: {step} of {stray.lock_id} on {stray.chain_id} fails again and again"[:200]
    if session.attention.startswith(NOT_BACK) or is_reviewed(session.pk, told):
        return
    session.attention = told
    session_note(session, cause="stray_stands", data={"chain": stray.chain_id, "lockId": stray.lock_id, "step": step})
    log.error("swap.stray_stands", session=session.pk, chain=stray.chain_id, lock=stray.lock_id, step=step)


def lock_stray(stray_id: str) -> StrayLock:
    """The stray's row, locked after its session's and before its intent's."""
    lock_session(StrayLock.objects.values_list("session_id", flat=True).get(pk=stray_id))
    return StrayLock.objects.select_for_update(of=("self",), no_key=True).select_related("chain").get(pk=stray_id)


def stray_transaction_changed(sent: ChainTransaction) -> None:
    """Tell the session's clients of the refund."""
    stray = lock_stray(sent.intent.subject_id)
    step = f"{SUBJECT}_{sent.intent.step}"
    data = {"step": step, "lockId": stray.lock_id, **sent.public_fields()}
    session = lock_session(stray.session_id)
    session_note(session, cause=f"{step}:{sent.state}", data={"transaction": data})
