"""Moving a session on: gather facts, let the machine decide, write the decision down. Repeatable at any time.

No node is asked while a row is locked. When the machine wants both locks re-read before the reveal, that happens
between two of these transactions, and its result is a fact like any other.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import structlog
from django.db import transaction
from django.utils import timezone

from access import tracing
from chains.errors import ChainError
from chains.events import EventKind
from chains.models import ChainEvent, ChainTransaction, Intent
from chains.services.intents import intent_ensure
from swaps import vault
from swaps.hashlock import opens
from swaps.locks import lock_session
from swaps.machine import TERMINAL, Decision, Status, Step, decide
from swaps.models import Leg, SwapSession
from swaps.selectors import is_reviewed
from swaps.services import effects, ladders, ledger, liquidity, refunds, strays
from swaps.services.admission import is_admitted, session_admit
from swaps.services.facts import SUBJECT, Gathered, LegView, datetime_of, facts_gather
from swaps.services.legs import family_of
from swaps.services.transitions import session_move, session_note
from swaps.timelocks import latest_destination_expiry

log = structlog.get_logger(__name__)
UNPROVEN_SECONDS = 3  # how soon to look again when a transaction succeeded and its event was not read yet
MAX_STEPS = 12  # more than the longest way through the table
PAY_STEPS = (Step.SOURCE_PAY, Step.DESTINATION_PAY)
CLAIM_STEPS = (Step.DESTINATION_CLAIM, Step.SOURCE_CLAIM)


def session_advance(*, session_id: str) -> Status:
    """Bring a session as far as its facts allow. Returns its status. Safe to run twice, late, or for nothing."""
    for _ in range(MAX_STEPS):
        with tracing.span("swap.decide", subject=session_id) as told:
            turn = _advance_once(session_id)
            if told is not None:
                told.set_attributes({"status": str(turn.decision.status), "changed": turn.changed})
        changed = turn.changed
        if turn.admit:
            changed = session_admit(session_id=session_id) or changed
        if turn.decision.verify:
            changed = _verify(session_id) or changed
        if not changed:
            return turn.decision.status
    log.error("swap.does_not_settle", session=session_id)
    return turn.decision.status


@dataclass(frozen=True)
class _Turn:
    """What was decided, whether it changed anything, and whether the session must be admitted before it goes on."""

    decision: Decision
    changed: bool
    admit: bool = False


@transaction.atomic
def _advance_once(session_id: str) -> _Turn:
    session = lock_session(session_id)
    gathered = facts_gather(session, wall=timezone.now())
    unproven = effects.intents_unproven(gathered)
    changed = _take_in(gathered)
    changed = effects.intents_reopen(session, unproven) or changed
    changed = effects.intents_withdraw(gathered) or changed
    if changed:
        gathered = facts_gather(session, wall=timezone.now())
    facts = gathered.facts
    if facts.status is Status.BOTH_LOCKED:
        facts = ladders.facts_with_margins_today(session, facts)
    decision = decide(facts)
    if Step.DESTINATION_LOCK in decision.steps and not is_admitted(session):
        again_at = timezone.now() + timedelta(seconds=UNPROVEN_SECONDS)
        SwapSession.objects.filter(pk=session.pk).update(wake_at=again_at)
        return _Turn(Decision(facts.status), changed, admit=True)
    if unproven and decision.status not in TERMINAL:
        soon = int(timezone.now().timestamp()) + UNPROVEN_SECONDS
        decision = replace(decision, wake_at=min(soon, decision.wake_at or soon))
    changed = _apply(gathered, decision) or changed
    return _Turn(decision, changed)


# Taking in what the chain shows


def _take_in(gathered: Gathered) -> bool:
    """Record recognised locks, a secret that became public, final movements of money, and strangers."""
    session = gathered.session
    changed = False
    for view in gathered.views:
        changed = _leg_record(view) or changed
        ledger.leg_book(view)
        liquidity.reservation_keep(view)
        refunds.refunds_settle(view)
    changed = _learn_secret(gathered) or changed
    if gathered.source.facts.lock and session.executed_at is None:
        session.executed_at = timezone.now()  # a lock seen earlier counts as execute
        session.source_lock = session.source_lock or SwapSession.SourceLock.SELF
        session.save(update_fields=["executed_at", "source_lock"])
        changed = True
    if gathered.strangers and not session.attention:
        changed = _stranger_tell(session, gathered.strangers[0]) or changed
    changed = strays.strays_record(gathered) or changed
    if gathered.strangers:
        ledger.strays_book(session)
    return changed


def _stranger_tell(session: SwapSession, event: ChainEvent) -> bool:
    told = f"a lock for this session is not what was agreed: {event.chain_id} {event.lock_id}"[:200]
    if is_reviewed(session.pk, told):
        return False
    session.attention = told
    session_note(session, cause="lock_not_recognised", data={"chain": event.chain_id, "lockId": event.lock_id})
    return True


def _leg_record(view: LegView) -> bool:
    leg, found = view.leg, view.recognised
    if found is None or (leg.lock_id, leg.lock_height) == (found.lock_id, view.events[0].block_height):
        return False
    leg.lock_height, leg.lock_tx = view.events[0].block_height, view.events[0].tx_hash
    leg.lock_id, leg.lock_terms = found.lock_id, found.terms
    leg.claim_from, leg.expires_at, leg.refund_from = found.claim_from, found.expires_at, found.refund_from
    leg.verified, leg.verification = None, {}
    leg.save()
    return True


def _learn_secret(gathered: Gathered) -> bool:
    session = gathered.session
    row = getattr(session, "secret", None)
    if row is not None and row.public_at is not None:
        return False
    for view in gathered.views:
        for event in view.events:
            shown = event.payload.get("secret") if event.kind == EventKind.LOCK_CLAIMED else None
            if not shown:
                continue
            secret = bytes.fromhex(str(shown).removeprefix("0x"))
            if opens(secret, bytes.fromhex(session.hashlock), session.hash_function):
                vault.secret_learn(session=session, secret=secret)
                session._state.fields_cache.pop("secret", None)
                return True
    return False


# Writing down what was decided


def _apply(gathered: Gathered, decision: Decision) -> bool:
    session = gathered.session
    before = Status(session.status)
    if gathered.facts.claims.first_step in decision.steps:
        vault.secret_mark_revealed(session)
    ordered = [_order(gathered, step) for step in decision.steps]
    wake_at = datetime_of(decision.wake_at) if decision.wake_at is not None else None
    if decision.reason:
        session.reason = decision.reason
    if decision.status is not before:
        session.wake_at = None if decision.status in TERMINAL else wake_at
        session_move(session, decision.status, cause=decision.reason or str(decision.status))
        if decision.status in TERMINAL:
            _finish(session)
        return True
    if session.wake_at != wake_at:
        session.wake_at = wake_at
        session.save(update_fields=["wake_at"])
    return any(ordered)


def _finish(session: SwapSession) -> None:
    effects.claims_withdraw(session)
    liquidity.reservation_free(session.pk)
    vault.secret_purge(session)


def _order(gathered: Gathered, step: Step) -> bool:
    """Order one step; False when it was ordered before."""
    session = gathered.session
    view = gathered.source if step.value.startswith("source") else gathered.destination
    family = family_of(view.leg.chain_id)
    if step is Step.SOURCE_LOCK:
        assert session.order is not None
        call = session.order["fill"]
    elif step is Step.DESTINATION_LOCK:
        facts = gathered.facts
        latest = latest_destination_expiry(facts.source.expires_at, facts.margins, facts.claims)
        call = family.lock_call(view.leg, latest_expiry=latest, now=gathered.facts.destination_now.latest)
    elif step in CLAIM_STEPS:
        call = family.claim_call(view.leg)
    elif step in PAY_STEPS:
        call = family.pay_call(view.leg)
    else:
        call = family.refund_call(view.leg)
        refunds.refund_open(leg=view.leg, source="expiry", actor="engine", reason=session.reason or "expired")
    intent = intent_ensure(
        subject_type=SUBJECT,
        subject_id=session.pk,
        step=step,
        chain=view.leg.chain_id,
        call=call,
        carries_secret=step in CLAIM_STEPS,
        deadline=datetime_of(view.facts.expires_at) if step in CLAIM_STEPS else None,
        patient=step in PAY_STEPS,
    )
    return intent.state == Intent.State.PENDING and intent.attempts == 0


# Re-reading both locks before the reveal


def _verify(session_id: str) -> bool:
    """Ask both chains; store what they say. False when one could not be asked: an error is no evidence."""
    legs = list(Leg.objects.filter(session_id=session_id).select_related("session", "chain").order_by("pk"))
    results = {}
    for leg in legs:
        try:
            results[leg.pk] = family_of(leg.chain_id).verify(leg)
        except ChainError as error:
            log.warning("swap.verify_unanswered", session=session_id, chain=leg.chain_id, error=str(error)[:300])
            return False
    with transaction.atomic():
        session = lock_session(session_id)
        for leg in legs:
            found = results[leg.pk]
            detail = {**found.detail, "problems": list(found.problems), "at": datetime.now(tz=UTC).isoformat()}
            Leg.objects.filter(pk=leg.pk, lock_id=leg.lock_id).update(verified=not found.problems, verification=detail)
            if found.problems:
                session.attention = f"{leg.side} lock: {found.problems[0]}"[:200]
                session_note(session, cause="verification_failed", data={"problems": list(found.problems)})
    return True


# What a transaction's fate means


def transaction_changed(sent: ChainTransaction) -> None:
    """Tell clients of a session's transaction, and look at the session again."""
    from swaps.tasks import advance_session

    session = lock_session(sent.intent.subject_id)
    data = {"step": sent.intent.step, **sent.public_fields()}
    is_call = sent.kind == ChainTransaction.Kind.CALL
    what = sent.intent.step if is_call else f"{sent.intent.step}:{sent.kind}"
    session_note(session, cause=f"{what}:{sent.state}", data={"transaction": data})
    if sent.state == ChainTransaction.State.FAILED:
        session.attention = f"{sent.intent.step} failed on {sent.chain_id}: {sent.error}"[:200]
        session.save(update_fields=["attention"])
    if sent.state != ChainTransaction.State.INCLUDED:
        advance_session.defer(session_id=session.pk)
