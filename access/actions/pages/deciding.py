"""A proposal's page: what it would do now, what became of it, and a second person's decision."""

from typing import Any

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from access.accounts.guard import second_factor_required
from access.actions.actors import APPROVE, Actor
from access.actions.errors import ActionError, ActionForbidden
from access.actions.models import Proposal
from access.actions.pages.common import CONFIRM_FIRST, proposal_url, require_look, row_of
from access.actions.registry import registry
from access.actions.services import action_approve, action_reject, action_withdraw


def show(request: HttpRequest, site: AdminSite, proposal_id: int) -> HttpResponseBase:
    """GET shows a proposal with its plan of now and its outcome; POST decides it."""
    require_look(request)
    proposal = Proposal.objects.filter(pk=proposal_id).first()
    if proposal is None:
        raise Http404("there is no such proposal")
    approves = request.method == "POST" and request.POST.get("decision") == "approve"
    page = second_factor_required(_show) if approves and registry.kind(proposal.kind).dangerous else _show
    return page(request, site, proposal)


def _show(request: HttpRequest, site: AdminSite, proposal: Proposal) -> HttpResponse:
    error = _decide(request, proposal) if request.method == "POST" else ""
    if request.method == "POST" and not error:
        return redirect(proposal_url(proposal))
    actor = Actor.of(request.user)
    is_waiting = proposal.state == Proposal.State.PROPOSED
    context = {
        **site.each_context(request),
        **row_of(proposal),
        "title": f"{registry.kind(proposal.kind).title}: proposal {proposal.pk}",
        "kind": registry.kind(proposal.kind),
        "plan": _plan_now(proposal) if is_waiting else proposal.plan,
        "error": error,
        "remark": request.POST.get("remark", ""),
        "may_decide": is_waiting and actor.may(APPROVE) and proposal.proposed_by != actor.name,
        "may_withdraw": is_waiting and proposal.proposed_by == actor.name,
        "is_mine": proposal.proposed_by == actor.name,
        "percent": min(100, 100 * proposal.done // proposal.of) if proposal.of else None,
        "list_url": reverse("admin:access_proposal_changelist"),
    }
    return TemplateResponse(request, "admin/actions/proposal.html", context, status=409 if error else 200)


def _decide(request: HttpRequest, proposal: Proposal) -> str:
    """Carry out the decision; why not, in words, where it was refused."""
    decisions = {"approve": action_approve, "reject": action_reject, "withdraw": action_withdraw}
    decide = decisions.get(request.POST.get("decision", ""))
    if decide is None:
        return "Say what you decide: approve, reject or take back."
    if decide is action_approve and not request.POST.get("confirmed"):
        return CONFIRM_FIRST
    try:
        decide(proposal_id=proposal.pk, actor=Actor.of(request.user), remark=request.POST.get("remark", ""))
    except ActionForbidden as refused:
        raise PermissionDenied(str(refused.detail)) from refused
    except ActionError as refused:
        proposal.refresh_from_db()
        return str(refused.detail)
    return ""


def _plan_now(proposal: Proposal) -> dict[str, Any]:
    """What would be done now; a plan that is no longer the proposed one says so."""
    try:
        plan = registry.kind(proposal.kind).plan(proposal.subject, proposal.parameters)
    except ActionError as refused:
        return {**proposal.plan, "possible": False, "whyNot": str(refused.detail)}
    if plan.possible and plan.digest != proposal.digest:
        return {
            **plan.document(),
            "possible": False,
            "whyNot": "it is no longer what was proposed: reject it, or take it back",
        }
    return plan.document()
