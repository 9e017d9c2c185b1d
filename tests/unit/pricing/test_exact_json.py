"""Numbers of strangers stay exact, and what is no price is refused."""

import subprocess
import sys
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.feeds.base import FeedUnreadable
from pricing.feeds.exact import LEAST, MOST, NotExact, price_of, read_json, whole_of


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("9007199254740993.1", Fraction("9007199254740993.1")),
        ("0.1", Fraction(1, 10)),
        ("3200.123456789012345678", Fraction("3200.123456789012345678")),
        ("1e-7", Fraction(1, 10**7)),
        ("1.5E+3", Fraction(1500)),
        ('"0.30000000000000004"', Fraction("0.30000000000000004")),
    ],
)
def test_float_precision_a_price_keeps_every_digit(text: str, value: Fraction) -> None:
    if value <= MOST:
        assert price_of(read_json(text.encode())) == value
    else:
        assert Fraction(read_json(text.encode())) == value


@given(st.decimals(min_value=Decimal("1e-20"), max_value=Decimal("1e11"), allow_nan=False, allow_infinity=False))
def test_every_decimal_comes_back(number: Decimal) -> None:
    text = f"{number:f}"
    if len(text) <= 80:
        assert price_of(read_json(text.encode())) == Fraction(number) == price_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "NaN", "Infinity", "-Infinity", "1e999999999999999999999", "9" * 81, "0x10", "1_000.", "{", "", "[1,]", '{"a":1,"a":2}',
        "[" * 100_000, "\ud800".encode("utf-8", "surrogatepass").decode("latin-1") + "\xff",
    ],
)  # fmt: skip
def test_what_is_no_strict_json_is_unreadable(text: str) -> None:
    with pytest.raises(FeedUnreadable):
        read_json(text.encode("latin-1"))


def test_open_brackets_do_not_end_a_process_whose_recursion_limit_a_library_has_raised() -> None:
    """web3's accounts bring a library that sets it to 100,000: Python's decoder then runs out of stack before it notices."""
    lines = (
        "import eth_account, sys; from pricing.feeds.exact import read_json; assert sys.getrecursionlimit() >= 100_000"
    )
    told = subprocess.run(
        [sys.executable, "-c", f"{lines}; read_json(b'[' * 100_000)"], capture_output=True, check=False
    )
    assert told.returncode == 1
    assert b"FeedUnreadable" in told.stderr


@pytest.mark.parametrize(
    "value", [None, True, [], {}, 3200.5, 3200, "", "nan", "inf", "-1", "0", "1/3", "1e400000000", "9" * 81, Decimal(0), "1e-25", "1e13"]
)  # fmt: skip
def test_what_is_no_price_is_none(value: object) -> None:
    with pytest.raises(NotExact):
        price_of(value)


def test_the_bounds_of_a_price() -> None:
    assert price_of("1e-24") == LEAST
    assert price_of("1000000000000") == MOST


def test_whole_numbers() -> None:
    assert whole_of(Decimal(1_711_356_300)) == 1_711_356_300
    assert whole_of("-8") == -8
    for wrong in ("1.5", "1e100", "x", None, 7.0, "1e999999999"):
        with pytest.raises(NotExact):
            whole_of(wrong)
