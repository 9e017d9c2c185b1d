"""The pages of an action: what would be done and its confirmation, several at once, and what became of a proposal."""

from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from access.actions.actors import APPROVE, Actor
from access.actions.errors import ActionError, ActionForbidden, ActionUnknown, PlanChanged
from access.actions.forms import MOST_AT_ONCE, parameters_read, token_new, token_read
from access.actions.kinds import About, ActionKind, Parameters
from access.actions.models import Proposal
from access.actions.registry import registry
from access.actions.services import action_approve, action_plan, action_propose, action_reject, action_withdraw
from access.actions.services.proposing import action_refuse, may_ask

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


def _kind(request: HttpRequest, name: str) -> tuple[ActionKind, Actor]:
    try:
        kind = registry.kind(name)
    except ActionUnknown as unknown:
        raise Http404(str(unknown.detail)) from unknown
    actor = Actor.of(request.user)
    if not may_ask(actor, kind):
        raise PermissionDenied(f"{kind.title} needs the permission {kind.permission}")
    return kind, actor


def _about(kind: ActionKind, subject: str) -> About:
    try:
        return kind.about(subject)
    except ActionError as none:
        raise Http404(str(none.detail)) from none


# One action


def ask(request: HttpRequest, site: AdminSite, name: str) -> HttpResponse:
    """GET says what would be done, or why not and from when; POST with a reason asks for it."""
    kind, actor = _kind(request, name)
    typed = request.POST if request.method == "POST" else request.GET
    subject = typed.get("subject") or request.GET.get("subject", "")
    if not subject and kind.subjects():
        return _choose(request, site, kind)
    about, error = _about(kind, subject), ""
    try:
        parameters = parameters_read(kind, subject, typed)
        if request.method == "POST" and parameters is not None:
            return _asked(request, kind, subject, parameters, actor)
    except ActionForbidden as refused:
        raise PermissionDenied(str(refused.detail)) from refused
    except ActionError as refused:
        error, parameters = str(refused.detail), _last(kind, subject, typed)
    context = {
        **site.each_context(request),
        **_ask_context(kind, subject, parameters, actor),
        "title": kind.title,
        "about": about,
        "kind": kind,
        "subject": subject,
        "typed": [_field(one, typed) for one in kind.fields],
        "error": error,
        "reason": typed.get("reason", ""),
        "token": token_new(),
    }
    return TemplateResponse(request, "admin/actions/ask.html", context, status=409 if error else 200)


def _choose(request: HttpRequest, site: AdminSite, kind: ActionKind) -> HttpResponse:
    """Which subject: the form leads to the page of the one that is chosen."""
    context = {**site.each_context(request), "title": kind.title, "kind": kind, "choose": kind.subjects()}
    return TemplateResponse(request, "admin/actions/choose.html", context)


def _asked(request: HttpRequest, kind: ActionKind, subject: str, parameters: Parameters, actor: Actor) -> HttpResponse:
    token = token_read(request)
    if kind.dangerous and not request.POST.get("confirmed"):
        raise ActionError(CONFIRM_FIRST, status=409)
    proposal = action_propose(
        kind=kind.name,
        subject=subject,
        parameters=parameters,
        actor=actor,
        reason=request.POST.get("reason", ""),
        token=token,
        seen=request.POST.get("seen", ""),
    )
    if token and proposal.token != token:
        by = "You" if proposal.proposed_by == actor.name else proposal.proposed_by
        messages.info(request, f"{by} asked for this already: nothing was asked for twice. This is that one.")
    return redirect(proposal_url(proposal))


def _ask_context(kind: ActionKind, subject: str, parameters: Parameters | None, actor: Actor) -> dict[str, Any]:
    if parameters is None:
        return {"plan": None}
    try:
        plan, why_two = action_plan(kind=kind.name, subject=subject, parameters=parameters, actor=actor)
    except PlanChanged:
        raise
    except ActionError as refused:
        return {"plan": None, "refused": str(refused.detail)}
    standing = Proposal.objects.filter(kind=kind.name, subject=subject, state__in=Proposal.OPEN)
    return {
        "plan": plan.document(),
        "digest": plan.digest,
        "why_two": why_two,
        "parameters": parameters,
        "standing": list(standing[:5]),
    }


def _last(kind: ActionKind, subject: str, typed: Any) -> Parameters | None:
    """The parameters of a form that was refused, if it is not them that were wrong."""
    try:
        return parameters_read(kind, subject, typed)
    except ActionError:
        return None


def _field(one: Any, typed: Any) -> dict[str, Any]:
    choices = one.choices() if one.choices else None
    return {
        "name": one.name,
        "label": one.label,
        "help": one.help,
        "choices": choices,
        "value": typed.get(one.name, ""),
    }


