"""The page of an action: what would be done, or why not and from when, and its confirmation."""

from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from access.accounts.guard import second_factor_required
from access.actions.actors import Actor
from access.actions.errors import ActionError, ActionForbidden
from access.actions.forms import parameters_read, token_new, token_read
from access.actions.kinds import ActionKind, Parameters
from access.actions.models import Proposal
from access.actions.pages.common import CONFIRM_FIRST, about_of, kind_for, proposal_url
from access.actions.services import action_plan, action_propose


def ask(request: HttpRequest, site: AdminSite, name: str) -> HttpResponseBase:
    """GET says what would be done, or why not and from when; POST with a reason asks for it. What moves money asks for a fresh
    second factor first."""
    kind, actor = kind_for(request, name)
    page = second_factor_required(_ask) if kind.dangerous else _ask
    return page(request, site, kind, actor)


def _ask(request: HttpRequest, site: AdminSite, kind: ActionKind, actor: Actor) -> HttpResponse:
    typed = request.POST if request.method == "POST" else request.GET
    subject = typed.get("subject") or request.GET.get("subject", "")
    if not subject and kind.subjects():
        return _choose(request, site, kind)
    about, error = about_of(kind, subject), ""
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
