"""Asking for an action: done at once, or kept until a second person decides."""

import hashlib
import json
from datetime import timedelta
from decimal import ROUND_UP, Decimal

import pglock
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from access.actions.actors import PROPOSE, Actor
from access.actions.errors import ActionError, ActionForbidden, ActionRefused, PlanChanged
from access.actions.kinds import ActionKind, Parameters
from access.actions.models import Proposal
from access.actions.money import CENT
from access.actions.plans import NOTHING, Plan
from access.actions.policy import second_person
from access.actions.registry import registry
from access.actions.services.records import lock_proposal, proposal_audit
from access.actions.services.running import proposal_run

MOST_REASON = 500
State = Proposal.State


def fingerprint_of(parameters: Parameters) -> str:
    """SHA-256 of parameters, whatever their order."""
    return hashlib.sha256(json.dumps(parameters, sort_keys=True).encode()).hexdigest()


def may_ask(actor: Actor, kind: ActionKind) -> bool:
    """Whether somebody may ask for an action of this kind."""
    return actor.may(PROPOSE) and actor.may(kind.permission)


def action_plan(
    *, kind: str, subject: str, parameters: Parameters, actor: Actor, beside: Decimal = NOTHING
) -> tuple[Plan, str]:
    """What the action would do now, and why a second person must let it through ("" where nobody must); `beside` are the US
    dollars of what is asked for at the same time. Writes nothing. Raises `ActionUnknown`, `ActionForbidden`, `ActionRefused`."""
    found = registry.kind(kind)
    _require(actor, found)
    plan = found.plan(subject, parameters)
    return plan, second_person(plan, actor, beside)


def action_propose(
    *,
    kind: str,
    subject: str,
    parameters: Parameters,
    actor: Actor,
    reason: str,
    token: str = "",
    seen: str = "",
    batch: str = "",
) -> Proposal:
    """Ask for an action: it is done at once where it may be, else it waits for a second person.

    `token` is the form's, `seen` the digest of the plan that was shown: another one is refused. The same token, or an open
    proposal of the same action, gives that one's row: nothing is asked for or done twice. Raises `ActionError`: nothing was
    written. What is found wrong only while it is run is the outcome of the proposal, whose state is `failed` then.
    """
    found = registry.kind(kind)
    _require(actor, found)
    reason = reason_read(reason)
    twin = _by_token(token, kind, subject, actor) if token else None
    if twin is not None:
        return twin
    plan = found.plan(subject, parameters)
    standing = _standing(kind, subject, parameters)
    if standing is not None:
        return standing
    if not plan.possible:
        raise ActionRefused(
            f"{'Not yet' if plan.not_before else 'Not possible'}: {plan.why_not}", not_before=plan.not_before
        )
    if seen and seen != plan.digest:
        raise PlanChanged("It changed while you looked at it. Read what would be done now, and confirm again.")
    try:
        with transaction.atomic():
            _one_at_a_time(actor)
            why_two = second_person(plan, actor)
            proposal = _row(found, subject, parameters, plan, why_two, actor, reason, token, batch)
            proposal.save(force_insert=True)
            proposal_audit(proposal, "action_proposed", actor=actor.name, kind=actor.kind)
            if not proposal.needs_approval:
                proposal_run(lock_proposal(proposal.pk), actor=actor.name)
    except IntegrityError:
        first = (_by_token(token, kind, subject, actor) if token else None) or _standing(kind, subject, parameters)
        if first is None:
            raise
        return first
    proposal.refresh_from_db()
    return proposal


def action_refuse(
    *, kind: str, subject: str, actor: Actor, reason: str, why: ActionError, token: str, batch: str
) -> Proposal:
    """Keep a refusal among what was asked for at once, so that its page tells each row's end. The same token gives the row
    that there is."""
    found = registry.kind(kind)
    _require(actor, found)
    twin = _by_token(token, kind, subject, actor)
    if twin is not None:
        return twin
    empty = Plan(sentence=found.title)
    proposal = _row(found, subject, {}, empty, "", actor, reason_read(reason), token, batch)
    proposal.state, proposal.outcome, proposal.finished_at = State.FAILED, str(why.detail), timezone.now()
    try:
        with transaction.atomic():
            proposal.save(force_insert=True)
            proposal_audit(proposal, "action_failed", actor=actor.name, kind=actor.kind)
    except IntegrityError:
        first = _by_token(token, kind, subject, actor)
        if first is None:
            raise
        return first
    return proposal


def _one_at_a_time(actor: Actor) -> None:
    """Until the transaction ends: what somebody moves alone is counted, and two forms at once would not see each other."""
    pglock.advisory(f"action:alone:{actor.name}", xact=True).acquire()


def _require(actor: Actor, kind: ActionKind) -> None:
    if not may_ask(actor, kind):
        raise ActionForbidden(
            f"{kind.title}: you need the permissions {PROPOSE} and {kind.permission}; ask an admin for a role"
        )


def reason_read(text: str) -> str:
    """The reason as it is kept. Raises `ActionRefused` for none, and for one that is too long."""
    text = " ".join(text.split())
    if not text:
        raise ActionRefused("Say why, in a few words: whoever reads the books later wants to know.")
    if len(text) > MOST_REASON:
        raise ActionRefused(f"The reason has {len(text)} characters; {MOST_REASON} are the most.")
    return text


def _by_token(token: str, kind: str, subject: str, actor: Actor) -> Proposal | None:
    """What this very form has asked for before. Raises `ActionRefused` for a token of another form."""
    found = Proposal.objects.filter(token=token).first()
    if found is not None and (found.kind, found.subject, found.proposed_by) != (kind, subject, actor.name):
        raise ActionRefused("This form was sent already, for something else. Open the page anew.")
    return found


def _standing(kind: str, subject: str, parameters: Parameters) -> Proposal | None:
    same = Proposal.objects.filter(kind=kind, subject=subject, fingerprint=fingerprint_of(parameters))
    open_one = same.filter(state__in=Proposal.OPEN).first()
    is_over = open_one is not None and open_one.state == State.PROPOSED and open_one.expires_at <= timezone.now()
    if is_over:
        from access.actions.services.deciding import proposals_expire

        proposals_expire()
        return None
    return open_one


def _row(
    kind: ActionKind,
    subject: str,
    parameters: Parameters,
    plan: Plan,
    why_two: str,
    actor: Actor,
    reason: str,
    token: str,
    batch: str,
) -> Proposal:
    value = plan.value_usd
    return Proposal(
        kind=kind.name,
        subject=subject,
        parameters=parameters,
        fingerprint=fingerprint_of(parameters),
        reason=reason,
        plan=plan.document(),
        digest=plan.digest,
        value_usd=None if value is None else value.quantize(CENT, rounding=ROUND_UP),
        needs_approval=bool(why_two),
        why_two=why_two,
        token=token,
        batch=batch,
        proposed_by=actor.name,
        expires_at=timezone.now() + timedelta(seconds=settings.PROPOSAL_LIFE_SECONDS),
    )
