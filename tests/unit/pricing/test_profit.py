"""What a fill earns: exact over both chains, in the destination token, and never told better than it is."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.codec.auction import Auction
from pricing.amounts import Side, convert_up, least_that, price
from pricing.auction import Curve
from pricing.fees import Fees
from pricing.profit import ChainCost, Fill, LosingSwap, Market, Profit, fill_profit, profitable_from, swap_profit

ETH, NEAR = Side(price("3200"), 18), Side(price("2.50"), 24)
USDC, USDT = Side(price("0.999"), 6), Side(price("1"), 6)

amounts = st.integers(1, 2**128)
decimals = st.sampled_from([0, 6, 8, 18, 24])
prices = st.fractions(min_value=Fraction(1, 10**9), max_value=10**9)
sides = st.builds(Side, prices, decimals)
costs = st.lists(st.builds(ChainCost, sides, st.integers(0, 2**90), st.integers(0, 2**90)), max_size=3)
markets = st.builds(Market, sides, sides, costs)


@given(markets, amounts, amounts)
def test_a_profit_is_never_told_better_than_it_is(market: Market, source: int, destination: int) -> None:
    def dollars(amount: int, side: Side) -> Fraction:
        return amount * side.price * Fraction(1, 10**side.decimals)

    spent = sum((dollars(cost.gas + cost.storage, cost.native) for cost in market.costs), start=Fraction(0))
    exact = dollars(source, market.source) - dollars(destination, market.destination) - spent
    told = swap_profit(market, source_amount=source, destination_amount=destination)
    unit = dollars(1, market.destination)
    assert exact - (1 + len(market.costs)) * unit < dollars(told.earned, market.destination) <= exact
    assert told.loses == (told.earned < 0)


@given(markets, amounts, amounts)
def test_who_gives_a_unit_more_earns_a_unit_less(market: Market, source: int, destination: int) -> None:
    one, other = (swap_profit(market, source_amount=source, destination_amount=destination + more) for more in (0, 1))
    assert one.earned == other.earned + 1


@given(st.builds(Profit, amounts, amounts, amounts), st.integers(0, 10_000))
def test_a_margin_is_reached_or_so_much_is_missing(profit: Profit, margin: int) -> None:
    missing = profit.shortfall(margin)
    assert (missing == 0) == (profit.earned * 10_000 >= profit.taking * margin) == (profit.margin_bps >= margin)
    for near in range(-2, 3):
        wanted = profit.taking * margin // 10_000 + near
        other = Profit(wanted + profit.taking + profit.network, profit.taking, profit.network)
        assert other.shortfall(margin) == max(0, -(-profit.taking * margin // 10_000) - wanted)
    raised = Profit(profit.worth + missing, profit.taking, profit.network)
    assert raised.shortfall(margin) == 0
    assert not missing or Profit(raised.worth - 1, profit.taking, profit.network).shortfall(margin) == 1


def test_a_swap_from_base_to_near_to_the_last_unit() -> None:
    """1 ETH for 1278 NEAR; 0.0006 ETH of gas there; 0.002 NEAR of gas and 0.0125 NEAR of storage here."""
    market = Market(ETH, NEAR, [ChainCost(ETH, 6 * 10**14), ChainCost(NEAR, 2 * 10**21, 125 * 10**20)])
    profit = swap_profit(market, source_amount=10**18, destination_amount=1278 * 10**24)
    assert market.network_fees() == (768 * 10**21, 145 * 10**20)
    assert profit == Profit(1280 * 10**24, 1278 * 10**24, 7825 * 10**20)
    assert profit.earned == 12_175 * 10**20
    assert profit.margin_bps == 9
    profit.require(9)
    with pytest.raises(LosingSwap, match="too little for a margin of 10 bps"):
        profit.require(10)


def test_a_swap_smaller_than_its_gas_loses() -> None:
    market = Market(USDC, USDT, [ChainCost(ETH, 10**14), ChainCost(NEAR, 10**22)])
    assert market.network_fees() == (320_000, 25_000)
    profit = swap_profit(market, source_amount=300_000, destination_amount=290_000)
    assert profit.loses
    assert profit.earned == 299_700 - 290_000 - 345_000
    with pytest.raises(
        LosingSwap, match="worth 299700, less 290000 paid out and 345000 for the network, leaves -335300"
    ):
        profit.require()


def test_one_unit_of_a_token_without_decimals_is_not_nothing() -> None:
    market = Market(Side(price("1"), 0), Side(price("1"), 0), [ChainCost(ETH, 1)])
    assert market.network_fees() == (1,)
    assert swap_profit(market, source_amount=1, destination_amount=1).earned == -1


AUCTION = Auction(1_700_000_000, 180, 100_000, ((50_000, 60),), 10_000, 1_000)


def test_a_resolver_earns_as_the_price_falls_and_as_gas_rises_it_falls_too() -> None:
    market = Market(ETH, NEAR, [ChainCost(ETH, 10**13)])
    fill = Fill(making=10**18, order_making=2 * 10**18, order_taking=2 * 1275 * 10**24)
    curve = Curve(AUCTION)

    def at(second: int, base_fee: int = 0) -> Profit:
        return fill_profit(market, fill, curve, at=AUCTION.start_time + second, base_fee=base_fee)

    assert [at(second).taking for second in (0, 60, 180)] == [128_775 * 10**22, 1_281_375 * 10**21, 1275 * 10**24]
    earned = [at(second).earned for second in range(181)]
    assert earned == sorted(earned)
    assert at(0).loses
    assert not at(180).loses
    assert at(60, 10**9).earned - at(60).earned == 1275 * 10**21
    first = least_that(lambda second: not at(second).loses, 180)
    assert first is not None
    assert at(first - 1).loses


auctions = st.builds(
    Auction,
    st.just(1_700_000_000),
    st.integers(1, 90),
    st.integers(0, 2**24 - 1),
    st.lists(st.tuples(st.integers(0, 2**24 - 1), st.integers(0, 40)), max_size=4).map(tuple),
    st.integers(0, 50_000),
    st.integers(0, 2_000),
)


@given(auctions, st.integers(-5, 120), st.integers(0, 3 * 10**9), st.integers(0, 300), st.integers(900, 4000))
def test_the_second_from_which_it_pays_is_the_first_that_does(
    auction: Auction, after: int, base_fee: int, margin: int, worth: int
) -> None:
    """Against looking at every second, also where points let the price rise again."""
    market = Market(Side(price("1"), 6), Side(price("1"), 6))
    fill, curve, at = Fill(worth * 10**6, worth * 10**6, 1_000 * 10**6), Curve(auction), auction.start_time + after

    def pays(second: int) -> bool:
        return not fill_profit(market, fill, curve, at=second, base_fee=base_fee).shortfall(margin)

    looked_at = range(at, max(at, auction.ends_at) + 1)
    wanted = next((second for second in looked_at if pays(second)), None)
    assert profitable_from(market, fill, curve, at=at, least_margin_bps=margin, base_fee=base_fee) == wanted


@given(st.integers(0, 65_535), st.integers(0, 65_535), st.integers(0, 180), st.data())
def test_fees_come_out_of_the_resolvers_profit(
    resolver: int, integrator: int, second: int, data: st.DataObject
) -> None:
    order_making, order_taking = data.draw(amounts), data.draw(amounts)
    fill = Fill(data.draw(st.integers(1, order_making)), order_making, order_taking)
    curve, market, at = Curve(AUCTION), Market(ETH, NEAR), AUCTION.start_time + second
    rates = Fees(resolver, integrator, 50).for_taker(whitelisted=False)
    plain, charged = fill_profit(market, fill, curve, at=at), fill_profit(market, fill, curve, at=at, rates=rates)
    added = plain.earned - charged.earned
    exact = Fraction(plain.taking * (resolver + integrator), 100_000)
    assert exact - 3 < added < exact + 6


@given(amounts, prices)
def test_costs_are_rounded_up_once(amount: int, by: Fraction) -> None:
    assert amount * by <= convert_up(amount, by) < amount * by + 1
