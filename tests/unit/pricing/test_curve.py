"""Laws of the auction: it stays between its corners, rounding makes no unit, and every split pays the maker at least the whole."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.codec.auction import Auction
from pricing.auction import (
    BUMP_BASE,
    Curve,
    InvalidAuction,
    LinearDecay,
    bump_between,
    bump_within,
    bumped,
    gas_bump,
    making_for,
    taking_by_sdk,
    taking_for,
)

amounts = st.integers(1, 2**128)
bumps = st.integers(0, 2**24 - 1)
delays = st.one_of(st.integers(0, 3), st.integers(0, 2**16 - 1))
points = st.lists(st.tuples(bumps, delays), max_size=5).map(tuple)
starts = st.integers(0, 2**32 - 1)
durations = st.one_of(st.integers(0, 3), st.integers(0, 2**24 - 1))
auctions = st.builds(Auction, starts, durations, bumps, points, bumps, st.integers(0, 2**32 - 1))
base_fees = st.integers(0, 10**13)


def corners(auction: Auction) -> list[tuple[int, int]]:
    """(time, bump) of the polyline, its end included."""
    time, found = auction.start_time, [(auction.start_time, auction.initial_bump)]
    for bump, delay in auction.points:
        time += delay
        found.append((time, bump))
    return [*found, (auction.ends_at, 0)]


@st.composite
def moments(draw: st.DrawFn) -> tuple[Auction, int]:
    """An auction and a second: anywhere, or at one of its corners and beside it."""
    auction = draw(auctions)
    near = st.sampled_from(corners(auction)).flatmap(lambda corner: st.integers(corner[0] - 1, corner[0] + 1))
    return auction, draw(st.one_of(near, st.integers(auction.start_time - 10, auction.ends_at + 10)))


def walked(auction: Auction, at: int) -> Fraction:
    """The exact height, found as the contract does: segment after segment, nothing prepared."""
    if at <= auction.start_time:
        return Fraction(auction.initial_bump)
    if at >= auction.ends_at:
        return Fraction(0)
    for (left, height), (right, next_height) in pairwise(corners(auction)):
        if left < at <= right:
            return height + Fraction((at - left) * (next_height - height), right - left)
    raise AssertionError("the end is a corner")


# the curve


@given(moments())
def test_the_bump_is_the_exact_height_rounded_down(moment: tuple[Auction, int]) -> None:
    auction, at = moment
    exact = walked(auction, at)
    assert Curve(auction).auction_bump(at) == exact.numerator // exact.denominator


@given(moments(), base_fees)
def test_the_bump_is_bounded(moment: tuple[Auction, int], base_fee: int) -> None:
    auction, at = moment
    curve = Curve(auction)
    assert 0 <= curve.rate_bump(at, base_fee) <= curve.rate_bump(at) <= curve.highest_bump


@given(auctions)
def test_it_is_monotone_between_two_corners(auction: Auction) -> None:
    curve = Curve(auction)
    for (left, height), (right, next_height) in pairwise(corners(auction)):
        last = min(right, auction.ends_at - 1)
        inside = sorted({*range(left + 1, min(left + 5, last + 1)), (left + last) // 2, last} - {left})
        heights = [curve.auction_bump(at) for at in inside if left < at <= last]
        assert heights == sorted(heights, reverse=next_height < height)
        assert all(min(height, next_height) <= found <= max(height, next_height) for found in heights)


@given(auctions, starts, base_fees, base_fees)
def test_dearer_gas_never_makes_it_dearer(auction: Auction, at: int, base_fee: int, more: int) -> None:
    curve = Curve(auction)
    assert curve.rate_bump(at, base_fee + more) <= curve.rate_bump(at, base_fee)


@given(bumps, st.integers(1, 2**32 - 1), base_fees)
def test_the_gas_bump_is_rounded_down_twice(estimate: int, price: int, base_fee: int) -> None:
    exact = Fraction(estimate * base_fee, price * 1_000_000)
    assert exact - 1 < gas_bump(estimate, price, base_fee) <= exact
    assert gas_bump(estimate, 0, base_fee) == 0


@given(moments(), amounts)
def test_no_price_is_above_the_highest_or_below_the_end(moment: tuple[Auction, int], taking: int) -> None:
    auction, at = moment
    curve = Curve(auction)
    assert taking <= curve.taking_amount(taking, at) <= curve.highest_taking(taking)


# amounts


@given(amounts, amounts, amounts, bumps)
def test_the_demand_is_the_exact_price_rounded_up_once(
    making: int, order_making: int, order_taking: int, bump: int
) -> None:
    exact = Fraction(making * order_taking * (BUMP_BASE + bump), order_making * BUMP_BASE)
    assert exact <= taking_for(making, order_making, order_taking, bump) < exact + 1


@given(amounts, amounts, bumps, st.data())
def test_no_split_of_a_fill_gives_the_maker_less(
    order_making: int, order_taking: int, bump: int, data: st.DataObject
) -> None:
    cuts = data.draw(st.lists(st.integers(0, order_making), max_size=4).map(sorted))
    parts = [right - left for left, right in pairwise([0, *cuts, order_making])]
    whole = taking_for(order_making, order_making, order_taking, bump)
    assert whole == bumped(order_taking, bump)
    assert whole <= sum(taking_for(part, order_making, order_taking, bump) for part in parts) <= whole + len(parts)


@given(amounts, amounts, amounts, bumps)
def test_going_there_and_back_makes_no_unit(making: int, order_making: int, order_taking: int, bump: int) -> None:
    taking = taking_for(making, order_making, order_taking, bump)
    assert making_for(taking, order_making, order_taking, bump) >= making
    got = making_for(making, order_making, order_taking, bump)
    assert taking_for(got, order_making, order_taking, bump) <= making


@given(amounts, amounts, amounts, bumps)
def test_the_sdks_two_roundings_are_never_below_the_chains_one(
    making: int, order_making: int, order_taking: int, bump: int
) -> None:
    told, demanded = (rule(making, order_making, order_taking, bump) for rule in (taking_by_sdk, taking_for))
    assert demanded <= told <= demanded + 1 + (BUMP_BASE + bump) // BUMP_BASE


@given(amounts, amounts)
def test_the_two_bumps_between_amounts_enclose_the_exact_one(end: int, above: int) -> None:
    amount = end + above
    within, between = bump_within(amount, end), bump_between(amount, end)
    assert between - within in (0, 1)
    assert bumped(end, within) <= amount <= bumped(end, between)


@given(st.builds(Auction, st.just(0), st.just(1), bumps, points), amounts, amounts)
def test_what_fits_the_chain_fits_at_every_price(auction: Auction, order_making: int, order_taking: int) -> None:
    curve = Curve(auction)
    products = [order_making * order_taking * (BUMP_BASE + bump) for _, bump in corners(auction)]
    assert curve.fits_the_chain(order_making, order_taking) == all(product < 2**256 for product in products)


# seed 004's


decays = st.builds(
    lambda start, duration, end, above: LinearDecay(start, duration, end + above, end),
    starts,
    st.integers(1, 2**24),
    amounts,
    st.integers(0, 2**128),
)


@given(decays, st.integers(-10, 2**33))
def test_the_linear_decay_is_seed_004s_formula(decay: LinearDecay, at: int) -> None:
    elapsed = min(max(at - decay.start_time, 0), decay.duration)
    wanted = decay.start_amount - (decay.start_amount - decay.end_amount) * elapsed // decay.duration
    assert decay.taking_amount(at) == wanted
    assert decay.taking_amount(at) >= decay.taking_amount(at + 1) >= decay.end_amount
    assert decay.progress(at) == Fraction(elapsed, decay.duration)
    assert decay.remaining(at) + elapsed == decay.duration


def test_seed_004s_example() -> None:
    decay = LinearDecay(1_700_000_000, 3600, 2 * 10**18, 10**18)
    assert decay.taking_amount(1_700_001_800) == 1_500_000_000_000_000_000
    assert (decay.per_second(), decay.progress(1_700_001_800)) == (277_777_777_777_777, Fraction(1, 2))


@pytest.mark.parametrize(
    ("duration", "start", "end", "message"),
    [(0, 2, 1, "takes a second or more"), (60, 1, 2, "from 1 to 2"), (60, 1, -1, "from 1 to -1")],
)
def test_what_is_no_decay_is_refused(duration: int, start: int, end: int, message: str) -> None:
    with pytest.raises(InvalidAuction, match=message):
        LinearDecay(0, duration, start, end)
