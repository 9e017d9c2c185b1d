"""What the pages of actions have in common: who may, whom it concerns, and how a proposal is drawn."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.urls import reverse

from access.actions.actors import Actor
from access.actions.errors import ActionError, ActionUnknown
from access.actions.kinds import About, ActionKind
from access.actions.models import Proposal
from access.actions.registry import registry
from access.actions.services.proposing import may_ask

TONES = {
    Proposal.State.PROPOSED: "wait",
    Proposal.State.APPROVED: "work",
    Proposal.State.EXECUTED: "good",
    Proposal.State.FAILED: "bad",
    Proposal.State.REJECTED: "bad",
    Proposal.State.WITHDRAWN: "calm",
    Proposal.State.EXPIRED: "calm",
}
CONFIRM_FIRST = "Tick the box first: it says that you have read what will be called."


def kind_for(request: HttpRequest, name: str) -> tuple[ActionKind, Actor]:
    """The kind, and who asks for it. Raises `Http404`, `PermissionDenied`."""
    try:
        kind = registry.kind(name)
    except ActionUnknown as unknown:
        raise Http404(str(unknown.detail)) from unknown
    actor = Actor.of(request.user)
    if not may_ask(actor, kind):
        raise PermissionDenied(f"{kind.title} needs the permission {kind.permission}")
    return kind, actor


def about_of(kind: ActionKind, subject: str) -> About:
    """Whom it concerns. Raises `Http404`."""
    if "\0" in subject:
        raise Http404("no name has a NUL in it")
    try:
        return kind.about(subject)
    except ActionError as none:
        raise Http404(str(none.detail)) from none


def row_of(proposal: Proposal) -> dict[str, Any]:
    """A proposal with what its templates need besides."""
    kind = registry.kind(proposal.kind)
    try:
        about = kind.about(proposal.subject)
    except ActionError:
        about = About(proposal.subject)
    return {
        "proposal": proposal,
        "about": about,
        "tone": TONES[Proposal.State(proposal.state)],
        "url": proposal_url(proposal),
    }


def proposal_url(proposal: Proposal) -> str:
    """The page of a proposal."""
    return reverse("admin:access_proposal_change", args=[proposal.pk])


def require_look(request: HttpRequest) -> None:
    """Raises `PermissionDenied` for who may not see proposals."""
    if not request.user.has_perm("access.view_proposal"):
        raise PermissionDenied("looking at proposals needs the permission access.view_proposal")
