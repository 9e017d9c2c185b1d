"""Swaps as rows: the session, its two legs, its secret, what happened to it, its refunds and its ledger; pauses;
reconciliations; orders by 1inch's interface; alerts; our balances; links to status pages; operators' saved views."""

from swaps.models.alert import Alert, AlertMute
from swaps.models.fusion import FusionOrder, FusionQuote
from swaps.models.ledger import LedgerEntry
from swaps.models.leg import Leg
from swaps.models.pause import Pause
from swaps.models.reconciliation import Reconciliation
from swaps.models.refund import Refund
from swaps.models.reservation import Reservation
from swaps.models.saved_view import SavedView
from swaps.models.secret import Secret
from swaps.models.session import SwapSession
from swaps.models.status_link import StatusLink
from swaps.models.stock import Stock
from swaps.models.stray import StrayLock
from swaps.models.transition import SessionTransition

__all__ = [
    "Alert",
    "AlertMute",
    "FusionOrder",
    "FusionQuote",
    "LedgerEntry",
    "Leg",
    "Pause",
    "Reconciliation",
    "Refund",
    "Reservation",
    "SavedView",
    "Secret",
    "SessionTransition",
    "StatusLink",
    "Stock",
    "StrayLock",
    "SwapSession",
]
