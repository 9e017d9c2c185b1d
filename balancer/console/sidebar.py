"""The sidebar of every admin page: what there is, grouped by what an operator wants to do.

A model's page stands in `GROUPS`; one that nobody has put there stands in the last group, so that no page is ever lost. An
entry is drawn for those who may see its page, and for nobody else.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from balancer.console import badges

Badge = Callable[[], int]


@dataclass(frozen=True)
class Entry:
    """`page` is a model as app.Model, or the name of a URL, in which there is no full stop. `permission` is asked for where there
    is no model to ask. `badge` counts what waits there; 0 shows none."""

    title: str
    icon: str
    page: str
    permission: str = ""
    badge: Badge | None = None
    query: str = ""


GROUPS: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    (
        "Now",
        (
            Entry("Console", "monitoring", "admin:index"),
            Entry(
                "Alerts",
                "notifications",
                "swaps.Alert",
                badge=badges.alerts,
                query="state__exact=raised&cleared_at__isnull=True",
            ),
            Entry("Muted alerts", "notifications_off", "swaps.AlertMute"),
            Entry("Proposals", "how_to_vote", "access.Proposal", badge=badges.proposals),
            Entry("Pauses", "pause_circle", "swaps.Pause", badge=badges.pauses),
        ),
    ),
    (
        "Swaps",
        (
            Entry("Sessions", "swap_horiz", "swaps.SwapSession", badge=badges.attention),
            Entry("Refunds", "undo", "swaps.Refund"),
            Entry("Locks", "lock", "swaps.Leg"),
            Entry("Stray locks", "lock_open", "swaps.StrayLock"),
        ),
    ),
    (
        "Money",
        (
            Entry("Inventory", "account_balance_wallet", "swaps.Stock"),
            Entry("Promised", "bookmark", "swaps.Reservation"),
            Entry("Ledger", "menu_book", "swaps.LedgerEntry"),
            Entry("Reconciliations", "balance", "swaps.Reconciliation"),
            Entry("Paid out by key", "outbound", "chains.Outflow"),
        ),
    ),
    (
        "Chains",
        (
            Entry("Chains", "link", "chains.Chain"),
            Entry("Providers", "dns", "chains.ProviderHealth"),
            Entry("Actions", "bolt", "chains.Intent"),
            Entry("Transactions", "receipt_long", "chains.ChainTransaction"),
            Entry("Events", "stream", "chains.ChainEvent"),
            Entry("Keys that sign", "vpn_key", "chains.Account"),
        ),
    ),
    (
        "Prices",
        (
            Entry("Quotes", "request_quote", "pricing.Quote"),
            Entry("Auction presets", "tune", "pricing.PresetSetting"),
        ),
    ),
    (
        "Access",
        (
            Entry("API keys", "key", "access.ApiKey"),
            Entry("Refused requests", "block", "access.RateViolation"),
            Entry("Webhook endpoints", "webhook", "webhooks.Endpoint"),
            Entry("Webhook deliveries", "outgoing_mail", "webhooks.Delivery"),
            Entry("Audit", "history", "access.AuditEntry"),
            Entry("Audit checks", "verified", "access.AuditCheck"),
        ),
    ),
    (
        "Service",
        (
            Entry("Processes", "memory", "balancer.Process"),
            Entry("Messages sent", "send", "balancer.Notice"),
            Entry("Runbook", "menu_book", "runbook", permission="swaps.view_alert"),
        ),
    ),
    (
        "Settings",
        (
            Entry("Live settings", "settings", "constance.Config"),
            Entry("People", "group", "auth.User"),
            Entry("Roles", "badge", "auth.Group"),
            Entry("Logins", "login", "axes.AccessLog"),
            Entry("Failed logins", "person_off", "axes.AccessAttempt"),
        ),
    ),
)
ELSE = "Settings"


def environment(request: HttpRequest) -> list[str]:
    """The label on top of every page: what one does in production is done with real money."""
    name = str(settings.NODE_ENV)
    return [name.capitalize(), {"production": "danger", "test": "warning"}.get(name, "info")]


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups that this operator sees, as unfold draws them."""
    models = {model._meta.label: model for model in admin.site._registry}
    groups = {title: list(_drawn(entries, models, request)) for title, entries in GROUPS}
    groups[ELSE] += list(_drawn(_unplaced(models), models, request))
    return [
        {"title": title, "separator": number > 0, "items": items}
        for number, (title, items) in enumerate(groups.items())
        if items
    ]


def _unplaced(models: dict[str, type[Model]]) -> Iterator[Entry]:
    placed = {entry.page for _, entries in GROUPS for entry in entries}
    for label in sorted(models.keys() - placed):
        meta = models[label]._meta
        yield Entry(str(meta.verbose_name_plural).capitalize(), "table_rows", label)


def _drawn(
    entries: Iterator[Entry] | tuple[Entry, ...], models: dict[str, type[Model]], request: HttpRequest
) -> Iterator[dict[str, Any]]:
    for entry in entries:
        link = _link(entry, models, request)
        if link:
            item: dict[str, Any] = {"title": entry.title, "icon": entry.icon, "link": link}
            if waiting := entry.badge() if entry.badge else 0:
                item |= {"badge": _count(waiting), "badge_variant": "danger"}
            yield item


def _link(entry: Entry, models: dict[str, type[Model]], request: HttpRequest) -> str:
    """Where the entry leads; "" for a page that is not there, or not this operator's."""
    query = f"?{entry.query}" if entry.query else ""
    if "." not in entry.page:
        allowed = not entry.permission or request.user.has_perm(entry.permission)
        try:
            return reverse(entry.page) + query if allowed else ""
        except NoReverseMatch:
            return ""
    model = models.get(entry.page)
    if model is None or not admin.site._registry[model].has_view_permission(request):
        return ""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist") + query


def _count(waiting: int) -> str:
    return str(waiting) if waiting < badges.MOST else f"{badges.MOST - 1}+"
