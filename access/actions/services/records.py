"""The audit row of each change of a proposal."""

from access.actions.models import Proposal
from access.models import ActorKind
from access.services import audit_record


def proposal_audit(proposal: Proposal, action: str, *, actor: str, kind: str = ActorKind.OPERATOR) -> None:
    """In the transaction that changes it. The reason and the outcome are an operator's and ours: neither holds a secret."""
    audit_record(
        action=action,
        actor_kind=kind,
        actor_id=actor[:80],
        target=proposal.subject[:80],
        detail={
            "kind": proposal.kind,
            "proposal": proposal.pk,
            "parameters": proposal.parameters,
            "reason": proposal.reason,
            "remark": proposal.remark,
            "valueUsd": None if proposal.value_usd is None else str(proposal.value_usd),
            "proposedBy": proposal.proposed_by,
            "outcome": proposal.outcome,
        },
    )


def lock_proposal(proposal_id: int) -> Proposal:
    """The proposal's row: whoever decides or runs it holds this lock, so it is decided and run once."""
    return Proposal.objects.select_for_update(of=("self",), no_key=True).get(pk=proposal_id)
