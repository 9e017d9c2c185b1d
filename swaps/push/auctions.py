"""Live auctions: what each asks for now, told when it changes, until it is over.

What an auction is, and what it asks for at a moment: `swaps.auctions`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING

import structlog
from django.utils import timezone

from pricing.amounts import decimal_text
from swaps.auctions import LIVE, Offer, Standing
from swaps.documents import rfc3339, rfc3339_of
from swaps.push.instruments import SUBSCRIPTIONS
from swaps.push.reading import encode

if TYPE_CHECKING:
    from swaps.push.follower import Follower

log = structlog.get_logger(__name__)
DIGITS = 18


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
