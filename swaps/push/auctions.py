"""Live auctions: what each asks for now, told when it changes, until it is over.

An auction is an order's, by its hash (`swaps.fusion`), or a quote's, by its id. Its price is that of the curve at this second
and, for an order that discounts gas, at the base fee that the chain's watcher sampled last.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import structlog
from django.utils import timezone

from chains.codec.auction import Auction
from chains.codec.extension import Extension
from chains.config import chain_config
from chains.costs import sheet_of
from pricing.amounts import decimal_text
from pricing.auction import Curve, bumped
from pricing.models import Quote
from swaps.documents import rfc3339, rfc3339_of
from swaps.models import FusionOrder
from swaps.push.instruments import SUBSCRIPTIONS
from swaps.push.reading import encode
from swaps.statuses import EARLY, Status

if TYPE_CHECKING:
    from swaps.push.follower import Follower

log = structlog.get_logger(__name__)
ORDER = re.compile(r"0x[0-9a-f]{64}")
QUOTE = re.compile(r"quote_[a-z2-7]{24}")
FACTORY = 20  # bytes of the factory's address before an order's auction
DIGITS = 18
LIVE = "live"
ENDS = {Status.CANCELLED: "cancelled", Status.FAILED: "expired"}
"""What an order has come to by its session's status; whatever else is no longer early was filled."""


@dataclass(frozen=True)
class Standing:
    """An auction as it is now. `taking` at its end, base units of the destination token for all of `making` of the source's."""

    owner: str
    pair: str
    decimals: tuple[int, int]
    auction: Auction
    making: int
    taking: int
    base_fee: int
    state: str

    def at(self, now: datetime) -> "Offer":
        """What it asks for at a moment."""
        second = int(now.timestamp())
        bump = Curve(self.auction).rate_bump(second, self.base_fee)
        over = self.state == LIVE and second >= self.auction.ends_at
        return Offer(bumped(self.taking, bump), bump, "ended" if over else self.state)


@dataclass(frozen=True)
class Offer:
    """What a fill of the whole costs, in destination base units, and what has become of the auction."""

    taking: int
    bump: int
    state: str


def auction_message(name: str, standing: Standing, offer: Offer, now: datetime) -> str:
    """`auction_update`; the last of an auction has another `state` than live."""
    source, destination = standing.decimals
    price = Fraction(offer.taking * 10**source, standing.making * 10**destination)
    return encode(
        {
            "type": "auction_update",
            "auction": name,
            "pair": standing.pair,
            "state": offer.state,
            "makingAmount": str(standing.making),
            "takingAmount": str(offer.taking),
            "price": decimal_text(price, DIGITS),
            "rateBump": offer.bump,
            "startsAt": rfc3339_of(standing.auction.start_time),
            "endsAt": rfc3339_of(standing.auction.ends_at),
            "timestamp": rfc3339(now),
        }
    )


# Rows


def auctions_read(names: Collection[str]) -> dict[str, Standing]:
    """Those of these auctions that exist, by two queries at most. For the hub's reading threads."""
    found: dict[str, Standing] = {}
    hashes = [name[2:] for name in names if ORDER.fullmatch(name)]
    quotes = [name for name in names if QUOTE.fullmatch(name)]
    if hashes:
        rows = FusionOrder.objects.filter(order_hash__in=hashes).select_related("session", "session__source_chain")
        found |= {str(row): _of_order(row) for row in rows}
    if quotes:
        now = timezone.now()
        found |= {
            row.pk: _of_quote(row, now)
            for row in Quote.objects.filter(pk__in=quotes)
            if "startTime" in row.document.get("dutchAuction", {})
        }
    return found


def _of_order(order: FusionOrder) -> Standing:
    session = order.session
    getter = Extension.decode(bytes.fromhex(order.extension[2:])).taking_amount_data
    price = sheet_of(session.source_chain.costs).gas_price
    status = Status(session.status)
    return Standing(
        owner=session.principal,
        **_tokens(
            session.source_chain_id, session.source_token, session.destination_chain_id, session.destination_token
        ),
        auction=Auction.decode(getter[FACTORY:]),
        making=int(order.order["makingAmount"]),
        taking=int(order.order["takingAmount"]),
        base_fee=price.base_fee if price else 0,
        state=LIVE if status in EARLY else ENDS.get(status, "filled"),
    )


