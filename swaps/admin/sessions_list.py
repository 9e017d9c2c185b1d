"""The list of sessions: newest first, never counted, searched through indexes, with days to walk by and saved views above it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from access.actions.forms import ids_read
from access.readonly_admin import ReadOnlyAdmin
from swaps import listing
from swaps.admin.sessions_filters import FILTERS
from swaps.errors import ViewRefused
from swaps.models import SwapSession
from swaps.page.words import amount_text, plain, seconds_of
from swaps.search import sessions_found
from swaps.services.saved_views import query_kept, view_delete, view_save, views_of
from swaps.templatetags.session_page import moment

LIST = "admin:swaps_swapsession_changelist"
LABELS = {
    "completed": "success",
    "refunded": "info",
    "cancelled": "info",
    "failed": "danger",
    "timeout": "danger",
    "refunding": "warning",
    "cancelling": "warning",
}
STANDARD = (
    ("All", ""),
    ("Active", "status=active"),
    ("Needs attention", "status=attention"),
    ("Stuck", "status=stuck"),
)


@dataclass(frozen=True)
class Tab:
    """A view above the list. `pk` is None for one that cannot be deleted."""

    name: str
    url: str
    current: bool
    pk: int | None = None
    shared: bool = False
    whose: str = ""


class SessionListMixin(ReadOnlyAdmin):
    """What stands in the list, and how it is found."""

    list_display = (
        "id",
        "shown_status",
        "source",
        "destination",
        "shown_custody",
        "shown_wake",
        "attention",
        "shown_created",
    )
    list_filter = FILTERS
    list_filter_submit = True
    list_fullwidth = True
    list_per_page = 30
    list_before_template = "admin/swaps/swapsession/views.html"
    search_fields = ("id",)
    search_help_text = "A session, transaction, hashlock, lock, order, address, account, owner or token"
    ordering = ("-created_at", "id")
    sortable_by = ("shown_created",)
    paginator = InfinitePaginator
    show_full_result_count = False
    show_facets = ReadOnlyAdmin.show_facets.NEVER

    class Media:
        css = {"all": ("swaps/session.css",)}

    @display(description="status", label=LABELS)
    def shown_status(self, session: SwapSession) -> tuple[str, str]:
        return session.status, plain(session.status)

    @display(description="custody")
    def shown_custody(self, session: SwapSession) -> str:
        return session.custody

    @display(description="source")
    def source(self, session: SwapSession) -> str:
        text = amount_text(session.source_chain_id, session.source_token, session.source_amount)
        return f"{text} on {session.source_chain_id}"

    @display(description="destination")
    def destination(self, session: SwapSession) -> str:
        text = amount_text(session.destination_chain_id, session.destination_token, session.destination_amount)
        return f"{text} on {session.destination_chain_id}"

    @display(description="next look")
    def shown_wake(self, session: SwapSession) -> SafeString | str:
        return "" if session.is_terminal else _moment(session.wake_at, "due")

    @display(description="made", ordering="created_at")
    def shown_created(self, session: SwapSession) -> SafeString | str:
        return _moment(session.created_at)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[SwapSession], search_term: str
    ) -> tuple[QuerySet[SwapSession], bool]:
        return (queryset.filter(sessions_found(search_term)) if search_term.strip() else queryset), False

    # Saved views and days

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("views/save/", wrap(require_POST(self.save_view)), name="swaps_swapsession_view_save"),
            path("views/delete/", wrap(require_POST(self.delete_view)), name="swaps_swapsession_view_delete"),
        ]
        return [*own, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        query = query_kept(request.GET.urlencode())
        tabs = _tabs(request.user, query) if self.has_view_permission(request) else []
        shown = {
            "tabs": tabs,
            "kept_query": query,
            "may_share": request.user.has_perm("swaps.share_views"),
            "days": _days(request),
            "deletable": [tab for tab in tabs if tab.current and tab.pk],
        }
        answer: HttpResponse = super().changelist_view(request, {**(extra_context or {}), **shown})
        return answer

    def save_view(self, request: HttpRequest) -> HttpResponse:
        """Keep the filters that the form carries."""
        return self._change(
            request,
            lambda: view_save(
                user=request.user,
                name=request.POST.get("name", ""),
                query=request.POST.get("query", ""),
                is_shared=request.POST.get("shared") == "on",
            ),
            "The view is kept.",
        )

    def delete_view(self, request: HttpRequest) -> HttpResponse:
        """Forget the view that the form names."""
        found = next(iter(ids_read([request.POST.get("view", "")])), 0)
        return self._change(request, lambda: view_delete(user=request.user, view_id=found), "The view is deleted.")

    def _change(self, request: HttpRequest, act: Any, done: str) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied("you may not see sessions: ask for the permission swaps.view_swapsession")
        try:
            act()
        except ViewRefused as refused:
            messages.error(request, str(refused.detail))
        else:
            messages.success(request, done)
        kept = query_kept(request.POST.get("query", ""))
        return redirect(f"{reverse(LIST)}?{kept}" if kept else reverse(LIST))


def _moment(at: datetime | None, how: str = "ago") -> SafeString | str:
    return moment(seconds_of(at), int(timezone.now().timestamp()), how)


def _tabs(user: Any, query: str) -> list[Tab]:
    base = reverse(LIST)
    standard = [Tab(name, f"{base}?{kept}" if kept else base, kept == query) for name, kept in STANDARD]
    own = [
        Tab(
            view.name,
            f"{base}?{view.query}",
            view.query == query,
            view.pk,
            view.is_shared,
            "" if view.owner_id == user.pk else view.owner.get_username(),
        )
        for view in views_of(user)
    ]
    return standard + own


def _days(request: HttpRequest) -> list[tuple[str, str, bool]]:
    """The last days and months, as links that keep the other filters: name, query string, and whether it is the one."""
    today = timezone.now().date()
    names = ("created_at__year", "created_at__month", "created_at__day")
    found = []
    for label, values in listing.periods(today):
        parameters = request.GET.copy()
        for name in (*names, "p"):
            parameters.pop(name, None)
        chosen = dict(zip(names, values, strict=False))
        is_now = all(request.GET.get(name, "") == str(chosen.get(name, "")) for name in names)
        kept = [*parameters.items(), *((name, str(value)) for name, value in chosen.items())]
        found.append((label, urlencode(kept), is_now))
    return found
