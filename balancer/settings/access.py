"""Who may call how often and from where: limits, trusted proxies, and what browsers of other origins may send and see."""

from ipaddress import ip_network
from typing import Any

from django.core.exceptions import ImproperlyConfigured

CORS_ALLOW_METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
CORS_ALLOW_HEADERS = (
    "accept", "authorization", "content-type", "idempotency-key", "if-none-match", "last-event-id", "x-api-key",
)  # fmt: skip
CORS_EXPOSE_HEADERS = (
    "ETag", "Idempotent-Replayed", "Link", "Location", "RateLimit", "RateLimit-Policy", "Retry-After", "WWW-Authenticate",
)  # fmt: skip
CORS_PREFLIGHT_MAX_AGE = 7200  # seconds; browsers take no more


def limits(env: Any) -> dict[str, int]:
    """Requests and milliseconds. 0 requests: no limit."""
    found = {
        "anonymous": env.int("RATE_LIMIT_MAX_REQUESTS", default=100),
        "window_ms": env.int("RATE_LIMIT_WINDOW_MS", default=900_000),
        "wrong_keys": env.int("RATE_LIMIT_WRONG_KEYS", default=20),
        "key": env.int("RATE_LIMIT_KEY_MAX_REQUESTS", default=30_000),
        "key_window_ms": env.int("RATE_LIMIT_KEY_WINDOW_MS", default=60_000),
    }
    for name, value in found.items():
        if value < (1000 if name.endswith("_ms") else 0):
            raise ImproperlyConfigured(
                f"RATE_LIMIT…: {name} is {value}; windows have 1000 ms or more, counts 0 or more"
            )
    return found


def trusted_proxies(env: Any) -> list[str]:
    """Networks (CIDR) whose `X-Forwarded-For` is believed. Raises `ImproperlyConfigured` for what is none."""
    try:
        return [str(ip_network(text)) for text in env.list("TRUSTED_PROXIES", default=[])]
    except ValueError as error:
        raise ImproperlyConfigured(f"TRUSTED_PROXIES: {error}; write 10.0.0.0/8,2001:db8::/32") from error
