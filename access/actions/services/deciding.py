"""A second person's word on what somebody proposed."""

from django.db import transaction
from django.utils import timezone

from access.actions.actors import APPROVE, Actor
from access.actions.errors import ActionForbidden, ActionRefused
from access.actions.models import Proposal
from access.actions.services.records import lock_proposal, proposal_audit
from access.actions.services.running import proposal_run
from access.models import ActorKind

State = Proposal.State


@transaction.atomic
def action_approve(*, proposal_id: int, actor: Actor, remark: str = "") -> Proposal:
    """Let somebody else's proposal through, and run it now: exactly once, whoever approves at the same time. Its plan is made
    anew; what has changed since is not done, and the proposal's outcome says so. Raises `ActionForbidden`, `ActionRefused`."""
    proposal = _undecided(proposal_id, actor)
    if proposal.proposed_by == actor.name:
        raise ActionRefused("You proposed this yourself: it needs the eyes of another person.")
    proposal.approved_by, proposal.remark, proposal.decided_at = actor.name, _remark(remark), timezone.now()
    proposal_audit(proposal, "action_approved", actor=actor.name, kind=actor.kind)
    proposal_run(proposal, actor=actor.name)
    return proposal


@transaction.atomic
def action_reject(*, proposal_id: int, actor: Actor, remark: str = "") -> Proposal:
    """Say no to somebody else's proposal, and why. Raises `ActionForbidden`, `ActionRefused`."""
    proposal = _undecided(proposal_id, actor)
    if proposal.proposed_by == actor.name:
        raise ActionRefused("You proposed this yourself: take it back instead.")
    if not _remark(remark):
        raise ActionRefused("Say why you reject it: whoever proposed it wants to know.")
    return _end(proposal, State.REJECTED, actor.name, remark)


@transaction.atomic
def action_withdraw(*, proposal_id: int, actor: Actor, remark: str = "") -> Proposal:
    """Take one's own proposal back. Raises `ActionForbidden`, `ActionRefused`."""
    proposal = _still_open(lock_proposal(proposal_id))
    if proposal.proposed_by != actor.name:
        raise ActionForbidden(f"Only {proposal.proposed_by} can take this back; you may reject it.")
    return _end(proposal, State.WITHDRAWN, actor.name, remark)


def proposals_expire() -> int:
    """Close those that nobody decided in time; how many."""
    now, count = timezone.now(), 0
    late = Proposal.objects.filter(state=State.PROPOSED, expires_at__lte=now).values_list("pk", flat=True)
    for proposal_id in list(late):
        with transaction.atomic():
            proposal = lock_proposal(proposal_id)
            if proposal.state != State.PROPOSED:
                continue
            proposal.outcome = "Nobody decided in time: nothing was done."
            proposal.state, proposal.finished_at = State.EXPIRED, now
            proposal.save()
            proposal_audit(proposal, "action_expired", actor="expiry", kind=ActorKind.SYSTEM)
            count += 1
    return count


def _undecided(proposal_id: int, actor: Actor) -> Proposal:
    if not actor.may(APPROVE):
        raise ActionForbidden(f"Deciding on proposals needs the permission {APPROVE}: ask an approver.")
    return _still_open(lock_proposal(proposal_id))


def _still_open(proposal: Proposal) -> Proposal:
    if proposal.state != State.PROPOSED:
        by = proposal.approved_by or proposal.closed_by or "the engine"
        raise ActionRefused(f"This was decided already: {proposal.get_state_display()} ({by}). Nothing was done again.")
    if proposal.expires_at <= timezone.now():
        raise ActionRefused("This proposal has expired: ask for it anew.")
    return proposal


def _end(proposal: Proposal, state: str, actor: str, remark: str) -> Proposal:
    proposal.state, proposal.closed_by, proposal.remark = state, actor, _remark(remark)
    proposal.decided_at = proposal.finished_at = timezone.now()
    proposal.outcome = "Nothing was done."
    proposal.save()
    proposal_audit(proposal, f"action_{state}", actor=actor)
    return proposal


def _remark(text: str) -> str:
    return " ".join(text.split())[:500]
