"""Prices: what nodes take in the place of another transaction, and never more than the cap."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.clients.evm_types import FeeHistory, fee_history_of
from chains.services.sending.fees import (
    Fees,
    Market,
    bumped,
    estimate,
    market_of,
    ordinary_limit,
    replacement,
)

GWEI = 10**9
prices = st.integers(0, 10**13)
markets = st.builds(Market, base_fee=prices, tip=st.integers(1, 10**12), urgent_tip=st.integers(1, 10**12))


def test_the_market_is_the_median_of_blocks_that_held_something() -> None:
    answer = {
        "baseFeePerGas": ["0x1", "0x2", "0x3", "0x4", "0x64"],
        "gasUsedRatio": [0.5, 0, 0.5, 0.5],
        "reward": [["0xa", "0x14"], ["0x0", "0x0"], ["0x1e", "0x64"], ["0xc", "0x5a"]],
    }
    assert market_of(fee_history_of(answer)) == Market(base_fee=100, tip=12, urgent_tip=90)


def test_where_every_block_is_empty_the_nodes_word_counts_and_no_tip_is_nothing() -> None:
    assert market_of(FeeHistory(7, ()), 5) == Market(7, 5, 10)
    assert market_of(FeeHistory(7, ()), 0) == Market(7, 1, 2)


def test_six_full_blocks_do_not_price_us_out() -> None:
    base_fee, offered = 10 * GWEI, estimate(Market(10 * GWEI, GWEI, 2 * GWEI), cap=500 * GWEI, urgent=False)
    assert offered is not None
    for _ in range(6):
        base_fee += base_fee // 8
    assert base_fee + GWEI <= offered.max_fee < 2.1 * 10 * GWEI + GWEI


def test_in_a_hurry_the_whole_cap_is_offered_at_once() -> None:
    assert estimate(Market(GWEI, GWEI, 3 * GWEI), cap=500 * GWEI, urgent=True) == Fees(500 * GWEI, 3 * GWEI)


def test_in_a_hurry_no_more_is_offered_than_the_account_has_but_never_less_than_usual() -> None:
    market = Market(GWEI, GWEI, 3 * GWEI)
    some = estimate(market, cap=500 * GWEI, urgent=True, affordable=20 * GWEI)
    none = estimate(market, cap=500 * GWEI, urgent=True, affordable=0)
    assert some == Fees(20 * GWEI, 3 * GWEI)
    assert none is not None and 3 * GWEI < none.max_fee < 6 * GWEI


@given(markets, prices, st.booleans())
def test_an_offer_is_between_the_base_fee_and_the_cap(market: Market, cap: int, urgent: bool) -> None:
    offered = estimate(market, cap=cap, urgent=urgent)
    if offered is None:
        assert market.base_fee >= (cap if urgent else ordinary_limit(cap))
    else:
        assert market.base_fee < offered.max_fee <= cap and 0 <= offered.tip <= offered.max_fee


@given(markets, prices, prices, prices, st.booleans())
def test_a_rival_pays_an_eighth_more_of_both_or_is_not_made(
    market: Market, max_fee: int, tip: int, limit: int, urgent: bool
) -> None:
    old = Fees(max_fee, min(tip, max_fee))
    rival = replacement(old, market, limit=limit, urgent=urgent)
    if rival is None:
        assert old.max_fee * 9 > limit * 8 or old.max_fee + 1 > limit
    else:
        assert rival.max_fee * 8 >= old.max_fee * 9 and rival.tip * 8 >= old.tip * 9
        assert rival.max_fee > old.max_fee and rival.tip > old.tip
        assert rival.tip <= rival.max_fee <= limit


@given(st.integers(1, 10**13))
def test_below_the_cap_there_is_room_for_a_cancellation(cap: int) -> None:
    limit = ordinary_limit(cap)
    assert bumped(Fees(limit, 0)).max_fee <= cap or cap < 9


@pytest.mark.parametrize(("price", "least"), [(0, 1), (1, 2), (8, 9), (9, 11), (1000, 1125)])
def test_a_bump_is_rounded_up(price: int, least: int) -> None:
    assert bumped(Fees(price, price)) == Fees(least, least)
