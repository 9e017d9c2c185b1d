"""`/api/prices` in seed 004's envelope, refusals too."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from pricing.feeds.desk import desk
from tests.integration.pricing.sites import Sites
from tests.integration.pricing.test_market import eventually

pytestmark = pytest.mark.django_db
KEY = {"X-API-Key": "test-bootstrap-key"}


@pytest.fixture
def get(client: Client) -> Callable[[str], tuple[int, dict[str, Any]]]:
    def ask(path: str) -> tuple[int, dict[str, Any]]:
        response = client.get(f"/api/prices{path}", headers=KEY)
        return response.status_code, response.json()

    return ask


def test_all_prices_with_their_sources(sites: Sites, trade: Callable[..., None], get: Any) -> None:
    trade("coingecko", "pyth")
    eventually(lambda: not get("")[1]["data"]["unpriced"])
    status, answer = get("")
    assert (status, answer["success"]) == (200, True)
    by_symbol = {one["symbol"]: one for one in answer["data"]["prices"]}
    assert set(by_symbol) == {"ETH", "USDC"}
    assert by_symbol["USDC"]["price"] == "0.9998"
    assert [one["source"] for one in by_symbol["ETH"]["sources"]] == ["coingecko", "pyth"]


@pytest.mark.parametrize("name", ["USDC", "usdc", "usd-coin"])
def test_one_price_by_any_of_its_names(settings: Any, get: Any, name: str) -> None:
    settings.PRICES_USD = {"USDC": "1.00"}
    status, answer = get(f"/{name}")
    assert status == 200
    assert (answer["success"], answer["data"]["symbol"], answer["data"]["price"]) == (True, "USDC", "1")


def test_a_token_that_nobody_knows(get: Any) -> None:
    status, answer = get("/doge")
    assert (status, answer["success"], answer["code"]) == (404, False, "asset_unknown")
    assert answer["error"] == answer["detail"]


def test_prices_that_disagree_are_told_with_what_each_said(sites: Sites, trade: Callable[..., None], get: Any) -> None:
    trade("coingecko", "pyth")
    sites.faults["pyth"] = "x10"
    eventually(lambda: get("/ETH")[1].get("code") == "price_spread")
    status, answer = get("/ETH")
    assert (status, answer["success"], answer["token"]) == (503, False, "ETH")
    assert "further apart than 2 %" in answer["error"]
    assert [one["used"] for one in answer["sources"]] == [False, False]
    unpriced = get("")[1]["data"]["unpriced"]
    assert {one["symbol"]: one["code"] for one in unpriced} == {"ETH": "price_spread", "USDC": "price_spread"}


def test_a_stranger_is_refused_in_the_envelope(client: Client) -> None:
    response = client.get("/api/prices")
    assert response.status_code == 401
    assert (response.json()["success"], response.json()["code"]) == (False, "not_authenticated")


def test_valkey_away_is_never_our_fault(sites: Sites, trade: Callable[..., None], settings: Any, get: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    trade("coingecko", "pyth")
    for _ in range(3):
        status, answer = get("/ETH")
        assert status == 200 or answer["code"] == "price_stale"
    assert desk().board.is_away
    assert eventually(lambda: get("/ETH")[0] == 200)
