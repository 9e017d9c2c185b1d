"""The socket's and the event stream's limits: each a variable, with what suits a small server."""

from typing import Any


def load(env: Any) -> dict[str, Any]:
    """By name, as `swaps.push.limits.Limits` takes them. Seconds, bytes, counts; connections are counted in each process."""
    return {
        "poll_seconds": env.float("SOCKET_POLL_SECONDS", default=5.0),
        "heartbeat_seconds": env.float("SOCKET_HEARTBEAT_SECONDS", default=20.0),
        "auth_seconds": env.float("SOCKET_AUTH_SECONDS", default=10.0),
        "recheck_seconds": env.float("SOCKET_RECHECK_SECONDS", default=5.0),
        "price_seconds": env.float("SOCKET_PRICE_SECONDS", default=5.0),
        "lag_seconds": env.float("SOCKET_LAG_SECONDS", default=1.0),
        "stall_seconds": env.float("SOCKET_STALL_SECONDS", default=30.0),
        "connections": env.int("SOCKET_MAX_CONNECTIONS", default=10_000),
        "connections_per_key": env.int("SOCKET_MAX_PER_KEY", default=500),
        "connections_per_address": env.int("SOCKET_MAX_PER_ADDRESS", default=100),
        "subscriptions": env.int("SOCKET_MAX_SUBSCRIPTIONS", default=200),
        "message_bytes": env.int("SOCKET_MAX_MESSAGE", default=16_384),
        "messages_per_second": env.float("SOCKET_MESSAGES_PER_SECOND", default=20.0),
        "messages_burst": env.int("SOCKET_MESSAGES_BURST", default=400),
    }
