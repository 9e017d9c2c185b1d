"""Short words for Prometheus' families."""

from collections.abc import Iterable, Sequence

from prometheus_client.core import GaugeMetricFamily

Samples = Iterable[tuple[Sequence[str], float]]


def gauge(name: str, what: str, labels: Sequence[str], samples: Samples) -> GaugeMetricFamily:
    """A gauge `orchestrator_<name>` with all its samples."""
    family = GaugeMetricFamily(f"orchestrator_{name}", what, labels=list(labels))
    for values, value in samples:
        family.add_metric(list(values), float(value))
    return family


def single(name: str, what: str, value: float | None) -> GaugeMetricFamily:
    """One without labels; without a sample where nothing is known."""
    return gauge(name, what, [], [] if value is None else [([], value)])
