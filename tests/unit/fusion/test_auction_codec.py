"""The auction of an order as bytes, and the most that it can ask for."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.codec.auction import Auction
from chains.errors import CodecError
from pricing.auction import BUMP_BASE, Curve
from tests.unit.chains.facts import case_id, group

uint24, uint16, uint32 = st.integers(0, 2**24 - 1), st.integers(0, 2**16 - 1), st.integers(0, 2**32 - 1)
points = st.lists(st.tuples(uint24, uint16), max_size=6).map(tuple)
auctions = st.builds(Auction, uint32, uint24, uint24, points, uint24, uint32)


@given(auctions)
def test_decodes_what_it_encoded(auction: Auction) -> None:
    assert Auction.decode(auction.encode()) == auction


def test_the_fields_stand_where_the_contract_reads_them() -> None:
    auction = Auction(0x63C05175, 0xB4, 0xC350, ((0x4E20, 12),), gas_bump_estimate=1, gas_price_estimate=2)
    assert auction.encode().hex() == "0000010000000263c051750000b400c350004e20000c"


@pytest.mark.parametrize("size", [0, 16, 18, 21, 23])
def test_other_lengths_are_refused(size: int) -> None:
    with pytest.raises(CodecError):
        Auction.decode(b"\0" * size)


@pytest.mark.parametrize("changes", [{"duration": 2**24}, {"start_time": 2**32}, {"points": ((1, 2**16),)}])
def test_numbers_too_large_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(CodecError):
        Auction(**{"start_time": 0, "duration": 1, **changes}).encode()


@pytest.mark.parametrize("case", group("auction_onchain"), ids=case_id)
def test_no_price_of_the_published_cases_is_above_the_highest(case: dict[str, Any]) -> None:
    told = case["input"]["auction"]
    curve = tuple((point["coefficient"], point["delay"]) for point in told["points"])
    auction = Auction(told["startTime"], told["duration"], told["initialRateBump"], curve)
    assert int(case["expected"]) <= Curve(auction).highest_taking(int(case["input"]["takingAmount"]))


@given(auctions, st.integers(1, 2**128))
def test_the_highest_is_a_price_of_the_curve_rounded_up(auction: Auction, taking: int) -> None:
    bumps = {auction.initial_bump, *(bump for bump, _ in auction.points)}
    prices = {-(-taking * (BUMP_BASE + bump) // BUMP_BASE) for bump in bumps}
    assert Curve(auction).highest_taking(taking) == max(prices)
