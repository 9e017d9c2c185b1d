"""A quote: pure arithmetic over exact prices. The Dutch auction here decays linearly from a premium to a discount."""

from dataclasses import dataclass
from fractions import Fraction

from pricing.amounts import after_fee_down, convert_down, decimal_text, rate

BPS = 10_000

PREMIUM_BPS = 50  # seed 000: the auction starts half a percent above the market and ends half a percent below
DURATIONS = {"fast": 150, "normal": 300, "slow": 600}  # seconds


@dataclass(frozen=True)
class Side:
    """A token's exact US dollar price and its decimals."""

    price: Fraction
    decimals: int


@dataclass(frozen=True)
class Quote:
    """Amounts in base units; prices are destination tokens per source token."""

    source_amount: int
    destination_amount: int
    protocol_fee: int
    market: str
    start_price: str
    end_price: str
    duration: int


def quote(source: Side, destination: Side, *, amount: int, urgency: str, fee_bps: int) -> Quote:
    """What `amount` of the source token gives at the market, after our fee. The fee is in destination base units."""
    gross = convert_down(amount, rate(source.price, destination.price, source.decimals, destination.decimals))
    net = after_fee_down(gross, fee_bps)
    market = source.price / destination.price
    step = Fraction(PREMIUM_BPS, BPS)
    return Quote(
        source_amount=amount,
        destination_amount=net,
        protocol_fee=gross - net,
        market=decimal_text(market, 18),
        start_price=decimal_text(market * (1 + step), 18),
        end_price=decimal_text(market * (1 - step), 18),
        duration=DURATIONS[urgency],
    )


def source_for(source: Side, destination: Side, *, wanted: int, fee_bps: int) -> int:
    """The least amount of the source token whose quote gives `wanted` of the destination token or more, base units.

    Raises `ValueError` where the fee takes everything.
    """
    if fee_bps >= BPS:
        raise ValueError("the fee takes everything: nothing can be had")
    gross = -(-wanted * BPS // (BPS - fee_bps))
    by = rate(source.price, destination.price, source.decimals, destination.decimals)
    return -(-gross * by.denominator // by.numerator)


def least_of(amount: int, slippage_bps: int) -> int:
    """The least of an amount under a tolerance in basis points, rounded up: in the client's favour."""
    return -(-amount * (BPS - slippage_bps) // BPS)
