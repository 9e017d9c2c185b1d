"""`manage.py prices` says what every token is worth, on whose word, and how the feeds fare."""

import json
from collections.abc import Callable
from io import StringIO

from django.core.management import call_command

from tests.integration.pricing.sites import Sites


def said(*options: str) -> str:
    out = StringIO()
    call_command("prices", *options, stdout=out)
    return out.getvalue()


def test_prices_and_feeds_for_people_and_for_programs(sites: Sites, trade: Callable[..., None]) -> None:
    trade("coingecko", "pyth", "oneinch", assets={"ETH": {"coingecko": "ethereum", "oneinch": "1:0x" + "e" * 40}})
    document = json.loads(said("--json"))
    (eth,) = document["prices"]
    assert (eth["symbol"], eth["price"]) == ("ETH", "3200.123456789012345678")
    assert document["feeds"]["coingecko"]["state"] == "closed"
    text = said()
    assert "ETH  3200.123456789012345678\n    coingecko  3200.123456789012345678  2" in text
    assert "feed coingecko: state=closed  answered=2" in text


def test_a_token_without_a_price_says_why(sites: Sites, trade: Callable[..., None]) -> None:
    trade("coingecko", "oneinch", assets={"ETH": {"coingecko": "ethereum"}})
    assert "ETH  no price: 1 of the configured price sources know ETH, and 2 needed" in said()
    (eth,) = json.loads(said("--json"))["prices"]
    assert (eth["price"], eth["code"]) == (None, "price_missing")
