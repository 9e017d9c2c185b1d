"""Letting a request in: who sends it, whether he may from there, and whether he has requests left. One place for REST,
the event stream and the socket.

A caller whose key is good is counted by his owner's id. Everybody else (no key, a wrong key, a key from an address that it
may not be used from) is counted by his address, so that inventing keys buys nothing; and showing wrong keys has a limit of
its own, much lower.
"""

from dataclasses import dataclass, field

from access.authentication import Principal, authenticate_credentials
from access.errors import AddressNotAllowed, InvalidCredentials, RateLimited
from access.limits.limiter import limiter
from access.limits.policies import Bucket, Quota, address_bucket, headers_of, key_bucket, wrong_key_bucket
from access.limits.violations import refusals


@dataclass(frozen=True)
class Admission:
    """Who came in (None: a stranger), and the headers that tell what he has left."""

    principal: Principal | None
    headers: dict[str, str] = field(default_factory=dict)


def admit(raw: str | None, *, address: str, endpoint: str) -> Admission:
    """Let one request in. `raw` is the key or token that was sent, None when nothing was; `endpoint` names the call, for
    the operators. Raises `InvalidCredentials`, `AddressNotAllowed` and `RateLimited`, whose `headers` tell the limits too."""
    if not raw:
        return Admission(None, _count(address, endpoint, address_bucket(address)))
    try:
        principal = authenticate_credentials(raw, address=address)
    except InvalidCredentials as error:
        error.headers |= _count(address, endpoint, address_bucket(address), wrong_key_bucket(address))
        raise
    except AddressNotAllowed as error:
        refusals.add(kind="address_not_allowed", principal=error.principal, address=address, endpoint=endpoint)
        error.headers |= _count(address, endpoint, address_bucket(address))
        raise
    bucket = key_bucket(principal.id, principal.requests_per_minute)
    return Admission(principal, _count(address, endpoint, bucket, principal=principal.id))


def _count(address: str, endpoint: str, *buckets: Bucket, principal: str = "") -> dict[str, str]:
    quotas = limiter.take(*buckets)
    headers = headers_of(quotas)
    spent = [quota for quota in quotas if not quota.allowed]
    if not spent:
        return headers
    refusals.add(
        kind=f"rate_limited:{spent[-1].bucket.policy}", principal=principal, address=address, endpoint=endpoint
    )
    raise _refusal(spent, headers)


def _refusal(spent: list[Quota], headers: dict[str, str]) -> RateLimited:
    wait = max(quota.reset_seconds for quota in spent)
    limits = ", ".join(
        f"{quota.bucket.limit} requests in {quota.bucket.window_ms // 1000} seconds ({quota.bucket.policy})"
        for quota in spent
    )
    return RateLimited(
        f"the limit is used up: {limits}. Ask again in {wait} seconds",
        extra={"violated-policies": [quota.bucket.policy for quota in spent]},
        headers={"Retry-After": str(wait), **headers},
    )
