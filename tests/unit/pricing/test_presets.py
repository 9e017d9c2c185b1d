"""Presets: what is configured is what is auctioned, and what cannot be is told at once, each fault with its place."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.codec.auction import Auction
from pricing.amounts import BPS
from pricing.auction import BUMP_BASE, Curve
from pricing.presets import DEFAULTS, URGENCIES, InvalidPreset, Point, Preset, PresetBook, RoutePresets

START = 1_700_000_000
amounts = st.integers(1, 2**128)


@st.composite
def presets(draw: st.DrawFn) -> Preset:
    corners = sorted(draw(st.lists(st.integers(-4_000, 3_000), min_size=2, max_size=7)), reverse=True)
    top, bottom = max(0, corners[0]), min(0, corners[-1])
    points = tuple(Point(draw(st.integers(1, 2**16 - 1)), bps) for bps in corners[1:-1])
    spare = draw(st.integers(0, 1000))
    return Preset(sum(point.delay for point in points) + spare + 1, top, -bottom, points)


@given(presets(), amounts)
def test_an_auction_goes_from_the_premium_to_the_discount(preset: Preset, market: int) -> None:
    curve, end = Curve(preset.auction(START)), preset.end_amount(market)
    start = curve.taking_amount(end, START)
    assert start == preset.start_amount(market) == curve.highest_taking(end)
    assert curve.taking_amount(end, START + preset.duration) == end <= market
    exact_start, exact_end = (market * (BPS + bps) for bps in (preset.start_premium_bps, -preset.end_discount_bps))
    assert exact_end - BPS < end * BPS <= exact_end
    grain = end * BPS // BUMP_BASE + 3 * BPS
    assert exact_start - grain <= start * BPS <= exact_start + BPS


@given(presets(), st.integers(0, 2**20), amounts)
def test_its_price_only_falls(preset: Preset, elapsed: int, market: int) -> None:
    curve, end = Curve(preset.auction(START)), preset.end_amount(market)
    assert curve.taking_amount(end, START + elapsed) >= curve.taking_amount(end, START + elapsed + 1)


@given(presets())
def test_its_points_are_where_they_were_put(preset: Preset) -> None:
    auction = preset.auction(START, gas_bump_estimate=7, gas_price_estimate=8)
    assert Auction.decode(auction.encode()) == auction
    assert (auction.gas_bump_estimate, auction.gas_price_estimate) == (7, 8)
    for (bump, delay), point in zip(auction.points, preset.points, strict=True):
        above = (BPS + point.bps) * BUMP_BASE - (BUMP_BASE + bump) * (BPS - preset.end_discount_bps)
        assert delay == point.delay
        assert 0 <= above < BPS


@given(presets())
def test_a_configuration_says_it_all(preset: Preset) -> None:
    assert Preset.from_config(json.loads(json.dumps(preset.to_config()))) == preset


def test_the_defaults_by_urgency() -> None:
    assert [DEFAULTS[urgency].duration for urgency in URGENCIES] == [150, 300, 600]
    assert DEFAULTS["normal"].start_premium_bps == DEFAULTS["normal"].end_discount_bps == 50
    premiums = [DEFAULTS[urgency].start_premium_bps for urgency in URGENCIES]
    discounts = [DEFAULTS[urgency].end_discount_bps for urgency in URGENCIES]
    assert premiums == sorted(premiums)
    assert discounts == sorted(discounts, reverse=True)


def test_a_route_takes_from_the_default_what_it_leaves_out() -> None:
    book = PresetBook.from_config(
        {
            "default": {"normal": {"duration": 240}, "impact": [[0, 0], [10_000, 50]]},
            "routes": {"base>near": {"normal": {"start_premium_bps": 80}}, "near>base": {"impact": [[0, 0]]}},
        }
    )
    there, back, other = book.of("base", "near"), book.of("near", "base"), book.of("base", "ethereum")
    assert (there["normal"].duration, there["normal"].start_premium_bps) == (240, 80)
    assert there["fast"] == DEFAULTS["fast"]
    assert there.impact.corners == other.impact.corners == ((0, 0), (10_000, 50))
    assert back.impact.corners == ((0, 0),)
    assert other is book.default
    assert PresetBook.from_config(json.loads(json.dumps(book.to_config()))) == book


def test_an_empty_configuration_is_the_defaults() -> None:
    assert PresetBook.from_config({}) == PresetBook()
    assert RoutePresets.from_config(DEFAULTS.to_config(), DEFAULTS) == DEFAULTS


GOOD = {"duration": 300, "start_premium_bps": 50, "end_discount_bps": 50}
TEN = [{"delay": 10, "bps": 10}]


@pytest.mark.parametrize(
    ("config", "places"),
    [
        ({}, ["duration", "start_premium_bps", "end_discount_bps"]),
        ([], [""]),
        ({**GOOD, "duration": 0, "end_discount_bps": 10_000}, ["duration", "end_discount_bps"]),
        ({**GOOD, "duration": 300.0, "start_premium_bps": "50"}, ["duration", "start_premium_bps"]),
        ({**GOOD, "duration": True}, ["duration"]),
        ({**GOOD, "duration": 2**24}, ["duration"]),
        ({**GOOD, "start_premium_bps": -1, "premium": 3}, ["premium", "start_premium_bps"]),
        ({**GOOD, "start_premium_bps": 10_000, "end_discount_bps": 5_000}, ["start_premium_bps"]),
        ({**GOOD, "points": 5}, ["points"]),
        ({**GOOD, "points": [{"delay": 10}]}, ["points[0]"]),
        ({**GOOD, "points": [*TEN, {"delay": 0, "bps": 10_001}]}, ["points[1].delay", "points[1].bps"]),
        ({**GOOD, "points": [{"delay": 301, "bps": 0}]}, ["points"]),
        ({**GOOD, "points": [{"delay": 10, "bps": 51}]}, ["points"]),
        ({**GOOD, "points": [{"delay": 10, "bps": -51}]}, ["points"]),
        ({**GOOD, "points": TEN * 21}, ["points"]),
    ],
)
def test_every_fault_of_a_preset_has_its_place(config: Any, places: list[str]) -> None:
    with pytest.raises(InvalidPreset) as refused:
        Preset.from_config(config)
    assert [place for place, _ in refused.value.faults] == places


def test_every_fault_of_a_book_is_told_at_once() -> None:
    with pytest.raises(InvalidPreset) as refused:
        PresetBook.from_config(
            {
                "more": 1,
                "default": {"normal": {"duration": 0}},
                "routes": {"base>near": {"quick": {}, "impact": [[1, 1]]}, "base": {}, "near>base": 4},
            }
        )
    places = [place for place, _ in refused.value.faults]
    assert places == [
        "more", "default.normal.duration", "routes.base>near.quick", "routes.base>near.impact", "routes.base",
        "routes.near>base",
    ]  # fmt: skip
    assert "routes.base: is named SOURCE>DESTINATION" in str(refused.value)
