"""What belongs to a session, on its page."""

from access.readonly_admin import ReadOnlyInline
from swaps.models import LedgerEntry, Leg, SessionTransition


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
