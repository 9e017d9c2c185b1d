"""Candles: pure, exact. A price is a decimal with `PLACES` places; one that has more, as quotients do, is rounded down."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

PLACES = 36
USD = "USD"
INTERVALS = {
    "1m": timedelta(minutes=1),
    "5m": timedelta(minutes=5),
    "15m": timedelta(minutes=15),
    "1h": timedelta(hours=1),
    "1d": timedelta(days=1),
}
"""They begin at whole multiples since 1970, in UTC."""


@dataclass(frozen=True, slots=True)
class Ohlc:
    """The first, highest, lowest and last of `samples` prices."""

    open: Fraction
    high: Fraction
    low: Fraction
    close: Fraction
    samples: int

    def inverted(self) -> "Ohlc":
        """The same seen from the other side: what was highest is lowest there."""
        return Ohlc(1 / self.open, 1 / self.low, 1 / self.high, 1 / self.close, self.samples)


@dataclass(frozen=True, slots=True)
class Market:
    """What is kept of a pair: a token against US dollars, or two tokens in the order of their names."""

    base: str
    quote: str


def market_of(base: str, quote: str) -> tuple[Market, bool]:
    """Which market tells of a pair, and whether it must be inverted for it."""
    if quote == USD or (base != USD and base < quote):
        return Market(base, quote), False
    return Market(quote, base), True


def stored(price: Fraction) -> Decimal:
    """A price as it is kept, rounded down to `PLACES` places."""
    return Decimal(f"{price.numerator * 10**PLACES // price.denominator}E-{PLACES}")
