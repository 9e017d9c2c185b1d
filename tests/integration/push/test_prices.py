"""Prices and live auctions over the socket: every change, every withdrawal and every end, and nothing else."""

import asyncio
import secrets
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.utils import timezone

from access.scopes import SCOPES
from chains.codec.auction import Auction
from pricing.auction import Curve
from pricing.models import Quote
from swaps.models import FusionOrder, SwapSession
from tests.integration.pricing.sites import Sites, market
from tests.integration.push.clients import Socket
from tests.unit.fusion.wallet import Wallet, offered_auction

pytestmark = pytest.mark.django_db(transaction=True)
PAIR = "ETH/USDC"
USDC, USDT = "0x833589fcd6edb6e08f4c7c32d4f71b54bda02913", "usdt.near"
ETHEREUM_USDC = "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"
MAKER = "0x" + "ab" * 20
END, BUMP, MAKING = 1_000_000_000, 500_000, 1_000_000_000


@pytest.fixture
def sites() -> Iterator[Sites]:
    played = Sites()
    yield played
    played.close()


@pytest.fixture
def quick(limits: Callable[..., None]) -> None:
    limits(price_seconds=0.1)


@pytest.fixture
def owner(session_id: str) -> str:
    """Whose the bootstrap key's things are."""
    return str(SwapSession.objects.get(pk=session_id).principal)


@pytest.fixture
def new_quote(owner: str, quick: None) -> Callable[..., Quote]:
    """A quote whose auction falls by 5 % from now on."""

    def make(principal: str = owner, *, seconds: int = 60, valid: float = 60, began: int = 0, **more: Any) -> Quote:
        now = timezone.now()
        auction = {
            "startTime": int(now.timestamp()) - began, "duration": seconds, "initialRateBump": BUMP, "points": [],
            "endAmount": str(END),
        }  # fmt: skip
        return Quote.objects.create(
            principal=principal, source_chain="base", destination_chain="near", source_token=USDC, destination_token=USDT,
            pair="USDC/USDT", source_amount=MAKING, destination_amount=1, document={"dutchAuction": auction},
            valid_until=now + timedelta(seconds=valid), **more,
        )  # fmt: skip

    return make


@pytest.fixture
def order(session_id: str, owner: str, quick: None) -> FusionOrder:
    """An order with an auction of a minute, as 1inch's SDK builds it."""
    offered = offered_auction(end=END, bump=BUMP, making=MAKING, party=MAKER)
    made = Wallet().order(offered, source=(8453, USDC), destination=(1, ETHEREUM_USDC))
    body = made.body()
    return FusionOrder.objects.create(
        session_id=session_id, order_hash=made.hash.hex(), quote_id="q", order=body["order"], extension=body["extension"],
        signature=body["signature"], maker_balance=1, maker_allowance=1,
    )  # fmt: skip


async def next_state(socket: Socket, state: str) -> dict[str, Any]:
    while (told := await socket.until("auction_update"))["state"] != state:
        pass
    return told


async def has_ended(socket: Socket) -> None:
    """Nothing more comes in the time of several looks, and there is room for others."""
    heard = len(socket.heard)
    await asyncio.sleep(0.5)
    await socket.say("ping")
    await socket.until("pong")
    assert len(socket.heard) == heard + 1


