"""Laws of the fees: what the taker gives is shared out to the unit, and no rounding is the maker's loss."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.auction import bumped
from pricing.fees import FEE_BASE, Fees, InvalidFees, Surplus, settle

amounts = st.integers(1, 2**128)
bumps = st.integers(0, 2**24 - 1)
percents = st.integers(0, 100)
fees = st.builds(Fees, st.integers(0, 65_535), st.integers(0, 65_535), percents, percents)
surpluses = st.builds(Surplus, st.integers(0, 2**130), percents)


@given(fees, amounts, bumps, st.booleans(), surpluses, st.data())
def test_every_unit_of_a_fill_has_an_owner(
    terms: Fees, taking: int, bump: int, whitelisted: bool, surplus: Surplus, data: st.DataObject
) -> None:
    order_making = data.draw(amounts)
    making = data.draw(st.integers(1, order_making))
    rates = terms.for_taker(whitelisted=whitelisted)
    done = settle(taking, bump, rates, surplus=surplus, making=making, order_making=order_making)
    parts = (done.maker, done.fees.integrator, done.fees.protocol, done.surplus_fee)
    assert sum(parts) == done.taking
    assert min(parts) >= 0
    assert 0 <= done.fees.resolver <= done.fees.protocol


@given(fees, amounts, st.booleans())
def test_fees_are_on_top_and_rounded_for_the_maker(terms: Fees, amount: int, whitelisted: bool) -> None:
    rates = terms.for_taker(whitelisted=whitelisted)
    paid, charged = rates.with_fee(amount), rates.charged(amount)
    assert amount <= paid - charged.total
    exact = Fraction(amount * (rates.resolver_e5 + rates.integrator_e5), FEE_BASE)
    assert exact - 3 < charged.total < exact + 1


@given(fees, amounts, bumps)
def test_a_fill_costs_the_bumped_amount_with_fees_but_for_a_rounding(terms: Fees, taking: int, bump: int) -> None:
    rates = terms.for_taker(whitelisted=False)
    done = settle(taking, bump, rates)
    assert abs(done.taking - rates.with_fee(bumped(taking, bump))) <= 3
    assert done.maker >= bumped(taking, bump) - 3


def test_the_fee_comes_before_the_bump() -> None:
    """Each rounds up, so that it matters which is first: 2 and a percent are 3, and half as much again 5."""
    rates = Fees(resolver_e5=1000).for_taker(whitelisted=False)
    assert settle(2, 5_000_000, rates).taking == 5
    assert rates.with_fee(bumped(2, 5_000_000)) == 4


@given(fees, amounts)
def test_the_whitelist_never_pays_more(terms: Fees, amount: int) -> None:
    listed, other = (terms.for_taker(whitelisted=answer) for answer in (True, False))
    assert listed.with_fee(amount) <= other.with_fee(amount)
    assert listed.charged(amount).resolver <= other.charged(amount).resolver


@given(surpluses, amounts, st.data())
def test_the_estimate_is_the_makers_alone(surplus: Surplus, amount: int, data: st.DataObject) -> None:
    order_making = data.draw(amounts)
    making = data.draw(st.integers(1, order_making))
    estimate = Fraction(surplus.estimated_taking * making, order_making)
    fee = surplus.fee(amount, making, order_making)
    assert fee == 0 or amount - fee >= estimate
    assert fee * 100 <= max(0, amount - estimate) * surplus.fee_percent


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Fees(resolver_e5=65_536), "resolver fee"),
        (lambda: Fees(integrator_e5=-1), "integrator fee"),
        (lambda: Fees(integrator_share=101), "integrator share"),
        (lambda: Fees(whitelist_discount=True), "whitelist discount"),
        (lambda: Fees(resolver_e5=1.0), "resolver fee"),  # type: ignore[arg-type]
        (lambda: Surplus(1, 101), "surplus fee"),
    ],
)
def test_rates_outside_of_their_range_are_refused(make: Any, message: str) -> None:
    with pytest.raises(InvalidFees, match=message):
        make()
