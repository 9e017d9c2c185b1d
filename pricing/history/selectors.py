"""What can be read about past prices."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from django.db import connection

from chains.config import chain_configs
from pricing.history.ohlc import USD, Ohlc, market_of

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOST = 1000
"""Candles in one answer."""
CANDLES = """
SELECT date_bin(%(interval)s, minute, %(epoch)s) AS begins,
    (array_agg(open ORDER BY minute))[1], max(high), min(low), (array_agg(close ORDER BY minute DESC))[1], sum(samples)
FROM pricing_candle
WHERE base = %(base)s AND quote = %(quote)s AND minute >= %(start)s AND minute < %(end)s
GROUP BY begins ORDER BY begins
"""


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` on and before `end`, in steps of `interval`."""

    start: datetime
    end: datetime
    interval: timedelta


def period_of(interval: timedelta, *, start: datetime | None, end: datetime | None, now: datetime) -> Period:
    """The period that is meant: until now, and `MOST` candles at most where no start is named; it begins with a whole candle.

    Raises `ValueError` where it ends before it begins, or would have too many candles.
    """
    last = end or now
    first = start or last - (MOST - 1) * interval
    if last <= first:
        raise ValueError("must be later than `from`")
    begins = EPOCH + (first - EPOCH) // interval * interval
    if last - begins > MOST * interval:
        raise ValueError(f"may be at most {MOST} candles after `from`: ask for less, or for longer candles")
    return Period(begins, last, interval)


def is_known(base: str, quote: str) -> bool:
    """Whether two symbols are a pair that may have candles: tokens of the service, or one of them and USD."""
    symbols = {token.symbol for chain in chain_configs() for token in chain.tokens} | {USD}
    return base != quote and base in symbols and quote in symbols


def candles_of(base: str, quote: str, period: Period) -> list[tuple[datetime, Ohlc]]:
    """Every candle in which something was sampled, oldest first, with the moment at which it begins."""
    market, is_inverted = market_of(base, quote)
    asked: dict[str, Any] = {
        "base": market.base,
        "quote": market.quote,
        "interval": period.interval,
        "start": period.start,
        "end": period.end,
        "epoch": EPOCH,
    }
    with connection.cursor() as cursor:
        cursor.execute(CANDLES, asked)
        rows = cursor.fetchall()
    found = [
        (begins, Ohlc(Fraction(first), Fraction(high), Fraction(low), Fraction(last), int(samples)))
        for begins, first, high, low, last, samples in rows
    ]
    return [(begins, one.inverted()) for begins, one in found] if is_inverted else found
