"""Each feed reads its source's documented answers exactly, and takes nothing else for a price."""

import socket
import time
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from pricing.feeds.base import FeedError, FeedMissing, FeedRefused, FeedTimedOut, FeedUnreachable, FeedUnreadable
from pricing.feeds.coingecko import CoinGecko
from pricing.feeds.desk import Desk
from pricing.feeds.exchange import Exchange
from pricing.feeds.oneinch import OneInch
from tests.integration.pricing.sites import NUMBERS, USDC_1INCH, Sites, market

WEB = ("oneinch", "coingecko", "pyth")
EXACT = Fraction("3200.123456789012345678")
PYTH = Fraction("3200.12345678")  # eight digits are all that expo -8 can say


def feed(sites: Sites, name: str, seconds: float = 1.0) -> Any:
    return Desk(market(sites.url, name, namespace="test", timeout_seconds=seconds)).feeds[name]


@pytest.mark.parametrize(("name", "price"), [("oneinch", EXACT), ("coingecko", EXACT), ("pyth", PYTH)])
def test_a_price_is_read_to_the_last_digit(sites: Sites, name: str, price: Fraction) -> None:
    answer = feed(sites, name).prices()
    assert answer.faults == {}
    assert answer.prices["ETH"].price == price
    assert answer.prices["USDC"].price == Fraction("0.9998")
    assert sites.asked[name] == 1, "one request for all tokens"


@pytest.mark.parametrize("name", ["coingecko", "pyth"])
def test_the_moment_is_the_sources_own(sites: Sites, name: str) -> None:
    sites.age_seconds[name] = 5_000
    said = feed(sites, name).prices().prices["ETH"]
    assert 4_990_000 < time.time() * 1000 - said.observed_ms < 5_010_000


def test_1inch_gives_no_moment(sites: Sites) -> None:
    assert feed(sites, "oneinch").prices().prices["ETH"].observed_ms == 0


def test_the_requests_are_as_documented(sites: Sites) -> None:
    for name in WEB:
        feed(sites, name).prices()
    (path, headers, query), (_, coingecko, coins), (_, pyth, ids) = sites.seen
    assert path.startswith("/price/v1.1/1/0x")
    assert (headers["authorization"], query) == ("Bearer a-key", {"currency": ["USD"]})
    assert coingecko["x-cg-demo-api-key"] == "a-key"
    assert coins == {
        "ids": ["ethereum,usd-coin"],
        "vs_currencies": ["usd"],
        "include_last_updated_at": ["true"],
        "precision": ["full"],
    }
    assert pyth["authorization"] == "Bearer a-key"
    assert len(ids["ids[]"]) == 2


def test_a_proxy_has_the_same_paths_below_its_own(sites: Sites) -> None:
    answer = OneInch(f"{sites.url}/api/1inch", "k", {"ETH": "1:" + "0x" + "E" * 40}, 1.0).prices()
    assert answer.prices["ETH"].price == EXACT
    assert sites.seen[0][0] == "/api/1inch/price/v1.1/1/0x" + "e" * 40


def test_1inch_of_two_chains_when_one_fails(sites: Sites) -> None:
    feed = OneInch(sites.url, "", {"ETH": "1:" + "0x" + "e" * 40, "USDC": "8453:" + USDC_1INCH}, 1.0)
    assert set(feed.prices().prices) == {"ETH", "USDC"}
    sites.faults["/price/v1.1/8453"] = "500"
    answer = feed.prices()
    assert set(answer.prices) == {"ETH"}
    assert answer.faults == {"USDC": "HTTP 500"}
    sites.faults["/price/v1.1/1"] = "429"
    with pytest.raises(FeedRefused):
        feed.prices()


def test_a_paid_plan_has_its_own_header() -> None:
    made = CoinGecko("https://pro-api.coingecko.com/api/v3", "k", {"ETH": "ethereum"}, 1.0)
    assert made._site._http.headers["x-cg-pro-api-key"] == "k"
    assert str(made._site._http.base_url) == "https://pro-api.coingecko.com/api/v3/"


