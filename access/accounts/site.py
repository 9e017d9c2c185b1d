"""The console as a site: its login with lock-outs, and the net that lets no change pass without an audit row."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from unfold.sites import UnfoldAdminSite

from access.accounts import pages
from access.accounts.lockouts import is_locked_out, locked_until
from access.accounts.net import noticed
from access.accounts.sessions import AGE, IDLE, PENDING, session_began, session_rekeyed, sessions_end
from access.accounts.trail import Trailed, failure_recorded, recorded
from access.models import OperatorSession

OVER = {
    IDLE: "You were signed out, for nothing was done for a while.",
    AGE: "You were signed out: a session lasts so long at most.",
    PENDING: "You were signed out: the code did not come in time.",
}
MAX_NAME = 150


class ConsoleSite(UnfoldAdminSite):
    """What django-unfold's does, and: every admin class writes the audit trail, every page passes the net."""

    login_template = "accounts/login.html"

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Whatever is registered, ours or a library's, writes the trail."""
        if admin_class is not None and not issubclass(admin_class, Trailed):
            admin_class = type(admin_class.__name__, (Trailed, admin_class), {"__module__": admin_class.__module__})
        super().register(model_or_iterable, admin_class, **options)

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        wrapped: Callable[..., Any] = super().admin_view(noticed(view), cacheable)
        return wrapped

    def extra_urls(self) -> list[URLPattern]:
        """A person's own sign-in. What somebody may open before his code is shown is listed in `middleware.OPEN`."""
        mine = {"site": self}
        return [
            path("second-factor/", partial(pages.verify, **mine), name="second_factor"),
            path("second-factor/enrol/", partial(pages.enrol, **mine), name="second_factor_enrol"),
            path("second-factor/qr.svg", pages.picture, name="second_factor_picture"),
            path("second-factor/codes/", self.admin_view(partial(pages.renew_codes, **mine)), name="recovery_codes"),
            path("account/", self.admin_view(partial(pages.account, **mine)), name="account"),
        ]

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        notice = {"notice": OVER.get(request.GET.get("expired", ""), "")}
        if request.method != "POST":
            page: HttpResponse = super().login(request, {**notice, **(extra_context or {})})
            return page
        name = request.POST.get("username", "")[:MAX_NAME].replace("\0", "")
        if is_locked_out(request, name):
            return self._locked(request, name)
        answer: HttpResponse = super().login(request, {**notice, **(extra_context or {})})
        if answer.status_code == 302 and isinstance(request.user, User):
            session_began(request, request.user)
            recorded(request, "signed_in", request.user.get_username())
            return answer
        return self._refused(request, name, answer)

    def _refused(self, request: HttpRequest, name: str, answer: HttpResponse) -> HttpResponse:
        known = User.objects.filter(username=name).exists()
        locked = bool(getattr(request, "axes_locked_out", False))
        # a password is typed into the wrong field now and then: a name that nobody has is written nowhere
        failure_recorded("login_locked" if locked else "login_failed", name if known else "")
        return self._locked(request, name) if locked else answer

    def _locked(self, request: HttpRequest, name: str) -> HttpResponse:
        context = {
            **self.each_context(request),
            "title": "Too many failed logins",
            "until": locked_until(request, name),
        }
        return TemplateResponse(request, "accounts/locked.html", context, status=429)

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        name, key = request.user.get_username(), request.session.session_key
        answer: HttpResponse = super().logout(request, extra_context)
        if request.method == "POST":
            recorded(request, "signed_out", name, actor=name)
            OperatorSession.objects.filter(session_key=key).delete()
        return answer

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """His other sessions end; this one goes on under a new key."""
        key = request.session.session_key
        answer: HttpResponse = super().password_change(request, extra_context)
        if request.method == "POST" and answer.status_code == 302 and isinstance(request.user, User):
            session_rekeyed(key, request.session.session_key)
            ended = sessions_end(request.user, keep=request.session.session_key)
            recorded(request, "password_changed", request.user.get_username(), {"sessionsEnded": ended})
        return answer
