"""What the fill of an auction earns a resolver: by figures worked out by hand, second by second, and for whom."""

import copy
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any
from unittest.mock import patch

import pytest
from django.conf import settings as django_settings
from django.utils import timezone
from rest_framework.test import APIClient

from access.services import api_key_create
from chains.codec.auction import Auction
from chains.config import forget_clients
from chains.costs import GasPrice, Sheet, sheet_document
from chains.models import Chain
from chains.services.costs import costs_forget
from pricing.auction import Curve
from pricing.models import Quote
from swaps.auctions import auctions_read
from swaps.models import FusionOrder, SwapSession
from tests.integration.swaps.conftest import SEED_BODY
from tests.integration.swaps.test_profitability import GWEI, NEAR_GAS, rich  # noqa: F401  (fixture: cheap gas on both chains)
from tests.unit.fusion.wallet import Wallet, offered_auction

MAKING, END, BUMP = 1_000_000_000, 990_000_000, 300_000
WORTH = MAKING * 1000 // 999
MAKER = "0x" + "ab" * 20
USDC = str(SEED_BODY["sourceToken"]).lower()


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
            source_chain="base", destination_chain="near", source_token=USDC,
            destination_token="usdt.near", pair="USDC/USDT", source_amount=MAKING, destination_amount=1, **fields | more,
        )  # fmt: skip

    return make


@pytest.fixture
def order(post_session: Callable[..., Any]) -> FusionOrder:
    """An order over the same, whose auction falls by 3 % in a minute and discounts gas; its session pays 999 USDT."""
    offered = offered_auction(end=END, bump=BUMP, making=MAKING, party=MAKER)
    made = Wallet().order(offered, source=(8453, USDC), destination=(1, MAKER))
    made = replace(made, auction=replace(made.auction, gas_bump_estimate=10_000, gas_price_estimate=1000))
    body = made.body()
    return FusionOrder.objects.create(
        session_id=post_session().json()["sessionId"], order_hash=made.hash.hex(), quote_id="q", order=body["order"],
        extension=body["extension"], signature=body["signature"], maker_balance=1, maker_allowance=1,
    )  # fmt: skip


@pytest.fixture
def profit(api: APIClient) -> Callable[..., Any]:
    return lambda name, **query: api.get(f"/api/v1/auctions/{name}/profit", query)


