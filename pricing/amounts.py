"""Exact amounts: pure. Base units are `int`, prices are exact `Fraction`s; every rounding says which way."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

BPS = 10_000
"""Basis points in one."""


class NotAPrice(ValueError):
    """Not a positive decimal number."""


def price(text: str) -> Fraction:
    """An exact price from a decimal string such as "0.999". Raises `NotAPrice`; floats never come in."""
    if not isinstance(text, str):
        raise NotAPrice(f"a price is a decimal string, and this is {type(text).__name__}")
    try:
        value = Fraction(text)
    except (ValueError, ZeroDivisionError) as error:
        raise NotAPrice(f"{text!r} is not a decimal number") from error
    if value <= 0 or "/" in text:
        raise NotAPrice(f"a price is a positive decimal, and this is {text!r}")
    return value


def rate(
    source_price: Fraction, destination_price: Fraction, source_decimals: int, destination_decimals: int
) -> Fraction:
    """Destination base units for one source base unit."""
    return source_price / destination_price * Fraction(10**destination_decimals, 10**source_decimals)


@dataclass(frozen=True)
class Side:
    """A token's exact US dollar price and its decimals."""

    price: Fraction
    decimals: int

    def rate_to(self, other: "Side") -> Fraction:
        """Base units of the other for one base unit of this."""
        return rate(self.price, other.price, self.decimals, other.decimals)


def mul_div_down(amount: int, by: int, over: int) -> int:
    """`amount * by / over`, multiplied whole and rounded down once. `over` is positive."""
    return amount * by // over


def mul_div_up(amount: int, by: int, over: int) -> int:
    """`amount * by / over`, multiplied whole and rounded up once. `over` is positive."""
    return -(-amount * by // over)


def convert_down(amount: int, by: Fraction) -> int:
    """Base units, rounded down: what we pay out."""
    return mul_div_down(amount, by.numerator, by.denominator)


def convert_up(amount: int, by: Fraction) -> int:
    """Base units, rounded up: what something costs us."""
    return mul_div_up(amount, by.numerator, by.denominator)


def least_that(reaches: Callable[[int], bool], most: int) -> int | None:
    """The least amount from 0 to `most` for which the question is answered yes, None where none is.

    From the first yes on every answer must be yes; it is asked once for each binary digit of `most`.
    """
    if not reaches(most):
        return None
    low, high = 0, most
    while low < high:
        middle = (low + high) // 2
        if reaches(middle):
            high = middle
        else:
            low = middle + 1
    return low


def after_fee_down(amount: int, fee_bps: int) -> int:
    """What is left of an amount after a fee in basis points; the fee is rounded up."""
    return mul_div_down(amount, BPS - fee_bps, BPS)


def decimal_text(value: Fraction, places: int) -> str:
    """A decimal string with so many places, rounded down, for people to read."""
    scaled = value.numerator * 10**places // value.denominator
    whole, part = divmod(scaled, 10**places)
    return f"{whole}.{part:0{places}d}" if places else str(whole)
