"""Sessions in the admin, and the refund."""

from fractions import Fraction
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import action, display

from access.readonly_admin import ReadOnlyAdmin
from chains.config import chain_config
from pricing.amounts import decimal_text
from swaps import selectors
from swaps.admin.inlines import LedgerInline, LegInline, StrayInline, TransitionInline
from swaps.errors import RefundRefused
from swaps.models import Refund, SwapSession
from swaps.services.ladders import margins_document
from swaps.services.profitability import profit_sentence
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
class SessionAdmin(ReadOnlyAdmin):
    """Every swap; search by any id, account, hash or lock."""

    list_display = ("id", "shown_status", "source", "destination", "shown_custody", "attention", "created_at")
    list_filter = ("status", "source_chain", "destination_chain", "custody")
    search_fields = ("id", "hashlock", "maker", "taker", "legs__lock_id", "principal")
    date_hierarchy = "created_at"
    inlines = (LegInline, TransitionInline, LedgerInline, StrayInline)
    actions_detail = ("refund",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("shown_status", "reason"),
                    "attention",
                    ("source", "maker"),
                    ("destination", "taker"),
                    ("custody", "secret_state"),
                    ("hash_function", "hashlock"),
                    ("source_lock", "confirmation_level"),
                    ("created_at", "executed_at"),
                    ("expires_at", "finished_at"),
                    ("wake_at", "principal"),
                    "time_left",
                    "profit",
                )
            },
        ),
        ("Our transactions", {"fields": ("transactions",), "classes": ("tab",)}),
        ("Intents", {"fields": ("intents",), "classes": ("tab",)}),
        ("Timelock plan", {"fields": ("plan",), "classes": ("tab",)}),
    )

    @display(description="status", label=LABELS, ordering="status")
    def shown_status(self, session: SwapSession) -> str:
        return session.status

    @admin.display(description="custody", ordering="custody")
    def shown_custody(self, session: SwapSession) -> str:
        return session.custody

    @admin.display(description="source")
    def source(self, session: SwapSession) -> str:
        return _amount(session.source_chain_id, session.source_token, session.source_amount)

    @admin.display(description="destination")
    def destination(self, session: SwapSession) -> str:
        return _amount(session.destination_chain_id, session.destination_token, session.destination_amount)

    @admin.display(description="secret")
    def secret_state(self, session: SwapSession) -> str:
        secret = getattr(session, "secret", None)
        return secret.state if secret else "none"

    @admin.display(description="seconds left")
    def time_left(self, session: SwapSession) -> str:
        left = margins_document(session)
        gates = {
            "destinationLock": "to lock the destination",
            "reveal": "to reveal",
            "destinationClaim": "to claim the destination",
            "sourceClaim": "to claim the source",
        }
        return ", ".join(f"{left[key]} {words}" for key, words in gates.items() if left[key] is not None) or "-"

    @admin.display(description="earns now")
    def profit(self, session: SwapSession) -> str:
        return profit_sentence(session)

    @admin.display(description="")
    def transactions(self, session: SwapSession) -> SafeString:
        rows = [
            (sent.intent.step, sent.chain_id, sent.state, sent.hash, sent.error)
            for sent in selectors.transactions_of(session.pk)
        ]
        return _table(("step", "chain", "state", "hash", "error"), rows)

    @admin.display(description="")
    def intents(self, session: SwapSession) -> SafeString:
        rows = [
            (intent.step, intent.chain_id, intent.state, intent.attempts, intent.last_error)
            for intent in selectors.intents_of(session.pk)
        ]
        return _table(("step", "chain", "state", "attempts", "last error"), rows)

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


def _amount(chain: str, token_id: str, amount: int) -> str:
    """Whole tokens with all their decimals, the symbol and the chain."""
    token = chain_config(chain).token(token_id) if chain in settings.CHAINS else None
    if token is None:
        return f"{amount} base units of {token_id} on {chain}"
    text = decimal_text(Fraction(amount, 10**token.decimals), token.decimals).rstrip("0").rstrip(".")
    return f"{text} {token.symbol} on {chain}"


def _table(heads: tuple[str, ...], rows: list[tuple[Any, ...]]) -> SafeString:
    if not rows:
        return format_html("<em>{}</em>", "none yet")
    head = format_html("<tr>{}</tr>", _cells("th", heads))
    body = format_html_join("", "<tr>{}</tr>", ((_cells("td", row),) for row in rows))
    return format_html('<table class="w-full text-sm">{}{}</table>', head, body)


def _cells(tag: str, values: tuple[Any, ...]) -> SafeString:
    template = f'<{tag} class="px-2 py-1 text-left align-top break-all">{{}}</{tag}>'
    return format_html_join("", template, ((value,) for value in values))


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    """Every refund: who wanted it, why, and what became of it."""

    list_display = ("leg", "source", "actor", "state", "reason", "requested_at", "finished_at")
    list_filter = ("state", "source")
    search_fields = ("leg__session__id", "actor", "reason", "tx_hash")
