"""JSON of strangers whose numbers stay exact: every number is a `Decimal` of its own text, and no float is ever made."""

import json
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from access.strict_json import check_depth
from pricing.feeds.base import FeedUnreadable

LONGEST = 80  # characters of a number
LEAST, MOST = Fraction(1, 10**24), Fraction(10**12)  # US dollars for one token: beyond it is another unit, or nonsense


class NotExact(ValueError):
    """Not a price."""


def read_json(text: bytes) -> Any:
    """Strict JSON: no NaN, no key that stands twice, no more levels than we take of clients. Raises `FeedUnreadable`."""
    try:
        decoded = text.decode()
        check_depth(decoded)
        return json.loads(
            decoded, parse_float=_number, parse_int=_number, parse_constant=_refuse, object_pairs_hook=_object
        )
    except ValueError as error:
        raise FeedUnreadable(f"not strict JSON: {str(error)[:80]}") from None


def price_of(value: object) -> Fraction:
    """A price from a number of `read_json`, or from a text of one. Raises `NotExact`: also for 0, below 0, and for what cannot
    be a price in US dollars."""
    number = _number(value) if isinstance(value, str) else value
    if not isinstance(number, Decimal):
        raise NotExact(f"not a number: {str(value)[:40]}")
    if number <= 0:
        raise NotExact(f"not positive: {number}")
    if not -LONGEST < number.adjusted() < LONGEST or not LEAST <= Fraction(number) <= MOST:
        raise NotExact(f"out of all proportion: {number:.3e}")
    return Fraction(number)


def whole_of(value: object) -> int:
    """A whole number from `read_json`, or from a text of one. Raises `NotExact`."""
    number = _number(value) if isinstance(value, str) else value
    if not isinstance(number, Decimal) or number.adjusted() > LONGEST or number != number.to_integral_value():
        raise NotExact(f"not a whole number: {str(value)[:40]}")
    return int(number)


def _number(text: str) -> Decimal:
    if len(text) > LONGEST:
        raise NotExact(f"a number of {len(text)} characters")
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise NotExact(f"not a number: {text[:40]}") from None
    if not number.is_finite():
        raise NotExact(f"not finite: {text[:40]}")
    return number


def _refuse(word: str) -> Any:
    raise NotExact(f"{word} is no JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotExact("a key stands twice")
    return found
