"""The present prices, told when they change. A price is a state and no event: who reads slowly gets the newest one.

A price that is withdrawn (its sources are stale, or too far apart) is a state as well: followers are told why there is none,
instead of looking at a number that stands still.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import structlog
from django.utils import timezone

from chains.config import chain_configs
from pricing.amounts import decimal_text
from pricing.consensus import MISSING, MarketPrice, Refusal
from pricing.feeds.fixed import NAME as FIXED
from pricing.market import PATIENCE, market_look
from pricing.provenance import moment
from pricing.services import pairs_of
from swaps.documents import rfc3339
from swaps.push.reading import encode

if TYPE_CHECKING:
    from swaps.push.follower import Follower

log = structlog.get_logger(__name__)
DIGITS = 18
CONFIGURED = "configured"


@dataclass(frozen=True)
class PairPrice:
    """A pair at one moment. `price` is destination tokens for one source token, an exact decimal; "" where there is none, and
    then `code` and `reason` say why. `source` names who said so, `as_of` is the oldest word that counted."""

    price: str = ""
    source: str = ""
    as_of: str = ""
    spread_bps: int = 0
    code: str = ""
    reason: str = ""

    @property
    def state(self) -> str:
        """What a follower is told anew when it is another."""
        return self.price or self.code


GONE = PairPrice(
    code=MISSING, reason="the pair is not swapped any more, or too few price sources are configured for it"
)


def prices_now() -> dict[str, PairPrice]:
    """What quotes are made from at this moment, by pair. Waits for the feeds' board: not for an event loop."""
    pairs = sorted({offer["pair"] for offer in pairs_of(chain_configs())})
    look = market_look({symbol for pair in pairs for symbol in pair.split("/")}, patience=PATIENCE)
    return {pair: _pair_price(*(look[symbol] for symbol in pair.split("/"))) for pair in pairs}


def _pair_price(source: MarketPrice | Refusal, destination: MarketPrice | Refusal) -> PairPrice:
    for side in (source, destination):
        if isinstance(side, Refusal):
            return PairPrice(code=side.code, reason=side.reason)
    assert isinstance(source, MarketPrice) and isinstance(destination, MarketPrice)
    names = sorted({*source.sources, *destination.sources})
    return PairPrice(
        price=decimal_text(Fraction(source.price / destination.price), DIGITS),
        source=CONFIGURED if names == [FIXED] else ",".join(names),
        as_of=moment(min(source.as_of_ms, destination.as_of_ms)),
        spread_bps=max(source.spread_bps, destination.spread_bps),
    )


def price_message(pair: str, found: PairPrice) -> str:
    """The original's `price_update`, with where it comes from; or `price_unavailable`, with the reason."""
    told = {"pair": pair, "timestamp": rfc3339(timezone.now())}
    if not found.price:
        return encode({"type": "price_unavailable", **told, "code": found.code, "reason": found.reason})
    return encode(
        {
            "type": "price_update",
            **told,
            "price": found.price,
            "source": found.source,
            "asOf": found.as_of,
            "spreadBps": found.spread_bps,
        }
    )


Read = Callable[[], Awaitable[dict[str, PairPrice]]]


class Prices:
    """Looks at the prices every so many seconds while anybody follows them; `read` does so without holding up the loop."""

    def __init__(self, seconds: float, read: Read) -> None:
        self._seconds, self._read = seconds, read
        self._followers: dict[Follower, frozenset[str]] = {}
        self._last: dict[str, PairPrice] = {}
        self._task: asyncio.Task[None] | None = None
        self._reading: asyncio.Task[dict[str, PairPrice]] | None = None

    async def known(self) -> dict[str, PairPrice]:
        """The newest prices: those of the last look while anybody follows, else of a look that all who ask together share."""
        if self._is_watching and self._last:
            return self._last
        if self._reading is None or self._reading.done():
            self._reading = asyncio.ensure_future(self._read())
        return await asyncio.shield(self._reading)

    def follow(self, follower: "Follower", pairs: Collection[str], known: dict[str, PairPrice]) -> None:
        """Tell `follower` of these pairs: of each at once, then of every change."""
        self._last = self._last or known
        self._followers[follower] = frozenset(pairs)
        for pair in sorted(pairs):
            follower.conflate(pair, price_message(pair, self._last.get(pair, GONE)))
        if not self._is_watching:
            self._task = asyncio.create_task(self._watch(), name="push-prices")

    def leave(self, follower: "Follower") -> None:
        """No longer."""
        self._followers.pop(follower, None)

    @property
    def _is_watching(self) -> bool:
        return self._task is not None and not self._task.done()

    async def _watch(self) -> None:
        while self._followers:
            await asyncio.sleep(self._seconds)
            try:
                self._compare(await self._read())
            except Exception:
                log.exception("prices.cannot_be_read")
        self._last = {}

    def _compare(self, now: dict[str, PairPrice]) -> None:
        """Tell what is another price, or no price any more. What cannot be told of is not withdrawn twice."""
        before, gone = self._last, {pair: GONE for pair in self._last if pair not in now}
        self._last = now | gone
        for pair, found in self._last.items():
            known = before.get(pair)
            if known is None or known.state != found.state:
                text = price_message(pair, found)
                for follower, pairs in self._followers.items():
                    if pair in pairs:
                        follower.conflate(pair, text)
