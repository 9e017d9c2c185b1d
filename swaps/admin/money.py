"""Our money, to read: what we hold, what is promised, what stands in locks, the books, and how they agree with the chains."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from access.readonly_admin import ReadOnlyAdmin
from swaps.models import LedgerEntry, Leg, Reconciliation, Reservation, Stock, StrayLock
from swaps.overview import legs_standing
from swaps.words import amount_words


class StandingFilter(admin.SimpleListFilter):
    """Only locks that hold money now."""

    title = "holds money now"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Yes")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Leg]) -> QuerySet[Leg]:
        return legs_standing(queryset) if self.value() == "yes" else queryset


class PagedAdmin(ReadOnlyAdmin):
    """A list of many rows, whose number nobody counts. `amount_of` names the columns that make an amount."""

    show_full_result_count = False
    list_per_page = 50

    @admin.display(description="amount")
    def shown_amount(self, row: Any) -> str:
        return amount_words(row.chain_id, row.token, int(row.amount))


@admin.register(Leg)
class LegAdmin(PagedAdmin):
    """The locks of all swaps, as agreed and as found."""

    list_display = ("session", "side", "shown_amount", "lock_id", "expires_at", "shown_verified")
    list_filter = (StandingFilter, "side", "chain")
    list_select_related = ("session",)
    search_fields = ("session__id", "lock_id", "lock_tx", "payee", "refundee")
    ordering = ("-pk",)

    @display(description="verified", boolean=True)
    def shown_verified(self, leg: Leg) -> bool | None:
        return leg.verified


@admin.register(Stock)
class StockAdmin(PagedAdmin):
    """Our balances as they were last read from their chains."""

    list_display = ("chain", "token", "shown_amount", "read_at")
    list_filter = ("chain",)
    ordering = ("chain", "token")


@admin.register(Reservation)
class ReservationAdmin(PagedAdmin):
    """What is promised to swaps, and was."""

    list_display = ("session", "shown_amount", "created_at", "released_at")
    list_filter = ("chain", ("released_at", admin.EmptyFieldListFilter))
    list_select_related = ("session",)
    search_fields = ("session__id",)
    ordering = ("-created_at",)


@admin.register(LedgerEntry)
class LedgerEntryAdmin(PagedAdmin):
    """The books: every movement, once, with what proves it."""

    list_display = ("at", "kind", "shown_amount", "credit", "debit", "session", "evidence")
    list_filter = ("kind", "chain")
    list_select_related = ("session",)
    search_fields = ("session__id", "evidence")
    ordering = ("-pk",)


@admin.register(Reconciliation)
class ReconciliationAdmin(ReadOnlyAdmin):
    """The comparisons of the books with the chains."""

    list_display = ("at", "found", "unread")
    ordering = ("-at",)

    @admin.display(description="differences")
    def found(self, run: Reconciliation) -> int:
        return len(run.differences)

    @admin.display(description="could not be read")
    def unread(self, run: Reconciliation) -> str:
        return ", ".join(sorted(run.unreadable)) or "-"


@admin.register(StrayLock)
class StrayLockAdmin(ReadOnlyAdmin):
    """Locks that carry a session's hashlock or salt and are not what was agreed."""

    list_display = ("session", "chain", "lock_id", "state", "found_at", "settled_at")
    list_filter = ("state", "chain")
    list_select_related = ("session",)
    search_fields = ("session__id", "lock_id")
    ordering = ("-found_at",)
