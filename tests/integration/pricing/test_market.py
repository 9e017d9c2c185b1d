"""A market price of several feeds: right or refused with a reason, at once, whatever the feeds and Valkey do."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as live
from redis import Redis

from chains.config import Token
from pricing.consensus import MarketPrice, Refusal
from pricing.feeds.coingecko import CoinGecko
from pricing.feeds.desk import desk
from pricing.feeds.record import FeedRecord
from pricing.feeds.refresh import wall_ms
from pricing.market import NoPrice, is_priced, market_look, market_price, market_prices
from pricing.provenance import market_document
from tests.integration.pricing.sites import ASSETS, Sites
from tests.stopwatch import timed

ETH, USDC = Token("ETH", "0x" + "0" * 40, 18), Token("USDC", "0x" + "a" * 40, 6)
RIGHT = Fraction("3200.123456789012345678")
AT_ONCE = 0.2
Trade = Callable[..., None]


def eventually(ask: Callable[[], Any], seconds: float = 5.0) -> Any:
    """What `ask` says as soon as it is true."""
    ends = time.monotonic() + seconds
    while not (found := ask()):
        assert time.monotonic() < ends, "it never came true"
        time.sleep(0.01)
    return found


def at_once() -> MarketPrice | NoPrice:
    """What one gets now. Asked five times, and the quickest counts: this machine has other work too, and who waits for a feed
    waits for it each time."""
    took = []
    for _ in range(5):
        with timed() as watch:
            try:
                outcome: MarketPrice | NoPrice = market_price(ETH)
            except NoPrice as told:
                outcome = told
        took.append(watch.seconds)
    assert min(took) < AT_ONCE, took
    assert max(took) < 1, "a feed's timeout"
    return outcome


def refusal() -> NoPrice:
    told = at_once()
    assert isinstance(told, NoPrice)
    return told


def price_at_once() -> Fraction:
    found = at_once()
    assert isinstance(found, MarketPrice)
    return found.price


def first() -> MarketPrice:
    """The first price of a market, for which its feeds are awaited."""
    return market_price(ETH, patience=5)


def priced() -> MarketPrice | None:
    found = market_look(["ETH"])["ETH"]
    return found if isinstance(found, MarketPrice) else None


def record(name: str) -> FeedRecord:
    return desk().board.read([name])[name]


def test_the_first_who_asks_gets_a_price_and_where_it_comes_from(sites: Sites, trade: Trade) -> None:
    trade()
    assert Fraction("3200.12345678") <= first().price <= RIGHT
    assert eventually(lambda: (one := priced()) and len(one.sources) == 3 and one).price == RIGHT
    document = market_document(market_price(ETH))
    assert (document["price"], document["currency"]) == ("3200.123456789012345678", "USD")
    assert [(one["source"], one["used"]) for one in document["sources"]] == [
        ("coingecko", True),
        ("oneinch", True),
        ("pyth", True),
    ]


def test_a_pair_is_of_one_moment(sites: Sites, trade: Trade) -> None:
    trade("oneinch", "coingecko")
    found = market_prices([ETH, USDC], patience=5)
    assert found["ETH"].price / found["USDC"].price == RIGHT / Fraction("0.9998")


def test_one_dead_one_frozen_one_wrong_by_ten_and_two_sound(sites: Sites, trade: Trade, settings: Any) -> None:
    settings.PRICES_USD = {"ETH": "3201"}
    trade("fixed", "oneinch", "coingecko", "pyth")
    sites.faults = {"oneinch": "hang", "coingecko": "x10"}
    sites.age_seconds["pyth"] = 500
    second = Sites()
    try:
        desk().feeds["second"] = CoinGecko(second.url, "", {"ETH": "ethereum"}, 1.0)
        assert RIGHT <= first().price <= 3201
        assert RIGHT <= price_at_once() <= 3201
        assert set(eventually(lambda: (one := priced()) and len(one.witnesses) == 4 and one.sources)) == {
            "fixed",
            "second",
        }
        left_out = {one.observed.source: one.left_out for one in market_price(ETH).witnesses if one.left_out}
        assert left_out["coingecko"].startswith("outlier: ")
        assert left_out["pyth"].startswith("stale: 500 s old") or left_out["pyth"].startswith("stale: 501 s old")
    finally:
        second.close()


def test_stale_price_one_dead_one_frozen_one_wrong_by_ten_and_none_sound(sites: Sites, trade: Trade) -> None:
    """STALE-PRICE / FREE OPTION: a price that no two sources vouch for is none."""
    trade()
    sites.faults = {"oneinch": "hang", "coingecko": "x10"}
    sites.age_seconds["pyth"] = 500
    first = refusal()
    assert (first.code, first.status) == ("price_stale", 503)
    eventually(lambda: record("coingecko").prices and record("pyth").prices)
    desk()._look = None
    told = refusal()
    assert told.detail == "there is no price for ETH now: 1 source of 2 for ETH fresh enough, and 2 needed"
    assert [(one["source"], one["used"]) for one in told.extra["sources"]] == [("coingecko", True), ("pyth", False)]


def test_two_that_disagree_stop_with_a_reason(sites: Sites, trade: Trade) -> None:
    trade("coingecko", "pyth")
    sites.faults["pyth"] = "x10"
    eventually(lambda: (one := market_look(["ETH"])["ETH"]) and isinstance(one, Refusal) and one.code == "price_spread")
    assert refusal().code == "price_spread"


def test_a_frozen_source_without_a_moment_is_found_out(sites: Sites, trade: Trade) -> None:
    trade("oneinch", "coingecko", cache_seconds=0.02, frozen_seconds={"oneinch": 0.3})
    assert first().price == RIGHT

    def frozen() -> bool:
        sites.prices = {**sites.prices}
        one = desk().vote("ETH", desk().look(0.01))
        return isinstance(one, Refusal) and any(w.left_out.startswith("frozen: ") for w in one.witnesses)

    eventually(frozen)
    sites.prices["ETH"] = "3210.5"
    eventually(
        lambda: (
            isinstance(one := desk().vote("ETH", desk().look(0.01)), MarketPrice) and one.price == Fraction("3210.5")
        )
    )


def test_an_old_answer_is_given_at_once_while_a_new_one_is_fetched(sites: Sites, trade: Trade) -> None:
    trade("coingecko", cache_seconds=0.2)
    assert first().price == RIGHT
    time.sleep(0.25)
    sites.prices["ETH"] = "3300"
    desk()._look = None
    assert price_at_once() == RIGHT
    eventually(lambda: desk().vote("ETH", desk().look(0.01)).price == 3300)  # type: ignore[union-attr]


def test_a_price_that_is_known_costs_one_round_trip_a_second(sites: Sites, trade: Trade, redis_url: str) -> None:
    trade()
    market_prices([ETH, USDC], patience=5)
    with Redis.from_url(redis_url) as valkey:

        def reads() -> int:
            return int(valkey.info("commandstats").get("cmdstat_mget", {"calls": 0})["calls"])

        before, begun = reads(), time.monotonic()
        for _ in range(2000):
            market_prices([ETH, USDC])
        assert reads() - before <= time.monotonic() - begun + 1


def test_many_who_ask_at_once_are_one_flight(sites: Sites, trade: Trade) -> None:
    trade("coingecko", "pyth")
    with ThreadPoolExecutor(16) as crowd:
        found = list(crowd.map(lambda _: market_price(ETH, patience=5).price, range(64)))
    assert set(found) <= {RIGHT, (RIGHT + Fraction("3200.12345678")) / 2}
    assert sites.asked == {"coingecko": 1, "pyth": 1}


# What fails is left alone


def test_a_failing_feed_is_asked_ever_less_often(sites: Sites, trade: Trade) -> None:
    trade("coingecko")
    sites.faults["coingecko"] = "500"
    market_look(["ETH"])
    first = eventually(lambda: (one := record("coingecko")).failures == 1 and one)
    assert 4_900 < first.next_ms - wall_ms() < 5_500
    for _ in range(20):
        desk().look(0.0)
    assert sites.asked["coingecko"] == 1
    assert (first.state, first.error) == ("failing", "HTTP 500")


def test_retry_after_is_heeded(sites: Sites, trade: Trade) -> None:
    trade("coingecko")
    sites.faults["coingecko"] = "429"
    market_look(["ETH"])
    told = eventually(lambda: (one := record("coingecko")).failures and one)
    assert 76_000 < told.next_ms - wall_ms() < 85_000


def test_a_feed_that_gives_nonsense_keeps_what_it_said(sites: Sites, trade: Trade) -> None:
    trade("coingecko", cache_seconds=0.2)
    assert first().price == RIGHT
    sites.faults["coingecko"] = "nan"
    eventually(lambda: desk().look(0.01) and record("coingecko").failures)
    assert market_price(ETH).price == RIGHT


def test_a_flight_that_never_lands_is_given_up_and_the_feed_asked_again(sites: Sites, trade: Trade) -> None:
    trade("coingecko", timeout_seconds=20.0)
    sites.faults["coingecko"] = "hang"
    refresher = desk().refresher
    refresher._longest_ms = 200
    desk().look()
    assert sites.arrived.acquire(timeout=5)
    eventually(lambda: desk().look(0.01) and record("coingecko").failures == 1)
    assert record("coingecko").error == "given up after 0.2 s"
    sites.released.set()  # what comes home now is thrown away
    time.sleep(0.1)
    assert record("coingecko").prices == {}


# Other processes, and Valkey

CHILD = """
import django, os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "balancer.settings"
django.setup()
from chains.config import chain_config
from pricing.market import market_price
print("ready", flush=True)
sys.stdin.readline()
token = next(one for one in chain_config("base").tokens if one.symbol == "ETH")
print(market_price(token, patience=20).price, flush=True)
"""


def test_two_processes_are_one_flight(sites: Sites, root: Path) -> None:
    """Both ask while the feeds' answers are held back: each feed is asked once, and both get the price."""
    sites.faults = {"coingecko": "hang", "pyth": "hang"}
    env = {
        **os.environ,
        "REDIS_URL": live.REDIS_URL,
        "PRICE_FEEDS": "coingecko,pyth",
        "PRICE_NAMESPACE": f"test:{os.urandom(6).hex()}",
        "COINGECKO_API_URL": sites.url,
        "PYTH_API_URL": sites.url,
        "PRICE_FEED_TIMEOUT_SECONDS": "20",
    }
    children = [
        subprocess.Popen(
            [sys.executable, "-c", CHILD], cwd=root, env=env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for _ in range(2)
    ]
    try:
        for child in children:
            assert child.stdout and child.stdout.readline() == "ready\n"
        for child in children:
            assert child.stdin
            child.stdin.write("go\n")
            child.stdin.flush()
        for _ in range(2):
            assert sites.arrived.acquire(timeout=20)
        assert not sites.arrived.acquire(timeout=0.5), "a feed was asked twice"
        sites.faults = {}
        sites.released.set()
        said = [Fraction(child.communicate(timeout=30)[0]) for child in children]
    finally:
        for child in children:
            child.kill()
            child.wait()
    assert said[0] == said[1] == (Fraction("3200.123456789012345678") + Fraction("3200.12345678")) / 2
    assert sites.asked == {"coingecko": 1, "pyth": 1}


def test_what_one_process_asked_another_knows(sites: Sites, trade: Trade, settings: Any) -> None:
    trade("coingecko")
    first()
    settings.MARKET = dict(settings.MARKET)  # a desk that has seen nothing
    assert price_at_once() == RIGHT
    assert sites.asked["coingecko"] == 1


def test_without_valkey_a_process_asks_by_itself(sites: Sites, trade: Trade, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    trade()
    first()
    assert desk().board.is_away
    sites.faults = dict.fromkeys(("oneinch", "coingecko", "pyth"), "500")
    assert price_at_once()


def test_a_valkey_that_hangs_costs_no_more(sites: Sites, trade: Trade, settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        settings.REDIS_URL = f"redis://127.0.0.1:{mute.getsockname()[1]}/0"
        trade("coingecko")
        eventually(priced)
        assert price_at_once() == RIGHT
        assert desk().board.is_away


def test_a_record_that_cannot_be_read_is_as_if_there_were_none(sites: Sites, trade: Trade, redis_url: str) -> None:
    trade("coingecko")
    with Redis.from_url(redis_url) as valkey:
        for nonsense in (
            b"\xff\x00",
            b'{"prices": 7}',
            b'{"prices": {"ETH": ["1/3", 0, 0]}}',
            b'{"prices": {"ETH": ["1/0", 0, 0]}}',
        ):
            valkey.set(f"{live.MARKET['namespace']}:feed:coingecko", nonsense)
            desk()._look = None
            assert eventually(priced).price == RIGHT


# What is configured


def test_a_token_that_too_few_sources_know_has_no_price(sites: Sites, trade: Trade) -> None:
    trade(assets={**ASSETS, "NEW": {"pyth": ASSETS["ETH"]["pyth"]}})
    assert not is_priced("NEW")
    assert is_priced("ETH")
    with pytest.raises(NoPrice, match="1 of the configured price sources know NEW, and 2 needed") as caught:
        market_price(Token("NEW", "new.near", 18))
    assert (caught.value.code, caught.value.status) == ("price_missing", 400)


def test_a_feed_that_knows_no_token_is_not_asked(sites: Sites, trade: Trade) -> None:
    trade("coingecko", "oneinch", assets={"ETH": {"coingecko": "ethereum"}}, min_sources=1)
    assert first().price == RIGHT
    assert set(sites.asked) == {"coingecko"}
    assert set(desk().feeds) == {"coingecko"}


def test_fixed_prices_need_nobody(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    settings.MARKET = {**live.MARKET, "feeds": ["fixed"]}
    settings.PRICES_USD = {"ETH": "3200"}
    assert market_price(ETH).price == 3200
    settings.PRICES_USD = {"ETH": "3300"}
    assert market_price(ETH).price == 3300
    assert not desk().board.is_away, "nobody has asked it"
    settings.PRICES_USD = {"ETH": "cheap"}
    with pytest.raises(NoPrice):
        market_price(ETH)
