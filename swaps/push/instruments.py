"""What following by push counts."""

from prometheus_client import Counter, Gauge, Histogram

CONNECTIONS = Gauge(
    "orchestrator_push_connections", "Followers connected now", ["transport"], multiprocess_mode="livesum"
)
SUBSCRIPTIONS = Gauge(
    "orchestrator_push_subscriptions", "Subscriptions standing now", ["channel"], multiprocess_mode="livesum"
)
RECEIVED = Counter("orchestrator_push_received_total", "Messages of clients", ["type"])
SENT = Counter("orchestrator_push_sent_total", "Messages to clients", ["transport"])
REFUSED = Counter("orchestrator_push_refused_total", "Messages and subscriptions refused", ["code"])
CLOSED = Counter("orchestrator_push_closed_total", "Connections ended, by who or why", ["transport", "reason"])
LAGGING = Counter("orchestrator_push_lagging_total", "Times that a slow reader kept us waiting, and was told so")
LAG = Histogram(
    "orchestrator_push_lag_seconds",
    "How long slow readers kept us waiting",
    buckets=(1, 2, 5, 10, 20, 30, 60),
)
READS = Counter("orchestrator_push_reads_total", "Queries for updates that no announcement brought", ["what"])
ANNOUNCED = Counter("orchestrator_push_announced_total", "Announcements heard")
