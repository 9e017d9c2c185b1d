"""The page itself, and who may read it."""

import hmac
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from access.addresses import client_address, is_listed
from access.webhooks.metrics import WebhookCollector
from balancer import counters
from balancer.metrics.of_chains import ChainCollector
from balancer.metrics.of_service import ServiceCollector
from balancer.metrics.of_swaps import SwapCollector
from pricing.metrics import PriceCollector

log = structlog.get_logger(__name__)
COLLECTORS = (ServiceCollector, ChainCollector, SwapCollector, WebhookCollector, PriceCollector)


class Guarded(Collector):
    """Other collectors, none of which takes the others with it when it fails: without a database, the processes' own counters
    still tell."""

    def __init__(self) -> None:
        self._collectors = [make() for make in COLLECTORS]

    def describe(self) -> list[GaugeMetricFamily]:
        return []

    def collect(self) -> Iterator[Metric]:
        failed = GaugeMetricFamily(
            "orchestrator_scrape_failed", "1 for what could not be read at this scrape", labels=["collector"]
        )
        for collector in self._collectors:
            name = type(collector).__name__
            try:
                found = list(collector.collect())
            except Exception as error:
                log.warning("metrics.cannot_read", collector=name, error=repr(error)[:300])
                failed.add_metric([name], 1)
                continue
            failed.add_metric([name], 0)
            yield from found
        yield failed


def register() -> None:
    """Called once, when the apps are ready: a process that keeps its counters to itself has one registry for everything."""
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        REGISTRY.register(Guarded())


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text, for who shows the token or comes from a network that may read it."""
    if not _may_read(request):
        answer = HttpResponse("metrics are read with METRICS_TOKEN, or from a network of METRICS_ALLOWED\n", status=401)
        answer["WWW-Authenticate"] = 'Bearer realm="metrics"'
        return answer
    return HttpResponse(generate_latest(_registry()), content_type=CONTENT_TYPE_LATEST)


def _registry() -> CollectorRegistry:
    directory = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if not directory:
        return REGISTRY
    counters.forget_dead(Path(directory))
    together = CollectorRegistry()
    shared: Any = MultiProcessCollector  # untyped
    shared(together, directory)
    together.register(Guarded())
    return together


def _may_read(request: HttpRequest) -> bool:
    token = settings.OPERATIONS["metrics_token"]
    scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
    if token and scheme.lower() == "bearer" and hmac.compare_digest(shown.strip().encode(), token.encode()):
        return True
    return is_listed(client_address(request.META), settings.OPERATIONS["metrics_allowed"])
