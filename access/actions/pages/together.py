"""An action on several subjects at once: each is a proposal of its own, and has its own end."""

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from access.accounts.guard import second_factor_required
from access.actions.actors import Actor
from access.actions.errors import ActionError, ActionForbidden
from access.actions.forms import MOST_AT_ONCE, batch_of, ids_read, row_token, subjects_read, token_new, token_read
from access.actions.kinds import About, ActionKind
from access.actions.models import Proposal
from access.actions.pages.common import CONFIRM_FIRST, TONES, kind_for, require_look, row_of
from access.actions.plans import NOTHING
from access.actions.registry import registry
from access.actions.services import action_plan, action_propose
from access.actions.services.proposing import action_refuse, reason_read

NOT_SHOWN = "not shown"
"""In the place of the digest of a plan that nobody has read: it is like none."""


def bulk(request: HttpRequest, site: AdminSite, name: str) -> HttpResponseBase:
    """GET shows each subject's plan; POST asks for each, and leads to what became of each."""
    kind, actor = kind_for(request, name)
    page = second_factor_required(_bulk) if kind.dangerous else _bulk
    return page(request, site, kind, actor)


def _bulk(request: HttpRequest, site: AdminSite, kind: ActionKind, actor: Actor) -> HttpResponse:
    typed = request.POST if request.method == "POST" else request.GET
    subjects = subjects_read(typed)
    if not subjects:
        raise Http404("nothing was chosen")
    error = ""
    if request.method == "POST":
        try:
            reason = _confirmed(request, kind)
        except ActionError as refused:
            error = str(refused.detail)
        else:
            return _bulk_asked(request, kind, subjects, actor, reason)
    rows = _all_planned(kind, subjects, actor)
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


def _confirmed(request: HttpRequest, kind: ActionKind) -> str:
    """The reason, which is one for all of them. Raises `ActionError` before anything is asked for."""
    if kind.dangerous and not request.POST.get("confirmed"):
        raise ActionError(CONFIRM_FIRST, status=409)
    return reason_read(request.POST.get("reason", ""))


def _all_planned(kind: ActionKind, subjects: list[str], actor: Actor) -> list[dict[str, Any]]:
    """Each with what goes before it: together they may need a second person where none does alone."""
    rows, moved = [], NOTHING
    for subject in subjects:
        row = _planned(kind, subject, actor, moved)
        rows.append(row)
        if row["plan"]["possible"] and not row["why_two"]:
            moved += row["value"] or NOTHING
    return rows


def _planned(kind: ActionKind, subject: str, actor: Actor, beside: Decimal) -> dict[str, Any]:
    try:
        about = kind.about(subject)
        parameters = kind.complete(subject, {})
        plan, why_two = action_plan(kind=kind.name, subject=subject, parameters=parameters, actor=actor, beside=beside)
    except ActionError as refused:
        none = {"possible": False, "whyNot": str(refused.detail), "steps": [], "notBefore": None}
        return {"subject": subject, "about": About(subject), "plan": none, "why_two": ""}
    told = {"plan": plan.document(), "value": plan.value_usd, "digest": plan.digest}
    return {"subject": subject, "about": about, "why_two": why_two, **told}


def _bulk_asked(request: HttpRequest, kind: ActionKind, subjects: list[str], actor: Actor, reason: str) -> HttpResponse:
    batch = batch_of(token_read(request) or token_new(), kind, actor.name)
    rows = [_row_asked(request, kind, subject, actor, reason, batch) for subject in subjects]
    also = [("also", row.pk) for row in rows if row.batch != batch]
    query = f"?{urlencode(also)}" if also else ""
    return redirect(reverse("admin:access_proposal_batch", args=[batch]) + query)


def _row_asked(request: HttpRequest, kind: ActionKind, subject: str, actor: Actor, reason: str, batch: str) -> Proposal:
    """What became of one of them; one that was asked for before, by whomever, is that one."""
    token = row_token(batch, subject)
    try:
        return action_propose(
            kind=kind.name,
            subject=subject,
            parameters=kind.complete(subject, {}),
            actor=actor,
            reason=reason,
            token=token,
            seen=request.POST.get(f"seen:{subject}") or NOT_SHOWN,
            batch=batch,
        )
    except ActionForbidden as refused:
        raise PermissionDenied(str(refused.detail)) from refused
    except ActionError as refused:
        return action_refuse(
            kind=kind.name, subject=subject, actor=actor, reason=reason, why=refused, token=token, batch=batch
        )


def batch(request: HttpRequest, site: AdminSite, name: str) -> HttpResponse:
    """What became of each of several that were asked for at once; `also` names those that had been asked for before."""
    require_look(request)
    ours = Q(batch=name) | Q(pk__in=ids_read(request.GET.getlist("also")))
    found = list(Proposal.objects.filter(ours).order_by("pk")[: 2 * MOST_AT_ONCE])
    if not found:
        raise Http404("nothing was asked for at once under this name")
    counts: dict[str, int] = {}
    for one in found:
        counts[TONES[Proposal.State(one.state)]] = counts.get(TONES[Proposal.State(one.state)], 0) + 1
    context = {
        **site.each_context(request),
        "title": f"{registry.kind(found[0].kind).title}: what became of each",
        "rows": [{**row_of(one), "is_before": one.batch != name} for one in found],
        "counts": counts,
        "before": len([one for one in found if one.batch != name]),
        "asked": next((one for one in found if one.batch == name), None),
        "moving": any(one.is_open for one in found),
    }
    return TemplateResponse(request, "admin/actions/batch.html", context)
