"""Quotes are exact: no float, no unit from rounding, and what is promised is what the arithmetic says."""

import json
from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.signing import canonical
from chains.config import ChainConfig, Token
from pricing.amounts import BPS, NotAPrice, Side, after_fee_down, convert_down, convert_up, decimal_text, price, rate
from pricing.auction import Curve
from pricing.consensus import MarketPrice, Observed, Witness
from pricing.example import NOW
from pricing.ground import Pair, bounded
from pricing.impact import DEFAULT_IMPACT, NO_IMPACT
from pricing.network import NetworkFee
from pricing.presets import DEFAULTS, URGENCIES, Point, Preset
from pricing.quote_documents import Answered, quote_document
from pricing.quote_page import explained
from pricing.quotes import Auction, Figures, Terms, for_input, for_output, least_of, level_bps, percent_text, price_text
from pricing.registry import RouteFacts

LARGEST = 2**128
amounts = st.integers(1, LARGEST) | st.sampled_from([1, LARGEST, 10**6, 10**18, 10**24])
decimals = st.sampled_from([0, 6, 8, 18, 24])
prices = st.fractions(min_value=Fraction(1, 10**9), max_value=10**9)
fees = st.integers(0, BPS - 1)


@st.composite
def terms(draw: st.DrawFn) -> Terms:
    source, destination = Side(draw(prices), draw(decimals)), Side(draw(prices), draw(decimals))
    return Terms(
        rate=source.rate_to(destination),
        impact=draw(st.sampled_from([NO_IMPACT, DEFAULT_IMPACT])),
        depth=draw(st.just(0) | amounts),
        fee_bps=draw(fees),
        network_fee=draw(st.integers(0, 10**30)),
    )


@given(amounts, decimals, decimals, prices, prices)
def test_no_unit_is_created_going_there_and_back(
    amount: int, there: int, back: int, source: Fraction, destination: Fraction
) -> None:
    forth = convert_down(amount, rate(source, destination, there, back))
    assert convert_down(forth, rate(destination, source, back, there)) <= amount


@given(st.integers(0, LARGEST), st.integers(0, BPS))
def test_the_fee_is_rounded_for_the_house(amount: int, fee_bps: int) -> None:
    left = after_fee_down(amount, fee_bps)
    assert (amount - left) * BPS >= amount * fee_bps


@given(terms(), amounts)
def test_every_unit_is_accounted_for(of: Terms, amount: int) -> None:
    found = for_input(of, amount)
    parts = (found.impact, found.protocol_fee, found.network_fee, found.rounding, found.destination_amount)
    assert sum(parts) == found.worth
    assert all(isinstance(part, int) for part in parts)
    assert min(parts[:-1]) >= 0
    assert found.rounding == 0


@given(terms(), amounts)
def test_never_more_than_the_exact_figures(of: Terms, amount: int) -> None:
    """Each rounding is to our side: what is promised is at most what exact fractions give, and less by three units at most."""
    found = for_input(of, amount)
    worth = amount * of.rate
    assert found.worth <= worth < found.worth + 1
    after = Fraction(found.worth) * (1 - of.impact_bps(found.worth) / BPS)
    assert 0 <= after - (found.worth - found.impact) < 1
    exact = Fraction(found.worth - found.impact) * (BPS - of.fee_bps) / BPS - of.network_fee
    assert 0 <= exact - found.destination_amount < 1


@given(terms(), amounts, st.integers(0, LARGEST))
def test_more_is_never_given_for_less(of: Terms, amount: int, more: int) -> None:
    assert for_input(of, amount).destination_amount <= for_input(of, amount + more).destination_amount


@given(terms(), amounts)
def test_an_exact_output_is_had_for_the_least_that_gives_it(of: Terms, wanted: int) -> None:
    found = for_output(of, wanted)
    assert found.destination_amount == wanted
    assert found.rounding >= 0
    again = for_input(of, found.source_amount)
    assert again.destination_amount == wanted + found.rounding
    assert for_input(of, found.source_amount - 1).destination_amount < wanted


