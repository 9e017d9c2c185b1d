"""Comparing the books with the chains, and everything else that must agree about our money.

`report` what is found · `books` entries against final facts · `locks` sessions against both chains, lock by lock ·
`strangers` locks that no session knows · `balances` accounts against the books · `reservations` promises against sessions ·
`accounts` what we hold and where · `opening` the first balances, and what an operator moved · `run` all of it.
"""

from swaps.services.reconcile.opening import books_open, transfer_record
from swaps.services.reconcile.report import Difference, Report, What
from swaps.services.reconcile.run import reconcile, reconcile_and_record

__all__ = ["Difference", "Report", "What", "books_open", "reconcile", "reconcile_and_record", "transfer_record"]
