"""The pages of a person's own sign-in: showing a code, enrolling, recovery codes, sessions."""

import io
import time
from typing import Any
from urllib.parse import urlencode

import segno
from axes.models import AccessLog
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from access.accounts.forms import CodeForm, RecoveryForm
from access.accounts.guard import second_factor_required, standing
from access.accounts.recovery import recovery_codes_left
from access.accounts.second_factor import (
    CodeRefused,
    code_check,
    enrolment_confirm,
    enrolment_open,
    recovery_codes_renew,
    secret_text,
)
from access.accounts.sessions import session_rotate, sessions_end
from access.accounts.state import VERIFIED
from access.models import ActorKind, OperatorSession
from access.services import audit_record

LOGINS_SHOWN = 20


def verify(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Ask for a code: the second step of a login, or once more before money moves."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path(), reverse("admin:login"))
    shown = standing(request)
    if shown.device is None:
        return redirect(_with_next("admin:second_factor_enrol", request)) if shown.needed else redirect(_next(request))
    recovery = "recovery" in request.GET
    form = (RecoveryForm if recovery else CodeForm)(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            device = code_check(_person(request), form.cleaned_data["code"])
        except CodeRefused as refused:
            form.add_error("code", refused.sentence)
        else:
            _verified(request, device.pk)
            if recovery:
                left = recovery_codes_left(_person(request))
                messages.warning(request, f"That recovery code is used up; {left} are left. New ones: Your sign-in.")
            return redirect(_next(request))
    context = {"form": form, "recovery": recovery, "again": shown.verified_at is not None, "next": _next(request)}
    return _page(request, site, "accounts/code.html", "Second factor", context, status=400 if form.errors else 200)


def enrol(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Show a new secret, and make it the second factor by a first code of it. Whoever has one must have shown it lately."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path(), reverse("admin:login"))
    shown = standing(request)
    if shown.device is not None and not shown.is_fresh:
        return redirect(f"{reverse('admin:second_factor')}?next={request.path}")
    form, device = CodeForm(request.POST or None), enrolment_open(_person(request))
    if request.method == "POST" and form.is_valid():
        try:
            confirmed, codes = enrolment_confirm(_person(request), form.cleaned_data["code"].replace(" ", ""))
        except CodeRefused as refused:
            form.add_error("code", refused.sentence)
        else:
            _verified(request, confirmed.pk)
            sessions_end(_person(request), keep=request.session.session_key)
            return _codes(request, site, codes)
    context = {
        "form": form,
        "secret": secret_text(device),
        "address": device.config_url,
        "replaces": shown.device is not None,
        "next": _next(request),
    }
    return _page(
        request, site, "accounts/enrol.html", "Set up your second factor", context, 400 if form.errors else 200
    )


def picture(request: HttpRequest) -> HttpResponse:
    """The secret that waits to be confirmed, as a QR code. A confirmed one is never shown again."""
    shown = standing(request) if request.user.is_authenticated else None
    if shown is None or (shown.device is not None and not shown.is_fresh):
        raise Http404("there is nothing to enrol")
    out = io.BytesIO()
    segno.make(enrolment_open(_person(request)).config_url, error="m").save(
        out, kind="svg", scale=5, border=4, dark="#0f172a", light="#ffffff", title="QR code of your new second factor"
    )
    return HttpResponse(out.getvalue(), content_type="image/svg+xml", headers={"Cache-Control": "no-store"})


@second_factor_required
def renew_codes(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Ten new recovery codes, at the press of a button."""
    if request.method != "POST":
        return redirect(reverse("admin:account"))
    try:
        return _codes(request, site, recovery_codes_renew(_person(request)))
    except CodeRefused as refused:
        messages.error(request, refused.sentence)
        return redirect(reverse("admin:account"))


def account(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """A person's own sign-in: his second factor, where he is signed in, and when he was."""
    if request.method == "POST":
        ended = sessions_end(_person(request), keep=request.session.session_key)
        audit_record(
            action="signed_out_elsewhere",
            actor_kind=ActorKind.OPERATOR,
            actor_id=request.user.get_username()[:80],
            target=request.user.get_username()[:80],
            detail={"sessionsEnded": ended},
        )
        messages.success(request, f"{ended} other session{'' if ended == 1 else 's'} ended.")
        return redirect(reverse("admin:account"))
    context = {
        "standing": standing(request),
        "codes_left": recovery_codes_left(_person(request)),
        "sessions": OperatorSession.objects.filter(person=_person(request))[:LOGINS_SHOWN],
        "this_session": request.session.session_key,
        "logins": AccessLog.objects.filter(username=request.user.get_username()).order_by("-pk")[:LOGINS_SHOWN],
    }
    return _page(request, site, "accounts/account.html", "Your sign-in", context)


def _person(request: HttpRequest) -> User:
    """Who is before the page: each of them is asked for somebody who is logged in."""
    assert isinstance(request.user, User)
    return request.user


def _verified(request: HttpRequest, device: int) -> None:
    """From here on this session has shown its second factor."""
    session_rotate(request)
    request.session[VERIFIED] = {"device": device, "at": time.time()}
    del request.second_factor  # type: ignore[attr-defined]  # it said what was before


def _codes(request: HttpRequest, site: AdminSite, codes: list[str]) -> HttpResponse:
    """The page that shows recovery codes, once: they are in no message and no session."""
    answer = _page(request, site, "accounts/codes.html", "Recovery codes", {"codes": codes, "next": _next(request)})
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _page(
    request: HttpRequest, site: AdminSite, template: str, title: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    return TemplateResponse(request, template, {**site.each_context(request), "title": title, **context}, status=status)


def _next(request: HttpRequest) -> str:
    """Where he wanted to go, if that is a page of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if ours else reverse("admin:index")


def _with_next(name: str, request: HttpRequest) -> str:
    return f"{reverse(name)}?{urlencode({'next': _next(request)})}"
