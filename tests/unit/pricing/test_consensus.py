"""Several sources make one price: exact, whatever their order, and no liar among three moves it."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.consensus import MarketPrice, Observed, Refusal, Rules, decide, median, percent, spread_bps

NOW = 1_800_000_000_000
RULES = Rules(min_sources=2, stale_ms=120_000, max_spread_bps=200)
PRICES = st.fractions(min_value=Fraction(1, 10**12), max_value=10**9, max_denominator=10**18)


def said(*prices: object, age_ms: int = 0) -> list[Observed]:
    return [Observed(f"s{index}", Fraction(str(price)), NOW - age_ms) for index, price in enumerate(prices)]


def outcome(*prices: object, rules: Rules = RULES) -> MarketPrice | Refusal:
    return decide("ETH", said(*prices), rules, NOW)


def price_of(found: MarketPrice | Refusal) -> Fraction:
    assert isinstance(found, MarketPrice), found
    return found.price


def refusal(found: MarketPrice | Refusal) -> Refusal:
    assert isinstance(found, Refusal), found
    return found


def test_the_median_of_evens_is_exactly_half_way() -> None:
    assert median([Fraction(1), Fraction("1.000000000000000001")]) == Fraction("1.0000000000000000005")
    assert price_of(outcome("3200", "3200.000000000000000001")) == Fraction("3200.0000000000000000005")
    with pytest.raises(ValueError, match="nothing"):
        median([])


def test_a_source_that_is_wrong_by_ten_is_voted_out() -> None:
    for wrong in ("32000", "320"):
        found = outcome("3200", "3201", wrong)
        assert price_of(found) == Fraction("3200.5")
        assert isinstance(found, MarketPrice)
        assert found.sources == ("s0", "s1")
        assert found.witnesses[2].left_out.startswith("outlier: ")


def test_two_that_disagree_make_no_price() -> None:
    found = refusal(outcome("3200", "32000"))
    assert found.code == "price_spread"
    assert [one.left_out != "" for one in found.witnesses] == [True, True]
    assert refusal(outcome("100", "103")).reason == "the sources for ETH are 3 % apart, and 2 % is the bound"
    assert refusal(outcome("100", "101", "1000", "1010")).code == "price_spread"


def test_the_bound_itself_is_within() -> None:
    assert price_of(outcome("100", "102")) == 101
    assert refusal(outcome("100", "102.0000000001")).code == "price_spread"


def test_old_and_early_and_frozen_sources_do_not_count() -> None:
    good = said("3200", "3201")
    old = Observed("old", Fraction(3300), NOW - 120_001)
    early = Observed("early", Fraction(3300), NOW + 30_001)
    frozen = Observed("frozen", Fraction(3300), NOW, changed_ms=NOW - 900_001, frozen_after_ms=900_000)
    found = decide("ETH", [*good, old, early, frozen], RULES, NOW)
    assert price_of(found) == Fraction("3200.5")
    assert [one.left_out.partition(":")[0] for one in found.witnesses] == ["from the future", "frozen", "stale", "", ""]
    still_moving = replace(frozen, changed_ms=NOW - 900_000, price=Fraction(3200))
    assert isinstance(decide("ETH", [*good, still_moving], RULES, NOW), MarketPrice)


def test_too_few_fresh_sources_are_a_reason() -> None:
    assert refusal(decide("ETH", [], RULES, NOW)).reason == "no source has said a price for ETH yet"
    one_left = [*said("3200"), *(replace(one, source="t") for one in said("3200", age_ms=120_001))]
    found = refusal(decide("ETH", one_left, RULES, NOW))
    assert found.code == "price_stale"
    assert found.reason == "1 source of 2 for ETH fresh enough, and 2 needed"
    assert isinstance(decide("ETH", one_left, replace(RULES, min_sources=1), NOW), MarketPrice)


def test_a_price_that_is_not_positive_never_counts() -> None:
    assert price_of(outcome("3200", "3200", "0", "-5")) == 3200


def test_as_of_is_the_oldest_that_counted() -> None:
    sources = [*said("100"), Observed("a", Fraction(100), NOW - 5_000), Observed("b", Fraction(999), NOW - 9_000)]
    found = decide("ETH", sources, RULES, NOW)
    assert isinstance(found, MarketPrice)
    assert found.as_of_ms == NOW - 5_000


def test_spread_is_rounded_up() -> None:
    assert spread_bps([Fraction(100), Fraction(101)]) == 100
    assert spread_bps([Fraction(10**6), Fraction(10**6) + Fraction(1, 10**9)]) == 1
    assert spread_bps([Fraction(7)]) == 0
    assert (percent(250), percent(200), percent(5)) == ("2.5 %", "2 %", "0.05 %")


@given(st.lists(PRICES, min_size=1, max_size=7), st.randoms())
def test_the_order_of_sources_does_not_matter(prices: list[Fraction], chance: object) -> None:
    sources = [Observed(f"s{index}", price, NOW) for index, price in enumerate(prices)]
    shuffled = list(sources)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert decide("ETH", sources, RULES, NOW) == decide("ETH", shuffled, RULES, NOW)


@given(PRICES, st.integers(0, 200), st.fractions(min_value=Fraction(1, 10**30), max_value=10**30))
def test_one_liar_of_three_never_moves_the_price_beyond_the_honest(low: Fraction, bps: int, lie: Fraction) -> None:
    high = low * (10_000 + bps) / 10_000
    sources = [Observed("a", low, NOW), Observed("b", high, NOW), Observed("liar", lie, NOW)]
    found = decide("ETH", sources, RULES, NOW)
    if isinstance(found, MarketPrice):
        assert low <= found.price <= high
    else:
        assert found.code == "price_spread"
        assert low * 96 / 100 < lie < high * 105 / 100  # a small lie may stop us; a large one is voted out


@given(st.lists(PRICES, min_size=1, max_size=7))
def test_what_counted_is_enough_and_a_majority_and_close(prices: list[Fraction]) -> None:
    found = decide("ETH", [Observed(f"s{index}", price, NOW) for index, price in enumerate(prices)], RULES, NOW)
    assert len(found.witnesses) == len(prices)
    if isinstance(found, MarketPrice):
        counted = [one.observed.price for one in found.witnesses if not one.left_out]
        assert len(counted) >= 2
        assert 2 * len(counted) > len(prices)
        assert max(counted) * 10_000 <= min(counted) * 10_200
        assert min(counted) <= found.price <= max(counted)


@given(st.lists(PRICES, min_size=2, max_size=7), st.fractions(min_value=Fraction(1, 10**6), max_value=10**6))
def test_another_unit_of_account_changes_nothing(prices: list[Fraction], scale: Fraction) -> None:
    def run(by: Fraction) -> MarketPrice | Refusal:
        return decide("ETH", [Observed(f"s{index}", price * by, NOW) for index, price in enumerate(prices)], RULES, NOW)

    plain, scaled = run(Fraction(1)), run(scale)
    assert type(plain) is type(scaled)
    if isinstance(plain, MarketPrice) and isinstance(scaled, MarketPrice):
        assert scaled.price == plain.price * scale
        assert scaled.sources == plain.sources
