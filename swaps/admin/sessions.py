"""Sessions in the admin, and the refund."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from unfold.decorators import action, display

from access.readonly_admin import ReadOnlyAdmin
from swaps.admin.sessions_page import SessionPageMixin
from swaps.errors import RefundRefused
from swaps.models import Refund, SwapSession
from swaps.page.words import amount_text
from swaps.services.refunds import refund_options, refund_request

LABELS = {
    "completed": "success",
    "refunded": "info",
    "cancelled": "info",
    "failed": "danger",
    "timeout": "danger",
    "refunding": "warning",
    "cancelling": "warning",
}


@admin.register(SwapSession)
class SessionAdmin(SessionPageMixin):
    """Every swap; search by any id, account, hash or lock."""

    list_display = ("id", "shown_status", "source", "destination", "shown_custody", "attention", "created_at")
    list_filter = ("status", "source_chain", "destination_chain", "custody")
    search_fields = ("id", "hashlock", "maker", "taker", "legs__lock_id", "principal")
    date_hierarchy = "created_at"
    actions_detail = ("refund",)

    @display(description="status", label=LABELS, ordering="status")
    def shown_status(self, session: SwapSession) -> str:
        return session.status

    @admin.display(description="custody", ordering="custody")
    def shown_custody(self, session: SwapSession) -> str:
        return session.custody

    @admin.display(description="source")
    def source(self, session: SwapSession) -> str:
        text = amount_text(session.source_chain_id, session.source_token, session.source_amount)
        return f"{text} on {session.source_chain_id}"

    @admin.display(description="destination")
    def destination(self, session: SwapSession) -> str:
        text = amount_text(session.destination_chain_id, session.destination_token, session.destination_amount)
        return f"{text} on {session.destination_chain_id}"

    # The refund

    @action(description="Refund…", url_path="refund", permissions=["refund_session"], icon="undo")
    def refund(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect(reverse("admin:swaps_swapsession_refund_confirm", args=[object_id]))

    def has_refund_session_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("swaps.refund_session")

    def get_urls(self) -> list[URLPattern]:
        confirm = path(
            "<path:object_id>/refund/confirm/",
            self.admin_site.admin_view(self.refund_confirm),
            name="swaps_swapsession_refund_confirm",
        )
        return [confirm, *super().get_urls()]

    def refund_confirm(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """GET says what would be called, or why not yet and from when; POST with a reason orders it."""
        if not self.has_refund_session_permission(request):
            raise PermissionDenied("you may not order refunds: ask for the permission swaps.refund_session")
        session = get_object_or_404(SwapSession, pk=object_id)
        error = ""
        if request.method == "POST":
            try:
                rows = refund_request(
                    session_id=session.pk, actor=request.user.get_username(), reason=request.POST.get("reason", "")
                )
            except RefundRefused as refused:
                error = str(refused.detail)
            else:
                legs = " and ".join(row.leg.side for row in rows)
                messages.success(
                    request, f"Refund ordered for the {legs} lock. It is sent once, and shown here when final."
                )
                return redirect(reverse("admin:swaps_swapsession_change", args=[session.pk]))
        options = refund_options(session)
        context = {
            **self.admin_site.each_context(request),
            "title": "Refund",
            "opts": self.model._meta,
            "session": session,
            "options": options,
            "possible": any(option.possible for option in options),
            "standing": Refund.objects.filter(leg__session=session, state=Refund.State.REQUESTED),
            "error": error,
            "reason": request.POST.get("reason", ""),
        }
        return TemplateResponse(request, "admin/swaps/swapsession/refund.html", context, status=409 if error else 200)


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    """Every refund: who wanted it, why, and what became of it."""

    list_display = ("leg", "source", "actor", "state", "reason", "requested_at", "finished_at")
    list_filter = ("state", "source")
    search_fields = ("leg__session__id", "actor", "reason", "tx_hash")