def _of_quote(row: Quote, now: datetime) -> Standing:
    told = row.document["dutchAuction"]
    points = tuple((point["rateBump"], point["delay"]) for point in told["points"])
    return Standing(
        owner=row.principal,
        **_tokens(row.source_chain, row.source_token, row.destination_chain, row.destination_token),
        auction=Auction(told["startTime"], told["duration"], told["initialRateBump"], points),
        making=int(row.source_amount),
        taking=int(told["endAmount"]),
        base_fee=0,
        state="used" if row.used_by else LIVE if now < row.valid_until else "expired",
    )


def _tokens(source_chain: str, source: str, destination_chain: str, destination: str) -> dict[str, Any]:
    one, other = chain_config(source_chain).token(source), chain_config(destination_chain).token(destination)
    if one is None or other is None:  # no longer configured: amounts are told as they are
        return {"pair": f"{source}/{destination}", "decimals": (0, 0)}
    return {"pair": f"{one.symbol}/{other.symbol}", "decimals": (one.decimals, other.decimals)}


# Following

Read = Callable[[Collection[str]], Awaitable[dict[str, Standing]]]


class Auctions:
    """Looks at the followed auctions every so many seconds, all of them together."""

    def __init__(self, seconds: float, read: Read) -> None:
        self._seconds, self._read = seconds, read
        self._followers: dict[str, set[Follower]] = {}
        self._names: dict[Follower, set[str]] = {}
        self._last: dict[str, Offer] = {}
        self._task: asyncio.Task[None] | None = None

    async def look(self, names: Collection[str]) -> dict[str, Standing]:
        """Those of these auctions that exist."""
        return await self._read(names)

    def followed_by(self, follower: "Follower") -> frozenset[str]:
        """Which auctions a follower has, the ended ones left out."""
        return frozenset(self._names.get(follower, ()))

    def follow(self, follower: "Follower", found: dict[str, Standing]) -> None:
        """Tell `follower` of each at once, then of every change. One that is over is told of once."""
        now = timezone.now()
        for name, standing in sorted(found.items()):
            offer = standing.at(now)
            follower.conflate(name, auction_message(name, standing, offer, now))
            if offer.state != LIVE:
                continue
            followers = self._followers.setdefault(name, set())
            if follower not in followers:
                followers.add(follower)
                self._names.setdefault(follower, set()).add(name)
                SUBSCRIPTIONS.labels("auctions").inc()
            self._last.setdefault(name, offer)
        if self._followers and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._watch(), name="push-auctions")

    def leave(self, follower: "Follower", names: Collection[str] | None = None) -> None:
        """No longer these, or any."""
        for name in self.followed_by(follower) if names is None else names:
            self._part(follower, name)

    def _part(self, follower: "Follower", name: str) -> None:
        followers, names = self._followers.get(name, set()), self._names.get(follower, set())
        if follower in followers:
            SUBSCRIPTIONS.labels("auctions").dec()
        followers.discard(follower)
        names.discard(name)
        if not followers:
            self._followers.pop(name, None)
            self._last.pop(name, None)
        if not names:
            self._names.pop(follower, None)

    def _forget(self, name: str) -> None:
        for follower in list(self._followers.get(name, ())):
            self._part(follower, name)

    async def _watch(self) -> None:
        while self._followers:
            await asyncio.sleep(self._seconds)
            try:
                self._tell(await self._read(list(self._followers)), timezone.now())
            except Exception:
                log.exception("auctions.cannot_be_read")

    def _tell(self, found: dict[str, Standing], now: datetime) -> None:
        for name, standing in found.items():
            offer = standing.at(now)
            if name not in self._followers or offer == self._last.get(name):
                continue
            self._last[name] = offer
            text = auction_message(name, standing, offer, now)
            for follower in self._followers[name]:
                follower.conflate(name, text)
            if offer.state != LIVE:
                self._forget(name)
        for name in [name for name in self._followers if name not in found]:
            self._forget(name)  # a quote that was purged, long after its end was told
