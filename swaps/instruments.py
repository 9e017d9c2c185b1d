"""Our own Prometheus instruments that a process counts by itself. What the database knows is read from it at scrape."""

from prometheus_client import Counter

ANNOUNCEMENTS_LOST = Counter(
    "orchestrator_announcements_lost_total",
    "News that the bus did not take; followers find them by looking at the rows",
)
