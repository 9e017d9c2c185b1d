"""The audit trail: who did what, with what, and whether the chain still says so."""

import json
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from access.audit.selectors import LATE_SECONDS, check_last, check_last_good, unlinked_seconds
from access.audit.targets import target_page
from access.models import AuditCheck, AuditEntry
from access.readonly_admin import ReadOnlyAdmin

LINKED, WAITS = "linked", "not yet"


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """Found by what indexes know: exactly whose, on what, in which request, or which place in the chain."""

    list_display = ("at_seconds", "actor", "action", "target", "outcome", "address", "place")
    list_filter = ("actor_kind", ("at", RangeDateTimeFilter))
    list_filter_submit = True
    search_fields = ("target", "actor_id", "request_id", "address", "action")
    search_help_text = (
        "Exactly: a target, an actor, a request's id, an action, an address, or a place in the chain (a number)"
    )
    ordering = ("-pk",)
    paginator, show_full_result_count = InfinitePaginator, False
    list_per_page = 50
    list_before_template = "admin/access/auditentry/state.html"
    fields = (
        "at_seconds", "actor", "action", "target_link", "outcome", "address", "request_link", "detail_read", "place_read",
        "chain",
    )  # fmt: skip
    readonly_fields = ("at_seconds", "actor", "target_link", "request_link", "detail_read", "place_read", "chain")

    @display(description="at (UTC)", ordering="pk")
    def at_seconds(self, entry: AuditEntry) -> str:
        return f"{entry.at:%Y-%m-%d %H:%M:%S}"

    @display(description="who")
    def actor(self, entry: AuditEntry) -> str:
        return f"{entry.actor_id} ({entry.get_actor_kind_display()})"

    @display(description="chain", label={LINKED: "success", WAITS: "warning"})
    def place(self, entry: AuditEntry) -> tuple[str, str]:
        return (LINKED, f"{entry.seq:,}") if entry.seq else (WAITS, WAITS)

    @display(description="place in the chain")
    def place_read(self, entry: AuditEntry) -> str:
        return f"row {entry.seq:,}" if entry.seq else WAITS

    @display(description="target")
    def target_link(self, entry: AuditEntry) -> str:
        """With a way to the page of what it names, where there is one."""
        path = _target_path(entry)
        return _link(path, entry.target) if path else entry.target or "-"

    @display(description="request")
    def request_link(self, entry: AuditEntry) -> str:
        """With a way to everything that the same request did."""
        if not entry.request_id:
            return "-"
        return _link(f"{reverse('admin:access_auditentry_changelist')}?q={entry.request_id}", entry.request_id)

    @display(description="detail")
    def detail_read(self, entry: AuditEntry) -> SafeString:
        text = json.dumps(entry.detail, indent=2, ensure_ascii=False, sort_keys=True)
        return format_html('<pre class="font-mono whitespace-pre-wrap break-all">{}</pre>', text)

    @display(description="hashes")
    def chain(self, entry: AuditEntry) -> SafeString | str:
        if entry.seq is None:
            return "not linked yet: that takes some seconds"
        return format_html(
            '<span class="font-mono break-all">{}<br>after {}<br>linked {}</span>',
            entry.hash,
            entry.previous,
            f"{entry.linked_at:%Y-%m-%d %H:%M:%S} UTC",
        )

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[AuditEntry]", search_term: str
    ) -> "tuple[QuerySet[AuditEntry], bool]":
        term = search_term.strip()
        if not term:
            return queryset, False
        if term.isdecimal() and len(term) < 16:
            return queryset.filter(Q(seq=int(term)) | Q(target=term)), False
        if term.count(".") == 3 or "::" in term:
            return queryset.filter(address=term), False
        return queryset.filter(Q(target=term) | Q(actor_id=term) | Q(request_id=term) | Q(action=term)), False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        answer: HttpResponse = super().changelist_view(request, {**chain_state(), **(extra_context or {})})
        return answer


def chain_state() -> dict[str, Any]:
    """How far the chain was walked and found sound, and what waits for its place."""
    last, good, (unlinked, waited) = check_last(), check_last_good(), unlinked_seconds()
    return {
        "chain_last": last,
        "chain_good": good,
        "chain_unlinked": unlinked,
        "chain_waited": waited,
        "chain_late": waited > LATE_SECONDS,
    }


def _target_path(entry: AuditEntry) -> str | None:
    """By what knows it: a table and its row, or a name that begins as one."""
    table = entry.detail.get("table") if isinstance(entry.detail, dict) else None
    try:
        if isinstance(table, str) and "." in table:
            return reverse(f"admin:{table.replace('.', '_')}_change", args=[entry.target])
        page = target_page(entry.target)
        return reverse(f"admin:{page}_change", args=[entry.target]) if page else None
    except NoReverseMatch:
        return None


def _link(path: str, text: str) -> SafeString:
    return format_html(
        '<a class="font-medium text-primary-600 underline dark:text-primary-500" href="{}">{}</a>', path, text
    )


@admin.register(AuditCheck)
class AuditCheckAdmin(ReadOnlyAdmin):
    """Walks over the chain, by the job and by `manage.py verify_audit`."""

    list_display = ("at", "by", "state", "since_seq", "seq", "rows", "seconds")
    ordering = ("-pk",)
    paginator, show_full_result_count = InfinitePaginator, False

    @display(description="found", label={"sound": "success", "faulty": "danger"})
    def state(self, check: AuditCheck) -> tuple[str, str]:
        return ("faulty", f"{len(check.faults)} faults") if check.faults else ("sound", "sound")
