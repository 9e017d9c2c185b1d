"""Quotes are exact: no float, no unit from rounding."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.amounts import NotAPrice, Side, after_fee_down, convert_down, decimal_text, price, rate
from pricing.quotes import quote

decimals = st.integers(0, 24)
prices = st.fractions(min_value=Fraction(1, 10**9), max_value=10**9)


@given(st.integers(1, 2**128), decimals, decimals, prices, prices)
def test_no_unit_is_created_going_there_and_back(
    amount: int, there: int, back: int, source: Fraction, destination: Fraction
) -> None:
    forth = convert_down(amount, rate(source, destination, there, back))
    assert convert_down(forth, rate(destination, source, back, there)) <= amount


@given(st.integers(0, 2**128), st.integers(0, 10_000))
def test_the_fee_is_rounded_for_the_house(amount: int, fee_bps: int) -> None:
    left = after_fee_down(amount, fee_bps)
    assert (amount - left) * 10_000 >= amount * fee_bps


def test_decimals_mismatch() -> None:
    """DECIMALS-MISMATCH: 1 ETH at 3200 dollars is 1280 NEAR at 2.50, in 24 decimals."""
    found = quote(Side(price("3200"), 18), Side(price("2.50"), 24), amount=10**18, urgency="normal", fee_bps=0)
    assert found.destination_amount == 1280 * 10**24
    assert (found.start_price, found.duration) == ("1286.400000000000000000", 300)


def test_seed_000s_quote() -> None:
    found = quote(Side(price("0.999"), 6), Side(price("1"), 6), amount=10**9, urgency="fast", fee_bps=30)
    assert found.destination_amount == 999_000_000 * 9970 // 10_000
    assert found.protocol_fee == 999_000_000 - found.destination_amount


@pytest.mark.parametrize("text", ["0", "-1", "1/3", "abc", "", "nan", "inf"])
def test_what_is_not_a_price(text: str) -> None:
    with pytest.raises(NotAPrice):
        price(text)


def test_floats_are_refused() -> None:
    with pytest.raises(NotAPrice):
        price(0.1)  # type: ignore[arg-type]


def test_decimal_text() -> None:
    assert decimal_text(Fraction(1, 3), 6) == "0.333333"
    assert decimal_text(Fraction(7, 2), 0) == "3"
