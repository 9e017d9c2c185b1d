"""What belongs to a session, on its page."""

from access.readonly_admin import ReadOnlyInline
from swaps.models import LedgerEntry, Leg, SessionTransition, StrayLock


class LegInline(ReadOnlyInline):
    model = Leg
    tab = True
    fields = ("side", "chain", "token", "amount", "payee", "refundee", "lock_id", "verified")
    readonly_fields = fields


class TransitionInline(ReadOnlyInline):
    model = SessionTransition
    tab = True
    fields = ("seq", "at", "from_status", "to_status", "cause", "actor")
    readonly_fields = fields


class LedgerInline(ReadOnlyInline):
    model = LedgerEntry
    tab = True
    fields = ("at", "kind", "chain", "token", "amount", "credit", "debit", "evidence")
    readonly_fields = fields


class StrayInline(ReadOnlyInline):
    model = StrayLock
    tab = True
    verbose_name_plural = "Locks that are not what was agreed"
    fields = ("found_at", "chain", "lock_id", "differences", "state", "settled_at")
    readonly_fields = fields
