"""How webhooks are sent: see `access/webhooks`."""

from typing import Any


def load(env: Any) -> dict[str, Any]:
    """`WEBHOOK_…` variables. The defaults suit the public internet; the first three are loosened for development alone."""
    return {
        "allow_http": env.bool("WEBHOOK_ALLOW_HTTP", default=False),
        "ports": env.list("WEBHOOK_PORTS", default=["443", "8443"]),  # "*": any
        "allowed_networks": env.list("WEBHOOK_ALLOWED_NETWORKS", default=[]),  # 127.0.0.0/8 reaches this machine
        "timeout_seconds": env.float("WEBHOOK_TIMEOUT_SECONDS", default=15.0),  # for one whole attempt
        "concurrency": env.int("WEBHOOK_CONCURRENCY", default=8),  # attempts at once in one worker
        "concurrency_per_endpoint": env.int("WEBHOOK_CONCURRENCY_PER_ENDPOINT", default=4),  # by all workers
        "max_per_key": env.int("WEBHOOK_MAX_PER_KEY", default=10),
        "disable_after_seconds": env.int("WEBHOOK_DISABLE_AFTER_SECONDS", default=5 * 86_400),
        "retention_days": env.int("WEBHOOK_RETENTION_DAYS", default=30),
    }
