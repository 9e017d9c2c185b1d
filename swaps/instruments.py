"""Our own Prometheus instruments that a process counts by itself. What the database knows is read from it at scrape."""

from prometheus_client import Counter, Histogram

ANNOUNCEMENTS_LOST = Counter(
    "orchestrator_announcements_lost_total",
    "News that the bus did not take; followers find them by looking at the rows",
)
REVEALS = Counter("orchestrator_secrets_revealed_total", "Secrets that were released into a claim")
REACTION = Histogram(
    "orchestrator_reaction_seconds",
    "From reading the block that makes the source lock final to sending the destination lock",
    buckets=(0.05, 0.1, 0.15, 0.2, 0.25, 0.35, 0.5, 1, 2, 5, 15, 60),
)
