"""Running what was let through: exactly once, by the plan that was agreed to."""

from datetime import timedelta

import pglock
import structlog
from django.db import transaction
from django.utils import timezone

from access.actions.kinds import ActionKind, Order, Tell
from access.actions.models import Proposal
from access.actions.registry import registry
from access.actions.services.records import lock_proposal, proposal_audit
from access.errors import ApplicationError

log = structlog.get_logger(__name__)
State = Proposal.State
SILENT = timedelta(seconds=60)
"""Work that told nothing for so long is looked for again: its job was lost."""
CHANGED = (
    "What would be done is no longer what was agreed to: somebody or the chain was quicker. Look at it, and ask anew."
)


def proposal_run(proposal: Proposal, *, actor: str) -> None:
    """Run a proposal whose row is locked, in the transaction that let it through. The plan is made anew, under the subject's
    lock: a refusal, or another plan than the agreed one, changes nothing and is the proposal's outcome."""
    kind = registry.kind(proposal.kind)
    try:
        with transaction.atomic():
            outcome = _run(kind, proposal, actor)
    except ApplicationError as refused:
        _close(proposal, State.FAILED, str(refused.detail), actor)
        return
    if kind.works_later:
        proposal.state, proposal.outcome = State.APPROVED, outcome
        proposal.save()
        proposal_audit(proposal, "action_started", actor=actor)
        work_defer(proposal.pk)
        return
    _close(proposal, State.EXECUTED, outcome, actor)


def _run(kind: ActionKind, proposal: Proposal, actor: str) -> str:
    kind.lock(proposal.subject)
    plan = kind.plan(proposal.subject, proposal.parameters)
    if not plan.possible:
        raise ApplicationError(f"It is not possible any more: {plan.why_not}")
    if plan.digest != proposal.digest:
        raise ApplicationError(CHANGED)
    return kind.run(_order(proposal, actor))


def _order(proposal: Proposal, actor: str) -> Order:
    return Order(proposal.subject, dict(proposal.parameters), actor, proposal.reason, proposal.pk)


def _close(proposal: Proposal, state: str, outcome: str, actor: str) -> None:
    proposal.state, proposal.outcome, proposal.finished_at = state, outcome, timezone.now()
    proposal.save()
    proposal_audit(proposal, f"action_{state}", actor=actor)
    log.warning(
        "action.closed", kind=proposal.kind, subject=proposal.subject, state=state, actor=actor, outcome=outcome[:300]
    )


# Work that needs a node


def work_defer(proposal_id: int) -> None:
    """Have a worker do the work, once this transaction is committed."""
    from access.actions.tasks import do_action

    do_action.defer(proposal_id=proposal_id)


def action_work(*, proposal_id: int) -> bool:
    """Do the work of a proposal that was let through; False when there is none to do, or somebody is at it. May be called
    again after a crash: each kind's work bears it. A fault of ours is its end, and is raised."""
    with pglock.advisory(f"action:{proposal_id}", timeout=0) as mine:
        proposal = Proposal.objects.filter(pk=proposal_id, state=State.APPROVED).first()
        if not mine or proposal is None:
            return False
        fault = _work(proposal)
    if fault is not None:
        raise fault
    return True


def _work(proposal: Proposal) -> Exception | None:
    """What went wrong that is ours, once the proposal's end is written down."""
    actor = proposal.approved_by or proposal.proposed_by
    try:
        outcome = registry.kind(proposal.kind).work(_order(proposal, actor), _teller(proposal.pk))
    except ApplicationError as refused:
        _finish(proposal.pk, State.FAILED, str(refused.detail), actor)
    except Exception as error:
        log.exception("action.broke", kind=proposal.kind, subject=proposal.subject)
        _finish(proposal.pk, State.FAILED, f"An unexpected fault ({type(error).__name__}): see the log.", actor)
        return error
    else:
        _finish(proposal.pk, State.EXECUTED, outcome, actor)
    return None


def _teller(proposal_id: int) -> Tell:
    def tell(done: int, of: int, words: str) -> None:
        mine = Proposal.objects.filter(pk=proposal_id, state=State.APPROVED)
        mine.update(done=done, of=of, outcome=words, touched_at=timezone.now())

    return tell


@transaction.atomic
def _finish(proposal_id: int, state: str, outcome: str, actor: str) -> None:
    proposal = lock_proposal(proposal_id)
    if proposal.state == State.APPROVED:
        _close(proposal, state, outcome, actor)


def works_overdue() -> list[int]:
    """Proposals whose work is under way and has told nothing for a while."""
    silent = Proposal.objects.filter(state=State.APPROVED, touched_at__lt=timezone.now() - SILENT)
    return list(silent.order_by("pk").values_list("pk", flat=True)[:100])
