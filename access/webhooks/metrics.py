"""What Prometheus is told of webhooks, read from the tables at each scrape."""

from collections.abc import Iterator

from django.db.models import Count
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from access.webhooks.models import Delivery, Endpoint
from access.webhooks.selectors import oldest_due_seconds


class WebhookCollector(Collector):
    """Endpoints by state, deliveries on their way or given up, and how long the oldest due one has waited."""

    def describe(self) -> list[GaugeMetricFamily]:
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        deliveries = GaugeMetricFamily("orchestrator_webhook_deliveries", "Deliveries by state", labels=["state"])
        for state, count in Delivery.objects.values_list("state").annotate(Count("pk")).order_by():
            deliveries.add_metric([state], count)
        endpoints = GaugeMetricFamily("orchestrator_webhook_endpoints", "Endpoints by state", labels=["state"])
        enabled = Endpoint.objects.filter(enabled=True)
        endpoints.add_metric(["disabled"], Endpoint.objects.filter(enabled=False).count())
        endpoints.add_metric(["failing"], enabled.filter(failing_since__isnull=False).count())
        endpoints.add_metric(["working"], enabled.filter(failing_since=None).count())
        waited = GaugeMetricFamily("orchestrator_webhook_waited_seconds", "The oldest delivery that is due has waited")
        waited.add_metric([], oldest_due_seconds())
        yield from (deliveries, endpoints, waited)
