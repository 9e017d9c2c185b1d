"""How quotes are given."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured

CHARGED, SHOWN = "charged", "shown"


def network_fee(env: Any, feeds: list[str]) -> str:
    """`QUOTE_NETWORK_FEE`: whether a quote deducts what the network takes on both chains (`charged`), or only tells it (`shown`).

    With real prices a swap's gas is as real as its tokens, and whoever quoted without it would pay for every swap: charged is
    the default. With the fixed prices of a development chain the gas is free and the coin's price made up; a deduction would
    only make the same request give another amount with each block: there it is shown. Raises `ImproperlyConfigured`.
    """
    by_default = SHOWN if feeds == ["fixed"] else CHARGED
    found = str(env.str("QUOTE_NETWORK_FEE", default="") or by_default)
    if found not in (CHARGED, SHOWN):
        raise ImproperlyConfigured(f"QUOTE_NETWORK_FEE must be {CHARGED} or {SHOWN}, and is {found!r}")
    return found


def valid_seconds(env: Any) -> int:
    """`QUOTE_VALID_SECONDS`: how long a price holds. Raises `ImproperlyConfigured`."""
    found = int(env.int("QUOTE_VALID_SECONDS", default=60))
    if not 1 <= found <= 3600:
        raise ImproperlyConfigured(f"QUOTE_VALID_SECONDS must be from 1 to 3600, and is {found}")
    return found


def gather_seconds(env: Any) -> float:
    """`QUOTE_GATHER_MS`: how long a new quote may wait for others that are written with it. Raises `ImproperlyConfigured`."""
    found = int(env.int("QUOTE_GATHER_MS", default=10))
    if not 0 <= found <= 100:
        raise ImproperlyConfigured(f"QUOTE_GATHER_MS must be from 0 to 100, and is {found}")
    return found / 1000
