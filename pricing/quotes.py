"""A quote: pure arithmetic over exact prices. The Dutch auction is its urgency's preset."""

from dataclasses import dataclass
from fractions import Fraction

from pricing.amounts import BPS, Side, after_fee_down, convert_down, decimal_text
from pricing.presets import DEFAULTS, URGENCIES

DURATIONS = {urgency: DEFAULTS[urgency].duration for urgency in URGENCIES}
"""Seconds."""


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
    gross = convert_down(amount, source.rate_to(destination))
    net = after_fee_down(gross, fee_bps)
    market = source.price / destination.price
    preset = DEFAULTS[urgency]
    return Quote(
        source_amount=amount,
        destination_amount=net,
        protocol_fee=gross - net,
        market=decimal_text(market, 18),
        start_price=decimal_text(market * Fraction(BPS + preset.start_premium_bps, BPS), 18),
        end_price=decimal_text(market * Fraction(BPS - preset.end_discount_bps, BPS), 18),
        duration=preset.duration,
    )


def source_for(source: Side, destination: Side, *, wanted: int, fee_bps: int) -> int:
    """The least amount of the source token whose quote gives `wanted` of the destination token or more, base units.

    Raises `ValueError` where the fee takes everything.
    """
    if fee_bps >= BPS:
        raise ValueError("the fee takes everything: nothing can be had")
    gross = -(-wanted * BPS // (BPS - fee_bps))
    by = source.rate_to(destination)
    return -(-gross * by.denominator // by.numerator)


def least_of(amount: int, slippage_bps: int) -> int:
    """The least of an amount under a tolerance in basis points, rounded up: in the client's favour."""
    return -(-amount * (BPS - slippage_bps) // BPS)
