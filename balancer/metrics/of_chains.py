"""What the tables tell of the chains: heads, providers, and what we send there."""

from collections.abc import Iterator

from django.db.models import Count
from django.utils import timezone
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from balancer.conditions.probes_chains import nonce_gaps
from balancer.metrics.families import gauge
from chains.config import chain_configs
from chains.models import Chain, ChainTransaction, Intent, ProviderHealth
from chains.selectors import finality_late_seconds, measured_of

OPEN_INTENTS = (Intent.State.PENDING, Intent.State.SENT)


class ChainCollector(Collector):
    """The chains as we know them."""

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        chains = list(Chain.objects.all())
        yield from self._heights(chains)
        yield from self._speed(chains)
        yield from self._providers()
        yield from self._sending(chains)

    def _heights(self, chains: list[Chain]) -> Iterator[Metric]:
        now = timezone.now()
        heights = [
            ([chain.name, watermark], getattr(chain, f"{watermark}_height") or 0)
            for chain in chains
            for watermark in ("head", "seen", "final")
        ]
        yield gauge("chain_height", "Heights by chain", ["chain", "watermark"], heights)
        lags = [([chain.name], chain.lag_blocks) for chain in chains if chain.lag_blocks is not None]
        yield gauge("chain_lag_blocks", "Blocks that the node has and we have not read", ["chain"], lags)
        behind = [([chain.name], chain.lag_seconds) for chain in chains]
        yield gauge("chain_lag_seconds", "Chain time that the node has and we have not read", ["chain"], behind)
        configs = {config.name: config for config in chain_configs()}
        late = [
            ([chain.name], finality_late_seconds(configs[chain.name], chain))
            for chain in chains
            if chain.name in configs
        ]
        yield gauge("finality_late_seconds", "Since the next block should have become final", ["chain"], late)
        silent = [
            ([chain.name], (now - chain.watched_at).total_seconds()) for chain in chains if chain.watched_at is not None
        ]
        yield gauge("watcher_silent_seconds", "Since the last poll", ["chain"], silent)
        halted = [([chain.name], float(bool(chain.halted_reason))) for chain in chains]
        yield gauge("chain_halted", "1 while a chain's money is halted", ["chain"], halted)

    def _speed(self, chains: list[Chain]) -> Iterator[Metric]:
        age = GaugeMetricFamily("orchestrator_head_age_seconds", "Our clock minus the newest block's", labels=["chain"])
        figures = GaugeMetricFamily(
            "orchestrator_chain_measured_seconds",
            "Lately measured: block, lag, finality, inclusion",
            labels=["chain", "figure", "quantile"],
        )
        now = timezone.now().timestamp()
        for chain in (chain for chain in chains if chain.head_time_ns > 0):
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

    def _sending(self, chains: list[Chain]) -> Iterator[Metric]:
        """What is open: what has ended is in the ledger, and would be counted for ever."""
        names = [chain.name for chain in chains]
        intents = Intent.objects.filter(state__in=OPEN_INTENTS, chain_id__in=names)
        rows = intents.values_list("chain_id", "step", "state").annotate(count=Count("pk")).order_by()
        samples = [([chain, step, state], count) for chain, step, state, count in rows]
        yield gauge("intents", "Intents that are open, by chain, step and state", ["chain", "step", "state"], samples)
        sent = ChainTransaction.objects.filter(state__in=ChainTransaction.OPEN_STATES, chain_id__in=names)
        found = sent.values_list("chain_id", "state").annotate(count=Count("pk")).order_by()
        transactions = [([chain, state], count) for chain, state, count in found]
        yield gauge("transactions", "Transactions that are open, by state", ["chain", "state"], transactions)
        gaps = [([chain, address], gap) for chain, address, gap in nonce_gaps()]
        yield gauge("nonce_gap", "Numbers missing below an account's open transactions", ["chain", "account"], gaps)
