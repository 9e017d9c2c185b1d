"""A swap that would lose money is refused before a lock of ours, by figures; and what is not known is not guessed."""

import secrets
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from math import ceil
from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from chains.costs import GasPrice, Sheet, Usage, Work, sheet_document
from chains.models import Chain
from chains.services.costs import costs_forget
from swaps.errors import ProfitUnknown, SwapUnprofitable
from swaps.models import Reservation, SwapSession
from swaps.services.advance import session_advance
from swaps.services.liquidity import Balance
from swaps.services.profitability import profit_require, session_profit
from tests.integration.pricing.sites import market
from tests.integration.swaps.conftest import NEAR_BODY, lock_on_near, move_time

PostSession = Callable[..., Any]
GWEI = 10**9
NEAR_GAS = 10**8  # yoctoNEAR a gas: the protocol's least
USDT = 10**6


def sample(chain: str, price: int, *, age_ms: int = 0, learned: Any = None) -> None:
    """What a watcher stores."""
    sheet = Sheet(GasPrice(price, time.time_ns() // 10**6 - age_ms), learned or {})
    Chain.objects.filter(pk=chain).update(costs=sheet_document(sheet))
    costs_forget()


@pytest.fixture(autouse=True)
def rich(chains: dict[str, Chain], settings: Any) -> Iterator[None]:
    """Enough of every token, cheap gas on both chains, and no loss allowed."""
    settings.MIN_PROFIT_BPS = 0
    sample("base", 2 * GWEI)
    sample("near", NEAR_GAS)
    with patch("swaps.services.liquidity.available", side_effect=lambda _: Balance(10**15, timezone.now())):
        yield
    costs_forget()


@pytest.fixture
def session(post_session: PostSession) -> SwapSession:
    """1,000 USDC on BASE for 999 USDT on NEAR: worth 1,001.001001 of them."""
    return SwapSession.objects.get(pk=post_session().json()["sessionId"])


@pytest.fixture
def execute(api: APIClient, session: SwapSession) -> Callable[[], Any]:
    """The maker starts the swap, and locks himself."""
    return lambda: api.post(f"/api/v1/sessions/{session.pk}/execute", {"sourceLock": "self"}, format="json")


@pytest.fixture
def came_first(post_session: PostSession, chains: dict[str, Chain]) -> SwapSession:
    """A session whose maker locked on NEAR in good time, and that nobody called `execute` for."""
    session = SwapSession.objects.get(
        pk=post_session(**NEAR_BODY | {"destinationAmount": "990000"}).json()["sessionId"]
    )
    now = session.legs.get(side="source").terms["timelock"] - session.plan["source_cancellation"]
    for chain in chains.values():
        move_time(chain, now)
    lock_on_near(session, "source", chains["near"])
    return session


def test_the_account_is_exact_to_the_last_unit(session: SwapSession) -> None:
    """By hand: what each chain takes, converted on its own and rounded up; what is worth, rounded down."""
    found = session_profit(session)
    on_base = (192_000 + 66_000) * 2 * GWEI
    on_near = (7 + 7) * 10**12 * NEAR_GAS + 2
    network = ceil(Fraction(on_base, 10**18) * 3200 / Fraction("0.999") * USDT) + ceil(
        Fraction(on_near, 10**24) * Fraction("2.50") / Fraction("0.999") * USDT
    )
    assert [one.spent for one in found.ground.expenses] == [on_base, on_near]
    assert (found.profit.worth, found.profit.network) == (1_001_001_001, network)
    assert found.profit.earned == 1_001_001_001 - 999_000_000 - network


def test_who_locks_himself_spares_us_the_fill(session: SwapSession) -> None:
    sample("base", 4 * GWEI)
    with pytest.raises(SwapUnprofitable):
        profit_require(session, source_lock="order")
    with pytest.raises(SwapUnprofitable):
        profit_require(session)  # not chosen yet: the dearer way is taken for granted
    profit_require(session, source_lock="self")


def test_what_our_receipts_say_counts_before_what_the_contracts_tests_say(session: SwapSession) -> None:
    sample(
        "base", 2 * GWEI, learned={(Work.CLAIM, False): Usage(50_000, 7 * GWEI, 9), (Work.FILL, False): Usage(9, 0, 3)}
    )
    assert session_profit(session).ground.expenses[0].gas == (50_000 + 9) * 2 * GWEI + 7 * GWEI


class TestExecute:
    def test_a_swap_that_loses_is_refused_with_figures_and_may_be_tried_again(
        self, session: SwapSession, execute: Callable[[], Any]
    ) -> None:
        sample("base", 40 * GWEI)
        refused = execute()
        assert (refused.status_code, refused.json()["code"]) == (409, "swap_unprofitable")
        told = {
            name: int(refused.json()[name]) for name in ("marketValue", "networkFees", "availableDestinationAmount")
        }
        assert told["marketValue"] == 1_001_001_001
        assert told["availableDestinationAmount"] == told["marketValue"] - told["networkFees"] < 999_000_000
        session.refresh_from_db()
        assert (session.status, session.executed_at) == ("initialized", None)
        assert not Reservation.objects.exists()
        sample("base", GWEI)
        assert execute().status_code == 202

    def test_the_margin_is_wanted_on_top(self, execute: Callable[[], Any], settings: Any) -> None:
        settings.MIN_PROFIT_BPS = 17
        assert execute().json()["code"] == "swap_unprofitable"
        settings.MIN_PROFIT_BPS = 15
        assert execute().status_code == 202

    def test_the_price_of_this_moment_counts_and_not_that_of_the_session(
        self, execute: Callable[[], Any], settings: Any
    ) -> None:
        settings.PRICES_USD = settings.PRICES_USD | {"USDT": "1.02"}
        refused = execute()
        assert (refused.json()["code"], refused.json()["marketValue"]) == ("swap_unprofitable", "980392156")

    @pytest.mark.parametrize("loss", ["never", "old"])
    def test_without_a_price_of_gas_nothing_is_guessed(
        self, loss: str, execute: Callable[[], Any], chains: dict[str, Chain]
    ) -> None:
        if loss == "never":
            Chain.objects.filter(pk="near").update(costs={})
            costs_forget()
        else:
            sample("near", NEAR_GAS, age_ms=181_000)
        refused = execute()
        assert (refused.status_code, refused.json()["code"]) == (503, "profit_unknown")
        assert "near" in refused.json()["detail"]
        assert refused.headers["Retry-After"]
        assert not Reservation.objects.exists()

    @pytest.mark.parametrize("symbol", ["NEAR", "ETH", "USDC", "USDT"])
    def test_without_a_price_nothing_is_guessed(self, symbol: str, execute: Callable[[], Any], settings: Any) -> None:
        settings.PRICES_USD = {name: price for name, price in settings.PRICES_USD.items() if name != symbol}
        refused = execute().json()
        assert (refused["code"], refused["reason"], refused["token"]) == ("profit_unknown", "price_missing", symbol)

    def test_a_feed_that_is_away_at_execute_starts_nothing(
        self, session: SwapSession, execute: Callable[[], Any], settings: Any
    ) -> None:
        settings.MARKET = market("http://127.0.0.1:1", "coingecko", namespace=f"test:{secrets.token_hex(6)}")
        settings.MARKET["assets"] = {symbol: {"coingecko": symbol} for symbol in settings.PRICES_USD}
        refused = execute()
        assert (refused.status_code, refused.json()["code"]) == (503, "profit_unknown")
        assert refused.json()["reason"] == "price_stale"
        assert not Reservation.objects.exists()

    def test_where_nothing_is_asked_nothing_need_be_known(self, execute: Callable[[], Any], settings: Any) -> None:
        settings.MIN_PROFIT_BPS = None
        Chain.objects.update(costs={})
        costs_forget()
        assert execute().status_code == 202


class TestALockBeforeExecute:
    def test_one_that_would_lose_goes_back(self, came_first: SwapSession) -> None:
        sample("base", 40 * GWEI)
        assert session_advance(session_id=came_first.pk) == "cancelling"
        came_first.refresh_from_db()
        assert came_first.attention.startswith("not admitted")
        assert not Reservation.objects.exists()

    def test_what_is_not_known_decides_nothing(self, came_first: SwapSession) -> None:
        Chain.objects.filter(pk="base").update(costs={})
        costs_forget()
        assert session_advance(session_id=came_first.pk) == "source_locked"
        came_first.refresh_from_db()
        assert came_first.cancel_requested_at is None
        sample("base", GWEI // 1000)
        assert session_advance(session_id=came_first.pk) == "destination_locking"

    def test_once_admitted_no_price_undoes_it(self, came_first: SwapSession, settings: Any) -> None:
        sample("base", GWEI // 1000)
        assert session_advance(session_id=came_first.pk) == "destination_locking"
        sample("base", 10**6 * GWEI)
        settings.PRICES_USD = {}
        assert session_advance(session_id=came_first.pk) == "destination_locking"
        came_first.refresh_from_db()
        assert came_first.cancel_requested_at is None


class TestOperators:
    def test_they_read_the_whole_account(self, api: APIClient, session: SwapSession) -> None:
        answer = api.get(f"/api/v1/sessions/{session.pk}/profit")
        assert answer.status_code == 200, answer.content
        told = answer.json()
        assert int(told["earned"]) == int(told["worth"]) - int(told["destinationAmount"]) - int(told["network"]) > 0
        assert sum(int(one["cost"]) for one in told["expenses"]) == int(told["network"])
        assert [[call["work"] for call in one["calls"]] for one in told["expenses"]] == [
            ["fill", "claim"],
            ["lock", "claim"],
        ]
        assert [one["symbol"] for one in told["prices"]] == ["ETH", "NEAR", "USDC", "USDT"]
        assert told["profitable"]

    def test_a_loss_is_shown_below_zero(self, api: APIClient, session: SwapSession) -> None:
        sample("base", 40 * GWEI)
        told = api.get(f"/api/v1/sessions/{session.pk}/profit").json()
        assert (int(told["earned"]) < 0, told["marginBps"] < 0, told["profitable"]) == (True, True, False)

    def test_the_admin_shows_it_or_why_not(self, session: SwapSession, admin_client: Client) -> None:
        page = admin_client.get(f"/admin/swaps/swapsession/{session.pk}/change/").content.decode()
        assert "0.344" in page and "USDT (0.03 %)" in page and "own figures" in page
        Chain.objects.update(costs={})
        costs_forget()
        page = admin_client.get(f"/admin/swaps/swapsession/{session.pk}/change/").content.decode()
        assert "is not known now" in page


def test_the_reason_of_an_unknown_profit_is_told(session: SwapSession, settings: Any) -> None:
    settings.PRICES_USD = {}
    with pytest.raises(ProfitUnknown) as refused:
        profit_require(session)
    assert refused.value.extra["reason"] == "price_missing"
