"""One reconciliation from beginning to end."""

import time
from datetime import timedelta

import structlog
from django.utils import timezone

from chains.config import chain_config
from chains.errors import ChainError
from chains.models import Chain
from swaps.models import Reconciliation
from swaps.services.reconcile.accounts import final_block
from swaps.services.reconcile.balances import balances_compare, bounds_of, open_transactions
from swaps.services.reconcile.books import books_compare
from swaps.services.reconcile.locks import locks_compare, near_records
from swaps.services.reconcile.report import Report, Scope, chains_in_use
from swaps.services.reconcile.reservations import reservations_compare
from swaps.services.reconcile.strangers import strangers_find

log = structlog.get_logger(__name__)
SETTLE_SECONDS = 5.0
RECENT = timedelta(days=1)
KEPT = timedelta(days=30)


def reconcile(
    *, chain: str = "", session: str = "", settle_seconds: float = SETTLE_SECONDS, recent_only: bool = False
) -> Report:
    """Compare everything, or one chain, or one session.

    What was found is looked at again after `settle_seconds`, and only what is found both times is a difference: a
    session may just be at work. `recent_only` leaves out locks that were settled more than a day ago. Nothing is
    written. Raises `KeyError` for a chain that is not in use.
    """
    chains = chains_in_use(chain)
    report = _look(chains, session, recent_only)
    if report.differences and settle_seconds:
        time.sleep(settle_seconds)
        before = {difference.key for difference in report.differences}
        report = _look(chains, session, recent_only)
        report.differences = [one for one in report.differences if one.key in before]
    return report


def reconcile_and_record() -> Report:
    """What the periodic task does: reconcile what can have changed, and keep the result for metrics and operators."""
    report = reconcile(recent_only=True)
    told = report.to_json()
    Reconciliation.objects.create(differences=told["differences"], unreadable=report.unreadable)
    Reconciliation.objects.filter(at__lt=timezone.now() - KEPT).delete()
    for difference in report.differences:
        log.error("ledger.difference", **difference.to_json())
    return report


def _look(chains: tuple[str, ...], session: str, recent_only: bool) -> Report:
    report = Report()
    for chain in chains:
        try:
            _look_at(chain, _scope(chain, session, recent_only), report)
        except ChainError as error:
            report.unreadable[chain] = str(error)[:500]
    report.differences += reservations_compare(Scope(chains, session))
    return report


def _scope(chain: str, session: str, recent_only: bool) -> Scope:
    now = Chain.objects.get(pk=chain).final_time_ns // 10**9
    return Scope((chain,), session, now - int(RECENT.total_seconds()) if recent_only else 0)


def _look_at(chain: str, scope: Scope, report: Report) -> None:
    """One chain. What is open is read before the final block, and the books after it: what lands meanwhile only widens the
    bounds. Raises `ChainError`."""
    waiting, at = open_transactions(chain), final_block(chain)
    found, missing, entries = books_compare(scope)
    report.differences += found
    report.entries += entries
    records = near_records(at) if chain_config(chain).family == "near" else {}
    found, count = locks_compare(scope, at, records)
    report.differences += found
    report.locks += count
    if scope.session:
        return
    report.differences += strangers_find(at, records)
    lines, found = balances_compare(at, bounds_of(chain, waiting, missing), set(records))
    report.balances += lines
    report.differences += found
