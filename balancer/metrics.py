"""`/metrics`: what processes count themselves, and what the database knows, read at scrape so that restarts and several
processes cannot make it wrong."""

from collections import Counter
from collections.abc import Iterator

import psutil
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django_prometheus.exports import ExportToDjangoView
from prometheus_client import REGISTRY
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from access.webhooks.metrics import WebhookCollector
from balancer.queue import job_waited_seconds, jobs_by_queue, worker_silent_seconds
from chains.models import Chain, ChainTransaction, Intent, ProviderHealth
from chains.selectors import measured_of
from pricing.metrics import PriceCollector
from swaps.models import Leg, Reconciliation, SwapSession
from swaps.models.session import ACTIVE
from swaps.selectors import pauses_in_force


class DatabaseCollector(Collector):
    """Gauges drawn from the tables."""

    def describe(self) -> list[GaugeMetricFamily]:
        return []

    def collect(self) -> Iterator[Metric]:
        yield self._swaps()
        yield from self._chains()
        yield from self._providers()
        yield self._intents()
        yield self._transactions()
        yield self._locked()
        yield self._paused()
        yield from self._ledger()
        yield from self._queue()
        memory = GaugeMetricFamily("orchestrator_memory_rss_bytes", "Resident memory of the answering process")
        memory.add_metric([], psutil.Process().memory_info().rss)
        yield memory

    def _swaps(self) -> GaugeMetricFamily:
        family = GaugeMetricFamily(
            "orchestrator_swaps", "Sessions by status, route and custody", labels=["status", "route", "custody"]
        )
        keys = ("status", "source_chain_id", "destination_chain_id", "custody")
        for row in SwapSession.objects.values(*keys).annotate(count=Count("pk")):
            route = f"{row['source_chain_id']}-{row['destination_chain_id']}"
            family.add_metric([row["status"], route, row["custody"]], row["count"])
        return family

    def _chains(self) -> Iterator[GaugeMetricFamily]:
        heights = GaugeMetricFamily("orchestrator_chain_height", "Heights by chain", labels=["chain", "watermark"])
        silent = GaugeMetricFamily("orchestrator_watcher_silent_seconds", "Since the last poll", labels=["chain"])
        halted = GaugeMetricFamily("orchestrator_chain_halted", "1 while a chain's money is halted", labels=["chain"])
        for chain in Chain.objects.all():
            for name, height in (
                ("head", chain.head_height),
                ("seen", chain.seen_height),
                ("final", chain.final_height),
            ):
                heights.add_metric([chain.name, name], height or 0)
            if chain.watched_at:
                silent.add_metric([chain.name], (timezone.now() - chain.watched_at).total_seconds())
            halted.add_metric([chain.name], int(bool(chain.halted_reason)))
        yield from (heights, silent, halted)
        yield from self._speed()

    def _speed(self) -> Iterator[GaugeMetricFamily]:
        age = GaugeMetricFamily("orchestrator_head_age_seconds", "Our clock minus the newest block's", labels=["chain"])
        figures = GaugeMetricFamily(
            "orchestrator_chain_measured_seconds",
            "Lately measured: block, lag, finality, inclusion",
            labels=["chain", "figure", "quantile"],
        )
        now = timezone.now().timestamp()
        for chain in Chain.objects.filter(head_time_ns__gt=0):
            age.add_metric([chain.name], now - chain.head_time_ns / 10**9)
            for kind, figure in vars(measured_of(chain)).items():
                for quantile, seconds in (("0.5", figure.median), ("0.95", figure.p95)):
                    if seconds is not None:
                        figures.add_metric([chain.name, kind, quantile], seconds)
        yield from (age, figures)

    def _providers(self) -> Iterator[Metric]:
        labels = ["chain", "provider"]
        up = GaugeMetricFamily(
            "orchestrator_provider_up", "1 while an RPC provider is asked and answers", labels=labels
        )
        lag = GaugeMetricFamily(
            "orchestrator_provider_lag_blocks", "Behind the head that a quorum knows", labels=labels
        )
        silent = GaugeMetricFamily("orchestrator_provider_silent_seconds", "Since its last good answer", labels=labels)
        counters = {
            name: CounterMetricFamily(f"orchestrator_provider_{name}", what, labels=labels)
            for name, what in (
                ("requests", "Requests to an RPC provider"),
                ("errors", "Requests that it did not answer, or with nonsense"),
                ("disagreements", "Pinned answers that contradicted the other providers"),
            )
        }
        for row in ProviderHealth.objects.all():
            of = [row.chain_id, row.label]
            up.add_metric(of, int(row.state == ProviderHealth.State.CLOSED and not row.disagreed_at))
            lag.add_metric(of, row.lag)
            if row.last_ok_at:
                silent.add_metric(of, (timezone.now() - row.last_ok_at).total_seconds())
            for name, counter in counters.items():
                counter.add_metric(of, getattr(row, name))
        yield from (up, lag, silent, *counters.values())

    def _intents(self) -> GaugeMetricFamily:
        family = GaugeMetricFamily(
            "orchestrator_intents", "Intents by chain, step, state", labels=["chain", "step", "state"]
        )
        for row in Intent.objects.values("chain_id", "step", "state").annotate(count=Count("pk")):
            family.add_metric([row["chain_id"], row["step"], row["state"]], row["count"])
        return family

    def _transactions(self) -> GaugeMetricFamily:
        family = GaugeMetricFamily("orchestrator_transactions", "Transactions by state", labels=["chain", "state"])
        for row in ChainTransaction.objects.values("chain_id", "state").annotate(count=Count("pk")):
            family.add_metric([row["chain_id"], row["state"]], row["count"])
        return family

    def _locked(self) -> GaugeMetricFamily:
        family = GaugeMetricFamily("orchestrator_locks_standing", "Locks of active swaps", labels=["chain", "side"])
        standing = Q(session__status__in=ACTIVE) & ~Q(lock_id="")
        for row in Leg.objects.filter(standing).values("chain_id", "side").annotate(count=Count("pk")):
            family.add_metric([row["chain_id"], row["side"]], row["count"])
        return family

    def _queue(self) -> Iterator[GaugeMetricFamily]:
        jobs = GaugeMetricFamily("orchestrator_jobs", "Jobs by queue and status", labels=["queue", "status"])
        for queue, status, count in jobs_by_queue():
            jobs.add_metric([queue, status], count)
        waited = GaugeMetricFamily("orchestrator_job_waited_seconds", "How long the oldest due job has waited")
        waited.add_metric([], job_waited_seconds())
        yield from (jobs, waited)
        silent = worker_silent_seconds()
        if silent is not None:
            family = GaugeMetricFamily("orchestrator_worker_silent_seconds", "Since any worker last reported")
            family.add_metric([], silent)
            yield family

    def _ledger(self) -> Iterator[GaugeMetricFamily]:
        """The last reconciliation: base units where amounts differ, 1 for anything else; more than 0 is an alarm."""
        differences = GaugeMetricFamily(
            "orchestrator_ledger_difference", "Found by the last reconciliation", labels=["chain", "token", "what"]
        )
        age = GaugeMetricFamily("orchestrator_reconciled_age_seconds", "Since the last reconciliation")
        unread = GaugeMetricFamily(
            "orchestrator_reconcile_unreadable", "1 for a chain it could not read", labels=["chain"]
        )
        last = Reconciliation.objects.order_by("-at").first()
        if last is not None:
            sums: Counter[tuple[str, str, str]] = Counter()
            for one in last.differences:
                sums[one["chain"], one["token"], one["what"]] += abs(int(one["units"] or 1))
            for labels, units in sums.items():
                differences.add_metric(list(labels), units)
            for chain in last.unreadable:
                unread.add_metric([chain], 1)
            age.add_metric([], (timezone.now() - last.at).total_seconds())
        yield from (differences, age, unread)

    def _paused(self) -> GaugeMetricFamily:
        family = GaugeMetricFamily("orchestrator_paused", "1 while new swaps of a target are paused", labels=["target"])
        for target in pauses_in_force():
            family.add_metric([target], 1)
        return family


def register() -> None:
    """Called once, when the app is ready."""
    REGISTRY.register(DatabaseCollector())
    REGISTRY.register(WebhookCollector())
    REGISTRY.register(PriceCollector())


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text."""
    answer: HttpResponse = ExportToDjangoView(request)
    return answer
