"""What telemetry counts of itself."""

from prometheus_client import Counter

TOLD = Counter("telemetry_sent", "records that a collector took", ["signal"])
LOST = Counter("telemetry_lost", "records that were dropped", ["signal", "why"])
