"""Presets: what a quote offers is what its order says."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.codec.auction import Auction
from pricing.auction import bump_within
from swaps.fusion.presets import DURATIONS, Preset, custom_preset, flat_presets
from tests.unit.chains.facts import case_id, group

amounts = st.integers(1, 2**128 - 1)


def test_ours_are_flat_and_last_longer_where_blocks_are_slow() -> None:
    for name, preset in flat_presets(1000, 60).items():
        assert (preset.start_amount, preset.highest_amount, preset.end_amount) == (1000, 1000, 1000)
        assert preset.duration == DURATIONS[name] + 60


@pytest.mark.parametrize("case", group("preset_identities"), ids=case_id)
def test_bumps_are_the_published_ones(case: dict[str, Any]) -> None:
    """Rounded down: one less than the fixture's, as the SDK's own function has it."""
    start, end = int(case["input"]["auctionStartAmount"]), int(case["input"]["auctionEndAmount"])
    assert case["expected"]["initialRateBump"] - bump_within(start, end) in (0, 1)


@given(amounts, st.integers(0, 2**23))
def test_a_custom_auction_never_asks_for_more_than_its_start(end: int, bump: int) -> None:
    start = end * (10_000_000 + bump) // 10_000_000
    preset = custom_preset(start=start, end=end, duration=180, points=[(end, 20), (start, 20)])
    assert end <= preset.start_amount <= start
    assert end <= preset.highest_amount <= start


@given(amounts, st.integers(1, 2**20), st.integers(0, 2**24 - 1))
def test_presets_are_stored_whole(end: int, duration: int, bump: int) -> None:
    preset = Preset(end, duration, bump, ((bump, 3), (1, 4)))
    assert Preset.from_json(preset.to_json()) == preset


def test_an_order_is_of_the_preset_it_was_made_from_alone() -> None:
    preset = Preset(1000, 180, 50, ((20, 5),))
    auction = Auction(1_700_000_000, 180, 50, ((20, 5),))
    assert preset.is_of(1000, auction)
    others = [
        (999, auction),
        (1000, Auction(1_700_000_000, 181, 50, ((20, 5),))),
        (1000, Auction(1_700_000_000, 180, 49, ((20, 5),))),
        (1000, Auction(1_700_000_000, 180, 50)),
    ]
    assert not any(preset.is_of(taking, other) for taking, other in others)
