"""Price impact: exact, rounded once, and never so steep that a larger swap would get less."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pricing.amounts import BPS
from pricing.impact import DEFAULT_IMPACT, NO_IMPACT, Impact, InvalidImpact

amounts = st.integers(1, 2**128)


@st.composite
def impacts(draw: st.DrawFn) -> Impact:
    shares = draw(st.lists(st.integers(1, 20_000), max_size=4, unique=True).map(sorted))
    heights = draw(st.lists(st.integers(0, 4_000), min_size=len(shares) + 1, max_size=len(shares) + 1).map(sorted))
    try:
        return Impact(tuple(zip([0, *shares], heights, strict=True)))
    except InvalidImpact:
        assume(False)
        raise


@given(impacts(), amounts, amounts, st.integers(0, 2**128))
def test_who_swaps_more_never_gets_less(impact: Impact, depth: int, amount: int, more: int) -> None:
    for larger in (amount + 1, amount + more):
        assert impact.after_down(amount, depth) <= impact.after_down(larger, depth)


@given(impacts(), amounts, amounts)
def test_the_impact_is_exact_and_rounded_once(impact: Impact, depth: int, amount: int) -> None:
    bps = impact.bps(amount, depth)
    assert impact.corners[0][1] <= bps <= impact.corners[-1][1]
    exact = amount * (1 - bps * Fraction(1, BPS))
    assert exact - 1 < impact.after_down(amount, depth) <= exact


@given(impacts(), amounts, amounts)
def test_an_exact_output_needs_the_least_amount_that_gives_it(impact: Impact, depth: int, wanted: int) -> None:
    needed = impact.before_up(wanted, depth)
    assert impact.after_down(needed, depth) >= wanted
    assert impact.after_down(needed - 1, depth) < wanted


@pytest.mark.parametrize(
    ("share", "bps"),
    [(0, 0), (500, 0), (1500, 5), (2500, 10), (5000, 30), (7500, 50), (8750, 75), (10_000, 100), (20_000, 100)],
)
def test_the_default(share: int, bps: int) -> None:
    assert DEFAULT_IMPACT.bps(share, BPS) == bps


def test_no_impact() -> None:
    assert NO_IMPACT.after_down(2**128, 1) == 2**128
    assert NO_IMPACT.before_up(2**128, 1) == 2**128


@pytest.mark.parametrize(
    ("corners", "message"),
    [
        ([], "first corner"),
        ([[1, 0]], "first corner"),
        ([[0, 0], [0, 5]], "rise"),
        ([[0, 5], [10, 4]], "rise"),
        ([[0, 0], [10, 10_000]], "below 10000 bps"),
        ([[0, -1]], "at least 0"),
        ([[0, 0], [10, 9_000]], "so steep"),
        ([[0, 0], [10, 0.5]], "whole numbers"),
        ([[0, True]], "whole numbers"),
        ([[0, 0, 0]], "is a list of"),
        (7, "is a list of"),
    ],
)
def test_what_is_no_impact_is_refused(corners: Any, message: str) -> None:
    with pytest.raises(InvalidImpact, match=message):
        Impact.of(corners)