# Several at once


def bulk(request: HttpRequest, site: AdminSite, name: str) -> HttpResponse:
    """GET shows each subject's plan; POST asks for each, and leads to what became of each."""
    kind, actor = _kind(request, name)
    typed = request.POST if request.method == "POST" else request.GET
    subjects = list(dict.fromkeys(typed.getlist("subject")))[:MOST_AT_ONCE]
    if not subjects:
        raise Http404("nothing was chosen")
    error = ""
    if request.method == "POST":
        if kind.dangerous and not request.POST.get("confirmed"):
            error = CONFIRM_FIRST
        elif not request.POST.get("reason", "").strip():
            error = "Say why, in a few words: whoever reads the books later wants to know."
        else:
            return _bulk_asked(request, kind, subjects, actor)
    rows = [_bulk_row(kind, subject, actor) for subject in subjects]
    possible = [row for row in rows if row["plan"]["possible"]]
    context = {
        **site.each_context(request),
        "title": f"{kind.title}: {len(subjects)} at once",
        "kind": kind,
        "rows": rows,
        "possible": len(possible),
        "waiting": len([row for row in possible if row["why_two"]]),
        "error": error,
        "reason": typed.get("reason", ""),
        "token": token_new(),
    }
    return TemplateResponse(request, "admin/actions/bulk.html", context, status=409 if error else 200)


def _bulk_row(kind: ActionKind, subject: str, actor: Actor) -> dict[str, Any]:
    try:
        about = kind.about(subject)
        parameters = kind.complete(subject, {})
        plan, why_two = action_plan(kind=kind.name, subject=subject, parameters=parameters, actor=actor)
    except ActionError as refused:
        none = {"possible": False, "whyNot": str(refused.detail), "steps": [], "notBefore": None}
        return {"subject": subject, "about": About(subject), "plan": none, "why_two": ""}
    return {"subject": subject, "about": about, "plan": plan.document(), "why_two": why_two, "digest": plan.digest}


def _bulk_asked(request: HttpRequest, kind: ActionKind, subjects: list[str], actor: Actor) -> HttpResponse:
    batch, reason = token_read(request) or token_new(), request.POST["reason"]
    for number, subject in enumerate(subjects):
        token = f"{batch}:{number}"
        seen = request.POST.get(f"seen:{subject}", "")
        try:
            action_propose(
                kind=kind.name,
                subject=subject,
                parameters=kind.complete(subject, {}),
                actor=actor,
                reason=reason,
                token=token,
                seen=seen,
                batch=batch,
            )
        except ActionForbidden as refused:
            raise PermissionDenied(str(refused.detail)) from refused
        except ActionError as refused:
            action_refuse(
                kind=kind.name, subject=subject, actor=actor, reason=reason, why=refused, token=token, batch=batch
            )
    return redirect(reverse("admin:access_proposal_batch", args=[batch]) + f"?rows={len(subjects)}")


def batch(request: HttpRequest, site: AdminSite, name: str) -> HttpResponse:
    """What became of each of several that were asked for at once."""
    _may_look(request)
    found = list(Proposal.objects.filter(batch=name).order_by("pk")[:MOST_AT_ONCE])
    if not found:
        raise Http404("nothing was asked for at once under this name")
    counts: dict[str, int] = {}
    for one in found:
        counts[TONES[Proposal.State(one.state)]] = counts.get(TONES[Proposal.State(one.state)], 0) + 1
    context = {
        **site.each_context(request),
        "title": f"{registry.kind(found[0].kind).title}: what became of each",
        "rows": [_row(one) for one in found],
        "counts": counts,
        "reason": found[0].reason,
        "by": found[0].proposed_by,
        "moving": any(one.is_open for one in found),
    }
    return TemplateResponse(request, "admin/actions/batch.html", context)


# A proposal


def show(request: HttpRequest, site: AdminSite, proposal_id: int) -> HttpResponse:
    """GET shows a proposal with its plan of now and its outcome; POST decides it."""
    _may_look(request)
    proposal = Proposal.objects.filter(pk=proposal_id).first()
    if proposal is None:
        raise Http404("there is no such proposal")
    error = _decide(request, proposal) if request.method == "POST" else ""
    if request.method == "POST" and not error:
        return redirect(proposal_url(proposal))
    actor = Actor.of(request.user)
    is_waiting = proposal.state == Proposal.State.PROPOSED
    context = {
        **site.each_context(request),
        **_row(proposal),
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


def _row(proposal: Proposal) -> dict[str, Any]:
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


def _may_look(request: HttpRequest) -> None:
    if not request.user.has_perm("access.view_proposal"):
        raise PermissionDenied("looking at proposals needs the permission access.view_proposal")
