"""Which limits there are: for a key, for an address without one, and for an address that shows wrong keys."""

from dataclasses import dataclass

from django.conf import settings

from access.addresses import address_unit

KEY, ANONYMOUS, WRONG_KEY = "key", "anonymous", "wrong-key"
MINUTE_MS = 60_000


@dataclass(frozen=True)
class Bucket:
    """What `subject` may do under a policy: `limit` requests in each window of `window_ms` milliseconds."""

    policy: str
    subject: str
    limit: int
    window_ms: int

    @property
    def name(self) -> str:
        return f"{self.policy}:{self.window_ms}:{self.subject}"


@dataclass(frozen=True)
class Quota:
    """What a bucket said: whether this request may pass, what is left, and the seconds until the window ends."""

    bucket: Bucket
    allowed: bool
    remaining: int
    reset_seconds: int


def key_bucket(principal: str, requests_per_minute: int | None) -> Bucket:
    """Of a key's owner: all his keys and tokens share it, so that neither a token nor a rotation doubles the limit."""
    if requests_per_minute is not None:
        return Bucket(KEY, principal, requests_per_minute, MINUTE_MS)
    return Bucket(KEY, principal, settings.RATE_LIMITS["key"], settings.RATE_LIMITS["key_window_ms"])


def address_bucket(address: str) -> Bucket:
    """Of everybody at an address who shows no key that we know."""
    limits = settings.RATE_LIMITS
    return Bucket(ANONYMOUS, address_unit(address), limits["anonymous"], limits["window_ms"])


def wrong_key_bucket(address: str) -> Bucket:
    """Of everybody at an address who shows a key that we do not know."""
    limits = settings.RATE_LIMITS
    return Bucket(WRONG_KEY, address_unit(address), limits["wrong_keys"], limits["window_ms"])


def headers_of(quotas: list[Quota]) -> dict[str, str]:
    """`RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10, 4 and 3): `r` requests are left for
    `t` seconds; `q` requests may be made in each `w` seconds."""
    if not quotas:
        return {}
    left = [f'"{quota.bucket.policy}";r={quota.remaining};t={quota.reset_seconds}' for quota in quotas]
    rules = [
        f'"{quota.bucket.policy}";q={quota.bucket.limit};w={-(-quota.bucket.window_ms // 1000)}' for quota in quotas
    ]
    return {"RateLimit": ", ".join(left), "RateLimit-Policy": ", ".join(rules)}
