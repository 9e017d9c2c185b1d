"""Where prices come from is set by the chains file and the environment, and what makes no sense is refused at the start."""

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from environ import Env

from balancer.settings import chains, feeds
from pricing.checks import check_prices
from pricing.feeds.desk import Desk


def load(file: dict[str, Any] | None = None, **variables: str) -> dict[str, Any]:
    env = Env()
    env.ENVIRON = variables
    return feeds.load(env, file if file is not None else chains.market(env))


def test_by_default_prices_are_fixed_and_nobody_is_asked() -> None:
    market = load()
    at = Desk(market)
    assert market["feeds"] == ["fixed"]
    assert at.is_fixed
    assert at.rules.min_sources == 1


def test_a_chains_file_of_before_works() -> None:
    assert load({})["feeds"] == ["fixed"]
    assert load({})["stale_seconds"] == 120


def test_the_environment_wins_over_the_file() -> None:
    file = {
        "market": {"feeds": ["pyth"], "stale_seconds": 60, "min_sources": 1},
        "assets": {"ETH": {"pyth": "0x" + "a" * 64}},
    }
    assert (load(file)["feeds"], load(file)["stale_seconds"], load(file)["min_sources"]) == (["pyth"], 60, 1)
    market = load(file, PRICE_FEEDS="coingecko,pyth", PRICE_STALE_SECONDS="90", PRICE_MIN_SOURCES="2")
    assert (market["feeds"], market["stale_seconds"], market["min_sources"]) == (["coingecko", "pyth"], 90, 2)


@pytest.mark.parametrize(
    ("feeds", "needed"), [("pyth", 1), ("pyth,coingecko", 2), ("pyth,coingecko,oneinch,exchange:kraken", 2)]
)
def test_two_of_several_must_agree(feeds: str, needed: int) -> None:
    assert Desk(load(PRICE_FEEDS=feeds)).rules.min_sources == needed


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"PRICE_FEEDS": "coingekko"}, "name one or more of fixed, oneinch, coingecko, pyth and exchange:NAME"),
        ({"PRICE_FEEDS": "pyth,pyth"}, "each once"),
        ({"PRICE_FEEDS": "exchange:"}, "exchange:NAME"),
        ({"PRICE_MIN_SOURCES": "3"}, "PRICE_MIN_SOURCES is 3, and PRICE_FEEDS names 1"),
        ({"PRICE_STALE_SECONDS": "10"}, "no more than PRICE_STALE_SECONDS"),
        ({"PRICE_FEED_TIMEOUT_SECONDS": "0"}, "PRICE_FEED_TIMEOUT_SECONDS must be less"),
        ({"PRICE_MAX_SPREAD_BPS": "0"}, "from 1 to 9999"),
    ],
)
def test_what_makes_no_sense_is_refused(variables: dict[str, str], sentence: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=sentence):
        load(**variables)


def test_1inch_through_a_proxy() -> None:
    assert load()["sites"]["oneinch"] == {"url": "https://api.1inch.dev", "key": ""}
    found = load(PROXY_URL="https://proxy.example.org/", ONEINCH_API_KEY="k")["sites"]["oneinch"]
    assert found == {"url": "https://proxy.example.org/api/1inch", "key": "k"}


def test_every_token_of_the_default_file_has_two_live_sources() -> None:
    at = Desk(load(PRICE_FEEDS="oneinch,coingecko,pyth,exchange:kraken"))
    assert {symbol: at.knows(symbol) for symbol in ("ETH", "NEAR", "USDC", "USDT")} == {
        "ETH": 4,
        "NEAR": 3,
        "USDC": 4,
        "USDT": 4,
    }


def test_an_exchange_may_have_its_own_name_for_a_token() -> None:
    file = {"assets": {"ETH": {"exchange": "ETH/USD", "kraken": "XETH/USD"}}}
    market = load(file, PRICE_FEEDS="exchange:kraken,exchange:coinbase")
    assert [dict(feed.ids) for feed in Desk(market).feeds.values()] == [{"ETH": "XETH/USD"}, {"ETH": "ETH/USD"}]


def ids(settings: Any, market: dict[str, Any], node_env: str = "development") -> list[str]:
    settings.MARKET, settings.NODE_ENV = market, node_env
    return [str(message.id) for message in check_prices()]


def test_check_says_what_is_wrong(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ids(settings, load()) == []
    assert ids(settings, load(), "production") == ["pricing.I001"]
    bad = {"ETH": {"pyth": "0x12", "oneinch": "0xeee", "coingecko": "Ether eum", "exchange": "ETH/USDT"}}
    assert ids(settings, {**load(), "assets": bad}) == ["pricing.E001"] * 4
    monkeypatch.setattr("pricing.checks.find_spec", lambda name: None)
    live = load(PRICE_FEEDS="pyth,exchange:kraken")
    assert ids(settings, live) == ["pricing.W002", "pricing.W003"]
    lacking = {**load(PRICE_FEEDS="coingecko,pyth", PYTH_API_KEY="k"), "assets": {"ETH": live["assets"]["ETH"]}}
    assert ids(settings, lacking) == ["pricing.W004"] * 3  # NEAR, USDC, USDT