@pytest.mark.parametrize("fault", [*NUMBERS, "currency"])
@pytest.mark.parametrize("name", WEB)
def test_what_is_no_price_in_dollars_is_none(sites: Sites, name: str, fault: str) -> None:
    sites.faults[name] = fault
    try:
        answer = feed(sites, name).prices()
    except FeedUnreadable:
        return
    assert answer.prices == {}
    assert set(answer.faults) == {"ETH", "USDC"}


@pytest.mark.parametrize("fault", ["doubt", "exponent"])
def test_pyth_in_doubt_of_itself_is_not_used(sites: Sites, fault: str) -> None:
    sites.faults["pyth"] = fault
    answer = feed(sites, "pyth").prices()
    assert answer.prices == {}
    assert answer.faults["ETH"].startswith({"doubt": "in doubt", "exponent": "out of all proportion"}[fault])


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("garbage", FeedUnreadable), ("truncated", FeedUnreadable), ("deep", FeedUnreadable), ("cut", FeedUnreadable),
        ("500", FeedRefused), ("429", FeedRefused), ("hang", FeedTimedOut), ("drip", FeedTimedOut),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", WEB)
def test_every_failure_is_a_feeds_error_in_time(sites: Sites, name: str, fault: str, error: type[FeedError]) -> None:
    sites.faults[name] = fault
    begun = time.monotonic()
    with pytest.raises(error) as caught:
        feed(sites, name, seconds=0.3).prices()
    assert time.monotonic() - begun < 1.0
    assert caught.value.retry_seconds == (77.0 if fault == "429" else 0.0)


def test_a_feed_that_is_not_there(sites: Sites) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        with pytest.raises(FeedUnreachable, match="no connection: ConnectError"):
            CoinGecko(url, "", {"ETH": "ethereum"}, 1.0).prices()


def test_a_coin_that_the_source_does_not_know_leaves_the_others(sites: Sites) -> None:
    answer = CoinGecko(sites.url, "", {"ETH": "ethereum", "X": "no-such-coin"}, 1.0).prices()
    assert set(answer.prices) == {"ETH"}
    assert answer.faults == {"X": "no price in US dollars"}


# An exchange, through ccxt


def test_without_ccxt_a_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr("pricing.feeds.exchange.import_module", absent)
    with pytest.raises(FeedMissing, match="exchange:kraken needs ccxt, which is not installed: pip install"):
        Exchange("kraken", {"ETH": "ETH/USD"}, 1.0).prices()


@pytest.fixture
def kraken(sites: Sites) -> Callable[..., Exchange]:
    def make(ids: dict[str, str] | None = None, name: str = "kraken") -> Exchange:
        return Exchange(name, ids or {"ETH": "ETH/USD", "USDC": "USDC/USD"}, 1.0, sites.url)

    return make


def test_an_exchanges_price_is_exact(sites: Sites, kraken: Callable[..., Exchange]) -> None:
    answer = kraken().prices()
    assert {symbol: said.price for symbol, said in answer.prices.items()} == {"ETH": EXACT, "USDC": Fraction("0.9998")}


@pytest.mark.parametrize("fault", ["nan", "negative", "zero", "word"])
def test_an_exchange_without_a_price(sites: Sites, kraken: Callable[..., Exchange], fault: str) -> None:
    sites.faults["kraken"] = fault
    try:
        answer = kraken().prices()
    except FeedUnreadable:
        return
    assert answer.prices == {}


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("429", FeedRefused),
        ("500", FeedUnreachable),
        ("hang", FeedTimedOut),
        ("garbage", FeedError),
        ("deep", FeedError),
        ("cut", FeedUnreachable),
    ],
)
def test_an_exchange_that_fails(
    sites: Sites, kraken: Callable[..., Exchange], fault: str, error: type[FeedError]
) -> None:
    sites.faults["kraken"] = fault
    with pytest.raises(error):
        kraken().prices()


def test_an_exchange_is_asked_in_dollars_alone(kraken: Callable[..., Exchange]) -> None:
    answer = kraken({"ETH": "ETH/EUR", "USDC": "USDC/USD"}).prices()
    assert set(answer.prices) == {"USDC"}
    assert answer.faults == {"ETH": "ETH/EUR is not USD"}
    with pytest.raises(FeedError, match="ccxt knows no exchange 'nowhere'"):
        kraken(name="nowhere").prices()
