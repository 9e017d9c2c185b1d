"""What the tests of operators' actions on chains share: an operator who may everything, and his work done at once."""

from typing import Any

from access.actions.actors import Actor
from access.actions.models import Proposal
from access.actions.services import action_approve, action_propose, action_work

OLGA = Actor("olga", lambda _: True)
ADA = Actor("ada", lambda _: True)


def asked(kind: str, subject: object, by: Actor = OLGA, **parameters: Any) -> Proposal:
    """Ask for an action, and do the work that a job would do."""
    proposal = action_propose(kind=kind, subject=str(subject), parameters=parameters, actor=by, reason="the test asks")
    return worked(proposal)


def approved(proposal: Proposal, by: Actor = ADA) -> Proposal:
    return worked(action_approve(proposal_id=proposal.pk, actor=by))


def worked(proposal: Proposal) -> Proposal:
    action_work(proposal_id=proposal.pk)
    proposal.refresh_from_db()
    return proposal