@given(terms(), amounts)
def test_there_and_back_nothing_is_won(of: Terms, amount: int) -> None:
    """Whoever asks for exactly what his amount gives, gives that amount or less."""
    found = for_input(of, amount)
    if found.destination_amount > 0:
        assert for_output(of, found.destination_amount).source_amount <= amount


def test_a_fee_of_everything_leaves_nothing_to_want() -> None:
    with pytest.raises(ValueError, match="takes everything"):
        for_output(Terms(Fraction(1), fee_bps=BPS), 1)


@given(st.integers(0, LARGEST), st.integers(0, BPS))
def test_the_least_that_is_taken_is_rounded_for_the_client(amount: int, slippage_bps: int) -> None:
    least = least_of(amount, slippage_bps)
    assert least * BPS >= amount * (BPS - slippage_bps) > (least - 1) * BPS


def test_a_figure_after_the_other() -> None:
    """1 ETH at 3200 into NEAR at 2.50 of which 5,000 can be paid: 1280 is 25.6 % of it, and 0.1048 % its impact."""
    side, other = Side(price("3200"), 18), Side(price("2.50"), 24)
    near = 10**24
    cost = convert_up(10**15, Side(price("3200"), 18).rate_to(other))
    found = for_input(Terms(side.rate_to(other), DEFAULT_IMPACT, 5000 * near, 30, cost), 10**18)
    assert found == Figures(
        source_amount=10**18,
        worth=1280 * near,
        impact=1_341_440_000_000_000_000_000_000,
        protocol_fee=3_835_975_680_000_000_000_000_000,
        network_fee=1_280_000_000_000_000_000_000_000,
    )
    assert found.destination_amount == 1_273_542_584_320_000_000_000_000_000
    assert percent_text(DEFAULT_IMPACT.bps(found.worth, 5000 * near)) == "0.1048"


def test_decimals_mismatch() -> None:
    """DECIMALS-MISMATCH: 1 ETH at 3200 dollars is 1280 NEAR at 2.50, in 24 decimals."""
    rate_to = Side(price("3200"), 18).rate_to(Side(price("2.50"), 24))
    assert for_input(Terms(rate_to), 10**18).destination_amount == 1280 * 10**24
    assert price_text(Fraction(1280), BPS + DEFAULTS["normal"].start_premium_bps) == "1286.400000000000000000"


def test_seed_000s_quote() -> None:
    found = for_input(Terms(Side(price("0.999"), 6).rate_to(Side(price("1"), 6)), fee_bps=30), 10**9)
    assert found.destination_amount == 999_000_000 * 9970 // 10_000
    assert found.protocol_fee == 999_000_000 - found.destination_amount


# The auction of a quote


@st.composite
def presets(draw: st.DrawFn) -> Preset:
    duration = draw(st.integers(1, 3600))
    premium, discount = draw(st.integers(0, 500)), draw(st.integers(0, 500))
    delays = draw(st.lists(st.integers(1, 900), max_size=4))
    while sum(delays) > duration:
        delays.pop()
    levels = sorted(
        draw(st.lists(st.integers(-discount, premium), min_size=len(delays), max_size=len(delays))), reverse=True
    )
    return Preset(duration, premium, discount, tuple(map(Point, delays, levels)))


@given(presets(), st.integers(-10, 4000))
def test_the_price_falls_from_corner_to_corner(preset: Preset, elapsed: int) -> None:
    level = level_bps(preset, elapsed)
    assert BPS - preset.end_discount_bps <= level_bps(preset, elapsed + 1) <= level <= BPS + preset.start_premium_bps
    if elapsed <= 0:
        assert level == BPS + preset.start_premium_bps
    time = 0
    for point in preset.points:
        time += point.delay
        if time < preset.duration:  # at its end the auction is at its end price, wherever its last corner is
            assert level_bps(preset, time) == BPS + point.bps
    assert level_bps(preset, preset.duration) == BPS - preset.end_discount_bps