def at_second(quote: Quote, second: int) -> Any:
    """The web's clock so many seconds after the auction's start."""
    moment = datetime.fromtimestamp(
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


@pytest.mark.parametrize("changes", [{"used_by": "sess_x"}, {"valid_until": timezone.now() - timedelta(seconds=1)}])
def test_nobody_earns_by_a_quote_that_is_over(
    changes: dict[str, Any], new_quote: Callable[..., Quote], profit: Callable[..., Any]
) -> None:
    assert profit(new_quote(began=61).pk).json()["profitable"]
    told = profit(new_quote(began=61, **changes).pk).json()
    assert int(told["earned"]) > 0
    assert (told["profitable"], told["profitableFrom"]) == (False, None)


def test_a_second_in_which_the_quote_is_over_is_not_promised(
    new_quote: Callable[..., Quote], profit: Callable[..., Any]
) -> None:
    quote = new_quote()
    with at_second(quote, 0):
        begins = datetime.fromisoformat(profit(quote.pk).json()["profitableFrom"])
        for seconds, told in ((0, None), (1, begins)):
            Quote.objects.filter(pk=quote.pk).update(valid_until=begins + timedelta(seconds=seconds))
            found = profit(quote.pk).json()["profitableFrom"]
            assert (found and datetime.fromisoformat(found)) == told


def test_an_order_costs_what_its_session_pays_whatever_its_auction_asks_for(
    order: FusionOrder, profit: Callable[..., Any], api: APIClient
) -> None:
    """It is told by its hash in any case, and as its session's own account tells it."""
    told = profit("0x" + order.order_hash.upper()).json()
    session = api.get(f"/api/v1/sessions/{order.session_id}/profit").json()
    assert (told["auction"], told["state"]) == (str(order), "live")
    assert told["takingAmount"] == session["destinationAmount"] == "999000000"
    assert told["makingAmount"] == session["sourceAmount"]
    for name in ("worth", "network", "earned", "marginBps", "profitable"):
        assert told[name] == session[name], name
    assert told["profitable"]
    assert told["expenses"] == [{name: one[name] for name in one if name != "paid"} for one in session["expenses"]]
    assert told["profitableFrom"] == told["asOf"][:19] + ".000Z"
    never = profit(str(order), leastMarginBps=10_000).json()
    assert (never["profitable"], never["profitableFrom"]) == (False, None)


def test_the_auction_of_an_order_stands_where_the_base_fee_puts_it(
    order: FusionOrder, profit: Callable[..., Any]
) -> None:
    """By hand: 10,000 * 2 gwei / 1,000 / 1,000,000 = 20,000 less."""
    started = datetime.fromtimestamp(
        auctions_read([str(order)])[str(order)].auction.start_time, tz=timezone.get_default_timezone()
    )
    with patch("swaps.api.profit_views.timezone.now", return_value=started):
        assert profit(str(order)).json()["rateBump"] == BUMP
        price = GasPrice(2 * GWEI, int(timezone.now().timestamp()) * 1000, base_fee=2 * GWEI)
        Chain.objects.filter(pk="base").update(costs=sheet_document(Sheet(price)))
        costs_forget()
        assert profit(str(order)).json()["rateBump"] == BUMP - 20_000


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"status": "source_locked"}, "filled"),
        ({"status": "cancelled", "finished_at": timezone.now()}, "cancelled"),
        ({"status": "failed", "finished_at": timezone.now()}, "expired"),
        ({"expires_at": timezone.now() - timedelta(seconds=1)}, "live"),
    ],
)
def test_nobody_earns_by_an_order_that_is_over(
    changes: dict[str, Any], state: str, order: FusionOrder, profit: Callable[..., Any]
) -> None:
    SwapSession.objects.filter(pk=order.session_id).update(**changes)
    told = profit(str(order)).json()
    assert (told["state"], told["profitable"], told["profitableFrom"]) == (state, False, None)


def test_somebody_elses_is_not_there(
    new_quote: Callable[..., Quote], order: FusionOrder, api: APIClient, profit: Callable[..., Any]
) -> None:
    quote = new_quote()
    for scopes, status in ((["quotes:read"], 404), (["quotes:read", "sessions:all"], 200)):
        _, key = api_key_create(name="another", scopes=scopes, actor_kind="command", actor_id="test")
        api.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
        assert [profit(name).status_code for name in (quote.pk, str(order))] == [status, status]


def test_a_chain_that_is_no_longer_configured_fails_its_own_auctions_alone(
    new_quote: Callable[..., Quote], order: FusionOrder, profit: Callable[..., Any], settings: Any, api: APIClient
) -> None:
    fine, gone, by_order = new_quote(), new_quote(), str(order)
    Quote.objects.filter(pk=fine.pk).update(destination_chain="base", destination_token=USDC)
    configured = copy.deepcopy(django_settings.CHAINS)
    del configured["near"]
    settings.CHAINS = configured
    forget_clients()
    found = auctions_read([fine.pk, gone.pk, by_order])
    assert (found[fine.pk].pair, found[fine.pk].decimals) == ("USDC/USDC", (6, 6))
    for name in (gone.pk, by_order):
        assert (found[name].pair, found[name].decimals) == (f"{USDC}/usdt.near", (0, 0))
        answer = profit(name)
        assert (answer.status_code, answer.json()["code"]) == (400, "route_unavailable"), answer.content
    answer = api.get(f"/api/v1/sessions/{order.session_id}/profit")
    assert (answer.status_code, answer.json()["code"]) == (400, "route_unavailable"), answer.content
