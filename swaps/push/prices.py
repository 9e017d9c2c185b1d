"""The present prices, told when they change. A price is a state and no event: who reads slowly gets the newest one."""

import asyncio
from collections.abc import Collection
from typing import TYPE_CHECKING

import structlog
from django.utils import timezone

from chains.config import chain_configs
from pricing.amounts import decimal_text
from pricing.services import pairs_of, side_of
from swaps.documents import rfc3339
from swaps.push.reading import encode

if TYPE_CHECKING:
    from swaps.push.follower import Follower

log = structlog.get_logger(__name__)
DIGITS = 18
SOURCE = "configured"


def prices_now() -> dict[str, str]:
    """What quotes are made from at this moment: destination tokens for one source token, exact decimals, by pair."""
    sides = {token.symbol: token for chain in chain_configs() for token in chain.tokens}
    pairs = {offer["pair"] for offer in pairs_of(chain_configs())}
    found = {}
    for pair in sorted(pairs):
        source, destination = (side_of(sides[symbol]).price for symbol in pair.split("/"))
        found[pair] = decimal_text(source / destination, DIGITS)
    return found


def price_message(pair: str, price: str) -> str:
    """The original's `price_update`."""
    return encode(
        {
            "type": "price_update",
            "pair": pair,
            "price": price,
            "timestamp": rfc3339(timezone.now()),
            "source": SOURCE,
        }
    )


class Prices:
    """Looks at the prices every so many seconds while anybody follows them."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._followers: dict[Follower, frozenset[str]] = {}
        self._last: dict[str, str] = {}
        self._task: asyncio.Task[None] | None = None

    def follow(self, follower: "Follower", pairs: Collection[str], known: dict[str, str]) -> None:
        """Tell `follower` of these pairs: of each at once, then of every change."""
        self._last = self._last or known
        self._followers[follower] = frozenset(pairs)
        for pair in sorted(pairs):
            follower.conflate(pair, price_message(pair, known[pair]))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._watch(), name="push-prices")

    def leave(self, follower: "Follower") -> None:
        """No longer."""
        self._followers.pop(follower, None)

    async def _watch(self) -> None:
        while self._followers:
            await asyncio.sleep(self._seconds)
            try:
                self._compare(prices_now())
            except Exception:
                log.exception("prices.cannot_be_read")
        self._last = {}

    def _compare(self, now: dict[str, str]) -> None:
        changed = {pair: price for pair, price in now.items() if self._last.get(pair) != price}
        self._last = now
        for pair, price in changed.items():
            text = price_message(pair, price)
            for follower, pairs in self._followers.items():
                if pair in pairs:
                    follower.conflate(pair, text)
