"""A price's document says every digit, and who said what."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.consensus import MarketPrice, Observed, Rules, decide
from pricing.provenance import exact_text, market_document, moment

T = 1_800_000_000_123


@given(st.integers(0, 10**40), st.integers(0, 30))
def test_every_decimal_is_written_exactly(units: int, places: int) -> None:
    value = Fraction(units, 10**places)
    text = exact_text(value)
    assert Fraction(text) == value
    assert "." not in text or not text.endswith("0")


def test_what_no_decimal_equals_is_refused() -> None:
    assert [exact_text(Fraction(one)) for one in ("3200", "0.5", "1/8", "10", "0.05")] == [
        "3200",
        "0.5",
        "0.125",
        "10",
        "0.05",
    ]
    with pytest.raises(ValueError, match="1/3 is not a decimal"):
        exact_text(Fraction(1, 3))


def test_the_document_names_who_counted_and_why_others_did_not() -> None:
    sources = [
        Observed("a", Fraction("3200.5"), T),
        Observed("b", Fraction(3201), T - 5_000),
        Observed("c", Fraction(32000), T),
    ]
    found = decide("ETH", sources, Rules(2, 120_000, 200), T)
    assert isinstance(found, MarketPrice)
    assert market_document(found) == {
        "symbol": "ETH",
        "currency": "USD",
        "price": "3200.75",
        "asOf": "2027-01-15T07:59:55.123Z",
        "spreadBps": 2,
        "sources": [
            {"source": "a", "price": "3200.5", "observedAt": "2027-01-15T08:00:00.123Z", "used": True, "why": ""},
            {"source": "b", "price": "3201", "observedAt": "2027-01-15T07:59:55.123Z", "used": True, "why": ""},
            {
                "source": "c",
                "price": "32000",
                "observedAt": "2027-01-15T08:00:00.123Z",
                "used": False,
                "why": "outlier: 899.68 % from the median",
            },
        ],
    }


def test_moments_have_milliseconds() -> None:
    assert moment(1_800_000_000_007) == "2027-01-15T08:00:00.007Z"
