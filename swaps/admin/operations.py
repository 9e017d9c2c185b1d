"""What an operator can do with sessions: buttons that lead to the pages of actions, on a session and on a list of them."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from unfold.decorators import action
from unfold.enums import ActionVariant

from access.actions.forms import MOST_AT_ONCE, ask_url, bulk_url
from access.readonly_admin import ReadOnlyAdmin
from chains.models import Intent
from swaps.admin.sessions_page import session_id_of
from swaps.models import SwapSession
from swaps.selectors import intents_of

WAITING = (Intent.State.PENDING, Intent.State.REVERTED)


class SessionOperationsMixin(ReadOnlyAdmin):
    """Every button only asks: what would be done, and its confirmation, is a page of its own."""

    actions = ("refund_selected", "review_selected")
    actions_detail = ("refund", "retry", "review", "asked")

    # On a session

    @action(
        description="Refund…",
        url_path="refund",
        permissions=["refund_session"],
        icon="undo",
        variant=ActionVariant.DANGER,
    )
    def refund(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect(ask_url("session.refund", session_id_of(object_id)))

    @action(description="Try again…", url_path="retry", permissions=["retry_intents"], icon="refresh")
    def retry(self, request: HttpRequest, object_id: str) -> HttpResponse:
        session_id = session_id_of(object_id)
        waiting = [str(pk) for pk in intents_of(session_id).filter(state__in=WAITING).values_list("pk", flat=True)]
        if not waiting:
            messages.info(request, "None of its actions waits: they are out, or done.")
            return redirect(reverse("admin:swaps_swapsession_change", args=[session_id]))
        return redirect(ask_url("intent.retry", waiting[0]) if len(waiting) == 1 else bulk_url("intent.retry", waiting))

    @action(description="Reviewed…", url_path="review", permissions=["review_session"], icon="task_alt")
    def review(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect(ask_url("session.review", session_id_of(object_id)))

    @action(description="Asked for…", url_path="asked", permissions=["access.view_proposal"], icon="how_to_vote")
    def asked(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Every action that operators ever asked for on it, with its reason and its end."""
        return redirect(f"{reverse('admin:access_proposal_changelist')}?{urlencode({'q': session_id_of(object_id)})}")

    # On a list of them

    @admin.action(description="Refund the chosen ones…", permissions=["refund_session"])
    def refund_selected(self, request: HttpRequest, sessions: QuerySet[SwapSession]) -> HttpResponse:
        return self._together(request, "session.refund", sessions)

    @admin.action(description="Mark the chosen ones as reviewed…", permissions=["review_session"])
    def review_selected(self, request: HttpRequest, sessions: QuerySet[SwapSession]) -> HttpResponse:
        return self._together(request, "session.review", sessions)

    @staticmethod
    def _together(request: HttpRequest, kind: str, sessions: QuerySet[SwapSession]) -> HttpResponse:
        chosen = [str(pk) for pk in sessions.values_list("pk", flat=True)[: MOST_AT_ONCE + 1]]
        if len(chosen) > MOST_AT_ONCE:
            messages.warning(request, f"These are the first {MOST_AT_ONCE} of them: so many are done at once.")
        return redirect(bulk_url(kind, chosen))

    def has_refund_session_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("swaps.refund_session")

    def has_retry_intents_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("chains.retry_intent")

    def has_review_session_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """On a session's page only while something of it asks for an operator."""
        may = request.user.has_perm("swaps.review_session")
        if not may or not isinstance(object_id, str):
            return may
        return SwapSession.objects.filter(pk=session_id_of(object_id), attention__gt="").exists()
