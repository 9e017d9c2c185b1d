"""What Prometheus is told of prices, read from the feeds' board at each scrape: it is the same in every process."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from pricing.consensus import Refusal
from pricing.feeds.desk import Desk, Look, desk
from pricing.feeds.refresh import wall_ms


class PriceCollector(Collector):
    """Feeds by age and errors, tokens by spread and by how many sources count. Nothing with fixed prices alone."""

    def describe(self) -> list[GaugeMetricFamily]:
        return []

    def collect(self) -> Iterator[Metric]:
        at = desk()
        if not at.is_fixed:
            look = at.look()
            yield from _feeds(look)
            yield from _tokens(at, look)


def _feeds(look: Look) -> Iterator[Metric]:
    age = GaugeMetricFamily("orchestrator_feed_age_seconds", "Since the feed's last good answer", labels=["feed"])
    up = GaugeMetricFamily("orchestrator_feed_up", "1 while the feed's last request was answered", labels=["feed"])
    requests = CounterMetricFamily("orchestrator_feed_requests", "Requests to the feed", labels=["feed"])
    errors = CounterMetricFamily("orchestrator_feed_errors", "Those that gave nothing usable", labels=["feed"])
    now = wall_ms()
    for name, record in look.records.items():
        up.add_metric([name], int(record.answered_ms > 0 and not record.failures))
        requests.add_metric([name], record.requests)
        errors.add_metric([name], record.errors)
        if record.answered_ms:
            age.add_metric([name], (now - record.answered_ms) // 1000)
    yield from (age, up, requests, errors)


def _tokens(at: Desk, look: Look) -> Iterator[Metric]:
    spread = GaugeMetricFamily("orchestrator_price_spread_bps", "Between the sources that count", labels=["token"])
    count = GaugeMetricFamily(
        "orchestrator_price_sources", "Sources that count; 0: there is no price", labels=["token"]
    )
    for symbol in sorted(at.symbols):
        found = at.vote(symbol, look)
        if isinstance(found, Refusal):
            count.add_metric([symbol], 0)
        else:
            count.add_metric([symbol], len(found.sources))
            spread.add_metric([symbol], found.spread_bps)
    yield from (spread, count)
