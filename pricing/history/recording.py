"""Sampling prices into candles, and forgetting old ones. One statement for all markets, however many processes sample."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from chains.config import chain_configs
from pricing.consensus import MarketPrice
from pricing.history.models import Candle
from pricing.history.ohlc import USD, Market, market_of, stored
from pricing.market import PATIENCE, market_look

# the first sample of a minute opens it; a sample that was taken before the newest one does not close it
UPSERT = """
INSERT INTO pricing_candle AS kept (base, quote, minute, open, high, low, close, closed_at, samples)
SELECT base, quote, %(minute)s, price, price, price, price, %(at)s, 1
FROM unnest(%(bases)s::text[], %(quotes)s::text[], %(prices)s::numeric[]) AS sampled (base, quote, price)
ON CONFLICT (base, quote, minute) DO UPDATE SET
    high = GREATEST(kept.high, EXCLUDED.high),
    low = LEAST(kept.low, EXCLUDED.low),
    close = CASE WHEN EXCLUDED.closed_at >= kept.closed_at THEN EXCLUDED.close ELSE kept.close END,
    closed_at = GREATEST(kept.closed_at, EXCLUDED.closed_at),
    samples = kept.samples + 1
"""


def prices_sample() -> int:
    """Add what every market is worth now to its minute; how many were known. A token without a price leaves a gap."""
    if not settings.PRICE_CANDLE_DAYS:
        return 0
    look = market_look(_symbols(), patience=PATIENCE)
    prices = {symbol: one.price for symbol, one in look.items() if isinstance(one, MarketPrice)}
    return candles_add(samples=_worth(prices), at=timezone.now())


def candles_add(*, samples: Mapping[Market, Fraction], at: datetime) -> int:
    """Add one sample of each market, taken at that moment; how many were kept. One too small for its places is not."""
    kept = {market: price for market, worth in samples.items() if (price := stored(worth))}
    if kept:
        told: dict[str, Any] = {
            "bases": [market.base for market in kept],
            "quotes": [market.quote for market in kept],
            "prices": list(kept.values()),
            "minute": at.replace(second=0, microsecond=0),
            "at": at,
        }
        with connection.cursor() as cursor:
            cursor.execute(UPSERT, told)
    return len(kept)


def candles_purge() -> int:
    """Forget minutes that began more than `PRICE_CANDLE_DAYS` ago; how many there were."""
    oldest = timezone.now() - timedelta(days=settings.PRICE_CANDLE_DAYS)
    deleted, _ = Candle.objects.filter(minute__lt=oldest).delete()
    return deleted


def _symbols() -> set[str]:
    return {token.symbol for chain in chain_configs() for token in chain.tokens}


def _markets() -> Iterable[Market]:
    """Two tokens of two different chains, which somebody may swap, in the order of their names."""
    chains = [{token.symbol for token in chain.tokens} for chain in chain_configs()]
    return {
        market_of(one, other)[0]
        for place, symbols in enumerate(chains)
        for others in chains[place + 1 :]
        for one in symbols
        for other in others
        if one != other
    }


def _worth(prices: Mapping[str, Fraction]) -> dict[Market, Fraction]:
    found = {Market(symbol, USD): price for symbol, price in prices.items()}
    for market in _markets():
        if market.base in prices and market.quote in prices:
            found[market] = prices[market.base] / prices[market.quote]
    return found