class TestPairs:
    async def test_a_price_is_withdrawn_with_its_reason_and_comes_back_with_its_sources(
        self, session_id: str, quick: None, sites: Sites, settings: Any
    ) -> None:
        settings.MARKET = market(
            sites.url, "coingecko", "pyth", cache_seconds=0.2, namespace=f"test:{secrets.token_hex(6)}"
        )
        socket = await Socket().open()
        await socket.subscribe("prices", pairs=[PAIR])
        first = await socket.until("price_update")
        assert (first["pair"], first["source"]) == (PAIR, "coingecko,pyth")
        assert first["asOf"] <= first["timestamp"]
        sites.faults["pyth"] = "x10"
        gone = await socket.until("price_unavailable")
        assert (gone["pair"], gone["code"]) == (PAIR, "price_spread")
        assert "further apart" in gone["reason"] and "price" not in gone
        del sites.faults["pyth"]
        again = await socket.until("price_update")
        assert again["price"] == first["price"]
        assert [one["code"] for one in socket.of("price_unavailable")].count("price_spread") == 1
        await socket.leave()

    async def test_who_comes_while_there_is_no_price_is_told_so(
        self, session_id: str, quick: None, settings: Any
    ) -> None:
        settings.MARKET = market("http://127.0.0.1:1", "coingecko", namespace=f"test:{secrets.token_hex(6)}")
        socket = await Socket().open()
        assert (await socket.subscribe("prices", pairs=[PAIR]))["pairs"] == [PAIR]
        assert (await socket.until("price_unavailable"))["code"] == "price_stale"
        await socket.leave()

    async def test_a_pair_that_is_no_longer_swapped_is_withdrawn_once(
        self, session_id: str, quick: None, settings: Any
    ) -> None:
        socket = await Socket().open()
        await socket.subscribe("prices", pairs=[PAIR])
        await socket.until("price_update")
        settings.PRICES_USD = {"USDC": "1", "USDT": "1"}
        assert (await socket.until("price_unavailable"))["code"] == "price_missing"
        await has_ended(socket)
        await socket.leave()

    async def test_a_board_that_hangs_holds_up_nobody(
        self, session_id: str, quick: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Prices are read in a thread: while one hangs, the socket answers."""
        import threading

        hangs, free = threading.Event(), threading.Event()

        def hanging() -> dict[str, Any]:
            hangs.set()
            free.wait(10)
            return {}

        monkeypatch.setattr("swaps.push.hub.prices_now", hanging)
        socket, other = await Socket().open(), await Socket().open()
        await other.until("connected")
        await socket.say("subscribe", channel="prices")
        assert await asyncio.to_thread(hangs.wait, 10)
        await other.say("ping")
        await other.until("pong")
        free.set()
        await socket.leave()
        await other.leave()


class TestAuctions:
    async def test_a_quotes_auction_falls_as_its_curve_until_it_is_over(self, new_quote: Callable[..., Quote]) -> None:
        quote = await database_sync_to_async(new_quote)(seconds=3)
        curve = Curve(Auction(quote.document["dutchAuction"]["startTime"], 3, BUMP, ()))
        socket = await Socket().open()
        answer = await socket.subscribe("prices", auction=quote.pk)
        assert (answer["pairs"], answer["auctions"]) == ([], [quote.pk])
        last = await next_state(socket, "ended")
        told = [int(one["takingAmount"]) for one in socket.of("auction_update")]
        start = curve.auction.start_time
        assert told == sorted(told, reverse=True)
        assert set(told) <= {curve.taking_amount(END, start + second) for second in range(4)}
        assert len(told) >= 3
        assert (last["takingAmount"], last["price"]) == (str(END), "1.000000000000000000")
        assert (last["pair"], last["makingAmount"]) == ("USDC/USDT", str(MAKING))
        await has_ended(socket)
        await socket.leave()

    async def test_an_order_tells_until_it_is_filled(self, order: FusionOrder) -> None:
        socket = await Socket().open()
        await socket.subscribe("prices", auctions=[str(order)])
        first = await socket.until("auction_update")
        assert (first["auction"], first["state"]) == (str(order), "live")
        assert END < int(first["takingAmount"]) <= END * 105 // 100
        filled = database_sync_to_async(SwapSession.objects.filter(pk=order.session_id).update)
        await filled(status="source_locked")
        await next_state(socket, "filled")
        await has_ended(socket)
        await socket.leave()

    @pytest.mark.parametrize(
        ("changes", "state"),
        [({"used_by": "sess_x"}, "used"), ({"valid": -1}, "expired"), ({"began": 61}, "ended")],
    )
    async def test_one_that_is_over_is_told_of_once(
        self, new_quote: Callable[..., Quote], changes: dict[str, Any], state: str
    ) -> None:
        quote = await database_sync_to_async(new_quote)(**changes)
        socket = await Socket().open()
        await socket.subscribe("prices", auction=quote.pk)
        assert (await socket.until("auction_update"))["state"] == state
        await has_ended(socket)
        await socket.leave()

    async def test_what_stands_still_is_told_once(self, new_quote: Callable[..., Quote]) -> None:
        quote = await database_sync_to_async(new_quote)(began=-30)
        socket = await Socket().open()
        await socket.subscribe("prices", auction=quote.pk)
        assert int((await socket.until("auction_update"))["rateBump"]) == BUMP
        await has_ended(socket)
        await socket.leave()

    async def test_somebody_elses_is_not_there_but_for_operators(
        self, new_quote: Callable[..., Quote], order: FusionOrder, new_key: Callable[..., tuple[Any, str]]
    ) -> None:
        quote = await database_sync_to_async(new_quote)()
        scopes = sorted(SCOPES.keys() - {"*"})
        _, stranger = await database_sync_to_async(new_key)(*(set(scopes) - {"sessions:all"}))
        _, operator = await database_sync_to_async(new_key)(*scopes)
        asked = [quote.pk, str(order), "quote_" + "a" * 24, "0x" + "00" * 32, "nothing"]
        curious, entitled = await Socket(stranger).open(), await Socket(operator).open()
        for name in asked:
            assert (await curious.subscribe("prices", auction=name))["code"] == "auction_not_found"
        assert (await curious.subscribe("prices", auctions=[]))["code"] == "auction_not_found"
        assert (await curious.subscribe("prices", auctions=[1]))["code"] == "auction_not_found"
        told = await entitled.subscribe("prices", auctions=asked[:2])
        assert told["auctions"] == sorted(asked[:2])
        await curious.leave()
        await entitled.leave()

    async def test_each_counts_as_a_subscription_and_gives_its_place_back(
        self, new_quote: Callable[..., Quote], limits: Callable[..., None]
    ) -> None:
        limits(price_seconds=0.1, subscriptions=2)
        make = database_sync_to_async(new_quote)
        names = [(await make()).pk for _ in range(3)]
        socket = await Socket().open()
        assert (await socket.subscribe("prices", auctions=names[:2]))["type"] == "subscribed"
        assert (await socket.subscribe("prices", auctions=names[:2]))["type"] == "subscribed"  # the same again
        assert (await socket.subscribe("prices", auction=names[2]))["code"] == "too_many_subscriptions"
        assert (await socket.subscribe("prices", pairs=[PAIR]))["code"] == "too_many_subscriptions"
        await socket.say("unsubscribe", channel="prices", auction=names[0])
        await socket.until("unsubscribed")
        assert (await socket.subscribe("prices", auction=names[2]))["type"] == "subscribed"
        await socket.leave()
