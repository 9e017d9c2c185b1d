"""What the fill of an auction earns a resolver: by figures worked out by hand, second by second, and for whom."""

from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction
from typing import Any
from unittest.mock import patch

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from chains.codec.auction import Auction
from chains.models import Chain
from chains.services.costs import costs_forget
from pricing.auction import Curve
from pricing.models import Quote
from swaps.models import SwapSession
from tests.integration.swaps.conftest import SEED_BODY
from tests.integration.swaps.test_profitability import NEAR_GAS, rich  # noqa: F401  (fixture: cheap gas on both chains)

MAKING, END, BUMP = 1_000_000_000, 990_000_000, 300_000
WORTH = MAKING * 1000 // 999


@pytest.fixture
def new_quote(post_session: Callable[..., Any]) -> Callable[..., Quote]:
    """A quote of 1,000 USDC on BASE for USDT on NEAR, whose auction falls by 3 % in a minute."""

    def make(*, began: int = 0, **more: Any) -> Quote:
        owner = SwapSession.objects.get(pk=post_session().json()["sessionId"]).principal
        now = timezone.now()
        auction = {"startTime": int(now.timestamp()) - began, "duration": 60, "initialRateBump": BUMP, "points": [],
                   "endAmount": str(END)}  # fmt: skip
        fields = {"principal": owner, "valid_until": now + timedelta(minutes=1), "document": {"dutchAuction": auction}}
        return Quote.objects.create(
            source_chain="base", destination_chain="near", source_token=SEED_BODY["sourceToken"].lower(),
            destination_token="usdt.near", pair="USDC/USDT", source_amount=MAKING, destination_amount=1, **fields | more,
        )  # fmt: skip

    return make


@pytest.fixture
def profit(api: APIClient) -> Callable[..., Any]:
    return lambda name, **query: api.get(f"/api/v1/auctions/{name}/profit", query)


def at_second(quote: Quote, second: int) -> Any:
    """The web's clock so many seconds after the auction's start."""
    moment = timezone.datetime.fromtimestamp(
        quote.document["dutchAuction"]["startTime"] + second, tz=timezone.get_default_timezone()
    )
    return patch("swaps.api.profit_views.timezone.now", return_value=moment)


def test_the_account_is_exact_and_falls_into_profit_at_the_second_that_was_told(
    new_quote: Callable[..., Quote], profit: Callable[..., Any]
) -> None:
    quote = new_quote()
    told = quote.document["dutchAuction"]
    curve = Curve(Auction(told["startTime"], 60, BUMP, ()))
    accounts = []
    for second in range(61):
        with at_second(quote, second):
            answer = profit(quote.pk)
        assert answer.status_code == 200, answer.content
        accounts.append(answer.json())
    first = accounts[0]
    assert (first["pair"], first["makingAmount"], first["rateBump"]) == ("USDC/USDT", str(MAKING), BUMP)
    gas = Fraction((192_000 + 66_000) * 2 * 10**9 * 3200, 10**18) / Fraction("0.999") * 10**6
    near = Fraction((14 * 10**12 * NEAR_GAS + 2) * 25, 10 * 10**24) / Fraction("0.999") * 10**6
    network = -(-gas.numerator // gas.denominator) + -(-near.numerator // near.denominator)
    for second, one in enumerate(accounts):
        taking = curve.taking_amount(END, told["startTime"] + second)
        assert (int(one["takingAmount"]), int(one["worth"]), int(one["network"])) == (taking, WORTH, network)
        assert int(one["earned"]) == WORTH - taking - network
        assert one["profitable"] == (int(one["earned"]) >= 0)
    begins = next(second for second, one in enumerate(accounts) if one["profitable"])
    assert 0 < begins < 60
    assert {one["profitableFrom"] for one in accounts[: begins + 1]} == {accounts[begins]["asOf"]}
    assert sum(int(one["cost"]) for one in first["expenses"]) == network
    assert [one["symbol"] for one in first["prices"]] == ["ETH", "NEAR", "USDC", "USDT"]


def test_a_margin_is_reached_later_or_never(new_quote: Callable[..., Quote], profit: Callable[..., Any]) -> None:
    quote = new_quote()
    with at_second(quote, 0):
        plain, wanted, never = (
            profit(quote.pk, **({"leastMarginBps": margin} if margin else {})).json() for margin in (0, 50, 10_000)
        )
    assert plain["profitableFrom"] < wanted["profitableFrom"]
    assert (wanted["leastMarginBps"], never["profitableFrom"], never["profitable"]) == (50, None, False)


@pytest.mark.parametrize(
    ("changes", "state"), [({"used_by": "sess_x"}, "used"), ({"began": 61}, "ended"), ({}, "live")]
)
def test_what_became_of_it_is_told(
    changes: dict[str, Any], state: str, new_quote: Callable[..., Quote], profit: Callable[..., Any]
) -> None:
    assert profit(new_quote(**changes).pk).json()["state"] == state


@pytest.mark.parametrize("margin", ["-1", "10001", "1.5", "x", ""])
def test_a_margin_that_is_none_is_a_fault_of_its_field(
    margin: str, new_quote: Callable[..., Quote], profit: Callable[..., Any]
) -> None:
    answer = profit(new_quote().pk, leastMarginBps=margin)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "leastMarginBps")


@pytest.mark.parametrize("name", ["quote_" + "a" * 24, "0x" + "00" * 32, "nothing", "sess_" + "a" * 24])
def test_one_that_is_not_there_is_not_found(name: str, profit: Callable[..., Any], chains: dict[str, Chain]) -> None:
    answer = profit(name)
    assert (answer.status_code, answer.json()["code"]) == (404, "auction_not_found")


def test_without_a_price_of_gas_nothing_is_guessed(new_quote: Callable[..., Quote], profit: Callable[..., Any]) -> None:
    quote = new_quote()
    Chain.objects.filter(pk="near").update(costs={})
    costs_forget()
    answer = profit(quote.pk)
    assert (answer.status_code, answer.json()["code"]) == (503, "profit_unknown")
