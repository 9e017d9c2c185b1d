"""What the tables tell of the swaps: how many, how long, how much money, and whether the books are right."""

from collections import Counter
from collections.abc import Iterator

from django.db import connection
from django.db.models import Count
from django.utils import timezone
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from balancer.metrics.families import gauge, single
from balancer.metrics.tallies import REACTION, REVEALED, SEEN, STEP, SWAP, histograms, totals
from chains.config import chain_configs
from swaps import overview
from swaps.models import Reconciliation, SwapSession
from swaps.models.session import ACTIVE
from swaps.selectors import pauses_in_force
from swaps.services.ladders import routes_assess
from swaps.words import symbol_of

_LOCKED = """
    SELECT leg.chain_id, leg.token, leg.side, count(*), sum(leg.amount)
    FROM swaps_leg leg JOIN swaps_swapsession session ON session.id = leg.session_id
    WHERE session.finished_at IS NULL AND leg.lock_id <> '' GROUP BY 1, 2, 3
"""


class SwapCollector(Collector):
    """The swaps and the money in them. Amounts are base units."""

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        yield from self._swaps()
        yield from self._reveals()
        yield from self._durations()
        yield from self._locked()
        yield from self._inventory()
        yield from self._ledger()
        paused = [([target], 1.0) for target in pauses_in_force()]
        yield gauge("paused", "1 while new swaps of a target are paused", ["target"], paused)
        routes = [([f"{one.source}-{one.destination}"], float(one.feasible)) for one in routes_assess()]
        yield gauge("route_feasible", "1 while a route has safe timelocks", ["route"], routes)

    def _swaps(self) -> Iterator[Metric]:
        labels = ["status", "route", "custody"]
        keys = ("status", "source_chain_id", "destination_chain_id", "custody")
        active = SwapSession.objects.filter(status__in=ACTIVE, finished_at=None)
        counts: Counter[tuple[str, str, str]] = Counter()
        for status, source, destination, custody, count in active.values_list(*keys).annotate(Count("pk")).order_by():
            counts[status, f"{source}-{destination}", custody] += count
        total = CounterMetricFamily("orchestrator_swaps_reached", "Sessions that ever came to a status", labels=labels)
        for of, count in totals(SEEN).items():
            status, route, custody = of
            total.add_metric([status, route, custody], count)
            if status not in ACTIVE:
                counts[status, route, custody] += count
        yield gauge("swaps", "Sessions by status, route and custody", labels, counts.items())
        yield total
        oldest = SwapSession.objects.filter(wake_at__isnull=False).order_by("wake_at").values_list("wake_at", flat=True)
        due = oldest.first()
        late = max(0.0, (timezone.now() - due).total_seconds()) if due else 0.0
        yield single("session_overdue_seconds", "How late the oldest session is looked at", late)

    def _reveals(self) -> Iterator[Metric]:
        what = "Secrets that were released into a claim of ours"
        revealed = CounterMetricFamily("orchestrator_secrets_revealed", what, labels=["route"])
        for labels, count in totals(REVEALED).items():
            revealed.add_metric(list(labels), count)
        yield revealed

    def _durations(self) -> Iterator[Metric]:
        for metric, name, what, labels in (
            (STEP, "step_seconds", "How long a session stayed in a status", ["status", "route"]),
            (SWAP, "swap_seconds", "From a session's creation to its end", ["status", "route"]),
            (REACTION, "reaction_seconds", "From a step of ours being possible to its broadcast", ["step", "route"]),
        ):
            family = HistogramMetricFamily(f"orchestrator_{name}", what, labels=labels)
            for values, (buckets, seconds) in histograms(metric).items():
                family.add_metric(list(values), buckets, seconds)
            yield family

    def _locked(self) -> Iterator[Metric]:
        symbols = {(config.name, token.id): token.symbol for config in chain_configs() for token in config.tokens}
        locks: Counter[tuple[str, str]] = Counter()
        money: Counter[tuple[str, str, str]] = Counter()
        with connection.cursor() as cursor:
            cursor.execute(_LOCKED)
            for chain, token, side, count, units in cursor.fetchall():
                locks[chain, side] += count
                money[chain, symbols.get((chain, token), "other"), side] += int(units or 0)
        yield gauge("locks_standing", "Locks of active swaps", ["chain", "side"], locks.items())
        yield gauge("locked_units", "Base units in locks of active swaps", ["chain", "token", "side"], money.items())

    def _inventory(self) -> Iterator[Metric]:
        rows = [(row, [row.chain, symbol_of(row.chain, row.token)]) for row in overview.inventory()]
        figures = [
            ([*labels, what], float(units))
            for row, labels in rows
            for what, units in (("amount", row.amount), ("promised", row.reserved), ("free", row.free))
        ]
        yield gauge("inventory_units", "Our tokens, base units", ["chain", "token", "what"], figures)
        now = timezone.now()
        ages = [(labels, (now - row.read_at).total_seconds()) for row, labels in rows]
        yield gauge("inventory_age_seconds", "Since a balance of ours was read", ["chain", "token"], ages)

    def _ledger(self) -> Iterator[Metric]:
        """The last reconciliation: base units where amounts differ, 1 for anything else; more than 0 is an alarm."""
        last = Reconciliation.objects.order_by("-at").first()
        sums: Counter[tuple[str, str, str]] = Counter()
        for one in last.differences if last else ():
            sums[one["chain"], one["token"], one["what"]] += abs(int(one["units"] or 1))
        labels = ["chain", "token", "what"]
        yield gauge("ledger_difference", "Found by the last reconciliation", labels, sums.items())
        age = (timezone.now() - last.at).total_seconds() if last else None
        yield single("reconciled_age_seconds", "Since the last reconciliation", age)
        unread = [([chain], 1.0) for chain in last.unreadable] if last else []
        yield gauge("reconcile_unreadable", "1 for a chain it could not read", ["chain"], unread)
