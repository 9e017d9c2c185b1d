"""Exact amounts: pure. Base units are `int`, prices are exact `Fraction`s; every rounding says which way."""

from fractions import Fraction


class NotAPrice(ValueError):
    """Not a positive decimal number."""


def price(text: str) -> Fraction:
    """An exact price from a decimal string such as "0.999". Raises `NotAPrice`; floats never come in."""
    if not isinstance(text, str):
        raise NotAPrice(f"a price is a decimal string, and this is {type(text).__name__}")
    try:
        value = Fraction(text)
    except ValueError as error:
        raise NotAPrice(f"{text!r} is not a decimal number") from error
    if value <= 0 or "/" in text:
        raise NotAPrice(f"a price is a positive decimal, and this is {text!r}")
    return value


def rate(
    source_price: Fraction, destination_price: Fraction, source_decimals: int, destination_decimals: int
) -> Fraction:
    """Destination base units for one source base unit."""
    return source_price / destination_price * Fraction(10**destination_decimals, 10**source_decimals)


def convert_down(amount: int, by: Fraction) -> int:
    """Base units, rounded down: what we pay out."""
    return amount * by.numerator // by.denominator


def after_fee_down(amount: int, fee_bps: int) -> int:
    """What is left of an amount after a fee in basis points; the fee is rounded up."""
    return amount * (10_000 - fee_bps) // 10_000


def decimal_text(value: Fraction, places: int) -> str:
    """A decimal string with so many places, rounded down, for people to read."""
    scaled = value.numerator * 10**places // value.denominator
    whole, part = divmod(scaled, 10**places)
    return f"{whole}.{part:0{places}d}" if places else str(whole)
