"""Where prices come from, and when they are believed: the `[market]` and `[assets]` tables of the chains file, completed by
environment variables."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured

KNOWN = ("fixed", "oneinch", "coingecko", "pyth")
EXCHANGE = "exchange:"
BOUNDS = {"cache_seconds": 30.0, "stale_seconds": 120.0, "timeout_seconds": 3.0, "max_spread_bps": 200}


def load(env: Any, file: dict[str, Any]) -> dict[str, Any]:
    """The `MARKET` setting. Raises `ImproperlyConfigured` for a feed that there is not, and for bounds that contradict."""
    market: dict[str, Any] = {**BOUNDS, "frozen_seconds": {}, **file.get("market", {})}
    market["feeds"] = env.list("PRICE_FEEDS", default=market.get("feeds", ["fixed"]))
    market["assets"] = {symbol: dict(ids) for symbol, ids in file.get("assets", {}).items()}
    market["cache_seconds"] = env.float("PRICE_CACHE_SECONDS", default=float(market["cache_seconds"]))
    market["stale_seconds"] = env.float("PRICE_STALE_SECONDS", default=float(market["stale_seconds"]))
    market["timeout_seconds"] = env.float("PRICE_FEED_TIMEOUT_SECONDS", default=float(market["timeout_seconds"]))
    market["max_spread_bps"] = env.int("PRICE_MAX_SPREAD_BPS", default=int(market["max_spread_bps"]))
    market["min_sources"] = env.int("PRICE_MIN_SOURCES", default=int(market.get("min_sources", 0))) or None
    market["namespace"] = env.str("PRICE_NAMESPACE", default="1balancer:prices")
    market["sites"] = sites(env)
    _must_be_sound(market)
    return market


def sites(env: Any) -> dict[str, dict[str, str]]:
    """Base URL and key of each source. 1inch is asked through a proxy where PROXY_URL names one (seed 001)."""
    proxy = env.str("PROXY_URL", default="").rstrip("/")
    oneinch = env.str("ONEINCH_API_URL", default="https://api.1inch.dev")
    return {
        "oneinch": {
            "url": f"{proxy}/api/1inch" if proxy else oneinch.rstrip("/"),
            "key": env.str("ONEINCH_API_KEY", default=""),
        },
        "coingecko": {
            "url": env.str("COINGECKO_API_URL", default="https://api.coingecko.com/api/v3").rstrip("/"),
            "key": env.str("COINGECKO_API_KEY", default=""),
        },
        "pyth": {
            "url": env.str("PYTH_API_URL", default="https://hermes.pyth.network").rstrip("/"),
            "key": env.str("PYTH_API_KEY", default=""),
        },
    }


def _must_be_sound(market: dict[str, Any]) -> None:
    feeds = market["feeds"]
    unknown = [name for name in feeds if name not in KNOWN and not (name.startswith(EXCHANGE) and name != EXCHANGE)]
    if unknown or not feeds or len(set(feeds)) != len(feeds):
        words = f"{', '.join(KNOWN)} and {EXCHANGE}NAME (as ccxt names it)"
        raise ImproperlyConfigured(f"PRICE_FEEDS is {','.join(feeds)!r}: name one or more of {words}, each once")
    needed = market["min_sources"]
    if needed is not None and not 1 <= needed <= len(feeds):
        raise ImproperlyConfigured(f"PRICE_MIN_SOURCES is {needed}, and PRICE_FEEDS names {len(feeds)}")
    if not 0 < market["timeout_seconds"] < market["cache_seconds"] <= market["stale_seconds"]:
        raise ImproperlyConfigured(
            "PRICE_FEED_TIMEOUT_SECONDS must be less than PRICE_CACHE_SECONDS, and that no more than PRICE_STALE_SECONDS"
        )
    if not 0 < market["max_spread_bps"] < 10_000:
        raise ImproperlyConfigured("PRICE_MAX_SPREAD_BPS must be from 1 to 9999")
