"""Operators are told of feeds that fail and of tokens without a price, once, and when it is over; Prometheus sees them too."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from prometheus_client import REGISTRY

from balancer import alarms
from pricing.feeds.desk import desk
from pricing.feeds.troubles import price_troubles
from swaps.models import Alert
from tests.integration.pricing.sites import ASSETS, Sites
from tests.integration.pricing.test_market import eventually

FEEDS = ("coingecko", "pyth", "oneinch")
Trade = Callable[..., None]


@pytest.fixture
def tokens(settings: Any) -> None:
    """Chains whose tokens the played sources know."""
    settings.CHAINS = {
        name: {**chain, "tokens": [one for one in chain.get("tokens", ()) if one["symbol"] in ASSETS]}
        for name, chain in settings.CHAINS.items()
    }


def keys() -> set[str]:
    return {one.key for one in price_troubles()}


def all_asked() -> bool:
    return all(record.asked_ms for record in desk().look(0.0).records.values())


def test_sound_feeds_are_no_trouble_and_neither_are_those_not_asked_yet(
    tokens: None, sites: Sites, trade: Trade
) -> None:
    trade(*FEEDS)
    assert keys() == set(), "nobody has been asked yet"
    eventually(all_asked)
    assert keys() == set()


def test_a_source_left_out_and_a_token_without_a_price(tokens: None, sites: Sites, trade: Trade) -> None:
    trade(*FEEDS)
    sites.faults = {"pyth": "x10", "oneinch": "price=null"}
    keys()
    eventually(all_asked)
    found = {one.key: one for one in price_troubles()}
    assert set(found) == {f"price:{symbol}{who}" for symbol in ("ETH", "USDC") for who in ("", ":pyth", ":coingecko")}
    assert found["price:ETH"].stops_quotes
    assert not found["price:ETH:pyth"].stops_quotes
    assert found["price:ETH"].message.startswith("no quotes of ETH: the sources for ETH are further apart")


def test_a_feed_that_goes_on_failing(tokens: None, sites: Sites, trade: Trade, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pricing.feeds.record.FIRST_PAUSE_MS", 1)
    trade(*FEEDS)
    sites.faults = {"pyth": "500"}
    eventually(lambda: "feed:pyth" in keys())
    sites.faults = {}
    eventually(lambda: keys() == set())


@pytest.mark.django_db(transaction=True)
def test_operators_are_told_once_and_when_it_is_over(tokens: None, sites: Sites, trade: Trade) -> None:
    trade("coingecko", "pyth", cache_seconds=0.2)
    sites.faults["pyth"] = "x10"
    keys()
    eventually(all_asked)
    alarms.survey()
    alarms.survey()
    told = list(Alert.objects.filter(key="price_missing:price:ETH"))
    assert [(one.state, one.severity) for one in told] == [("raised", "error")]
    sites.faults = {}
    eventually(lambda: keys() == set())
    alarms.survey()
    assert Alert.objects.filter(key="price_missing:price:ETH", state="cleared").count() == 1
    assert not Alert.objects.filter(key__startswith="price_", state="raised", cleared_at=None).exists()


@pytest.mark.django_db
def test_metrics(sites: Sites, trade: Trade, client: Client) -> None:
    trade("coingecko", "pyth", "oneinch")
    sites.faults["pyth"] = "500"
    eventually(all_asked)
    eventually(lambda: REGISTRY.get_sample_value("orchestrator_price_sources", {"token": "ETH"}) == 2)
    text = client.get("/metrics").content.decode()
    for line in (
        'orchestrator_feed_up{feed="coingecko"} 1.0',
        'orchestrator_feed_up{feed="pyth"} 0.0',
        'orchestrator_feed_errors_total{feed="pyth"} 1.0',
        'orchestrator_price_spread_bps{token="ETH"} 0.0',
    ):
        assert line in text, line