@given(presets(), amounts, st.integers(0, 2**32), st.integers(-10, 4000))
def test_amounts_follow_the_prices(preset: Preset, worth: int, start: int, elapsed: int) -> None:
    """The contract's amounts and the exact level differ by what ten-millionths and base units round, and by no more."""
    auction = Auction(preset, worth, start)
    amount = Curve(preset.auction(start)).taking_amount(auction.end_amount, start + elapsed)
    assert auction.end_amount <= amount <= auction.start_amount
    exact = worth * level_bps(preset, elapsed) / BPS
    assert abs(amount - exact) <= 3 + Fraction(3 * worth, 10**7)


@pytest.mark.parametrize("urgency", URGENCIES)
def test_it_starts_and_ends_where_it_says(urgency: str) -> None:
    auction = Auction(DEFAULTS[urgency], 10**9, 1_700_000_000)
    curve = Curve(DEFAULTS[urgency].auction(auction.start_time))
    assert curve.taking_amount(auction.end_amount, auction.start_time) == auction.start_amount
    assert curve.taking_amount(auction.end_amount, auction.ends_at) == auction.end_amount
    assert auction.ends_at == auction.start_time + DEFAULTS[urgency].duration


@pytest.mark.parametrize(
    ("bps", "text"),
    [
        (Fraction(0), "0"),
        (Fraction(10), "0.1"),
        (Fraction(1, 3), "0.0034"),
        (Fraction(100), "1"),
        (Fraction(10_000), "100"),
    ],
)
def test_percent(bps: Fraction, text: str) -> None:
    assert percent_text(bps) == text


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


# The whole quote, from prices to the document that is signed


def tokens(symbol: str) -> st.SearchStrategy[Token]:
    return st.builds(Token, st.just(symbol), st.just(symbol.lower()), decimals)


def said(symbol: str, value: Fraction) -> MarketPrice:
    """A price as sources give them: a decimal."""
    rounded = Fraction(max(1, value.numerator * 10**18 // value.denominator), 10**18)
    return MarketPrice(symbol, rounded, 0, 0, (Witness(Observed("one", rounded, 0)),))


@given(
    tokens("ONE"),
    tokens("TWO"),
    prices,
    prices,
    amounts,
    terms(),
    st.booleans(),
    st.sampled_from(URGENCIES),
    st.integers(0, BPS),
)
def test_a_whole_quote_adds_up_for_whoever_recalculates_it(
    one: Token, other: Token, price_of_one: Fraction, price_of_other: Fraction, amount: int, of: Terms, exact_output: bool,
    urgency: str, slippage_bps: int,
) -> None:  # fmt: skip
    """Decimals 0, 6, 8, 18, 24 and amounts of 1 to 2**128: the page works every figure out again, and raises where one differs."""
    chain = ChainConfig("here", "evm", "1", (), "final", 1, 0, 0, 0, 1000, (one, other))
    pair = Pair(chain, chain, one, other)
    found = (said("ONE", price_of_one), said("TWO", price_of_other))
    route = RouteFacts(stock={"two": of.depth} if of.depth else {})
    ground = bounded(pair, found, DEFAULTS, route, NetworkFee(), fee_bps=of.fee_bps)
    figures = (for_output if exact_output else for_input)(ground.terms, amount)
    kind = "exactOutput" if exact_output else "exactInput"
    made = Answered(ground, figures, urgency, kind, slippage_bps, NOW, timedelta(seconds=60), "me", "quote_x")
    document = quote_document(made)
    sealed = canonical({name: value for name, value in document.items() if name != "signature"})
    if figures.destination_amount > 0:
        assert f"{figures.destination_amount:,}" in explained(document)
    assert json.loads(sealed)["breakdown"]["worth"] == str(figures.worth)
