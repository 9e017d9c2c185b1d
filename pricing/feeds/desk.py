"""The configured feeds, and what they say together."""

import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from django.conf import settings

from pricing.consensus import MISSING, MarketPrice, Observed, Refusal, Rules, decide
from pricing.feeds import fixed
from pricing.feeds.base import Feed
from pricing.feeds.board import board_of
from pricing.feeds.coingecko import CoinGecko
from pricing.feeds.exchange import Exchange
from pricing.feeds.oneinch import OneInch
from pricing.feeds.pyth import Pyth
from pricing.feeds.record import FeedRecord
from pricing.feeds.refresh import Flight, Refresher, wall_ms

LOOK_SECONDS = 1.0
"""How long a process goes on with what it read from the board."""
EXCHANGE = "exchange:"
SITES: dict[str, type[OneInch | CoinGecko | Pyth]] = {"oneinch": OneInch, "coingecko": CoinGecko, "pyth": Pyth}


@dataclass
class Look:
    """The feeds' records as they were at one moment, the flights under way then, and the prices made of them since."""

    taken: float
    configured: Mapping[str, str]
    records: Mapping[str, FeedRecord]
    flights: list[Flight]
    votes: dict[str, MarketPrice | Refusal] = field(default_factory=dict)


class Desk:
    """One for each process and configuration."""

    def __init__(self, market: Mapping[str, Any]) -> None:
        made = {name: _feed(name, market) for name in market["feeds"] if name != fixed.NAME}
        self.feeds = {name: feed for name, feed in made.items() if feed.ids}
        """Those that know a token at least."""
        self.has_fixed = fixed.NAME in market["feeds"]
        self.is_fixed = not made
        """Whether the chains file is the only source."""
        self.rules = Rules(
            min_sources=market["min_sources"] or min(2, len(market["feeds"])),
            stale_ms=int(market["stale_seconds"] * 1000),
            max_spread_bps=market["max_spread_bps"],
        )
        self.coins = {symbol: one["coingecko"] for symbol, one in market["assets"].items() if one.get("coingecko")}
        """What CoinGecko calls each token."""
        self._frozen = {name: int(seconds * 1000) for name, seconds in market["frozen_seconds"].items()}
        self.board = board_of(market["namespace"])
        self.refresher = Refresher(
            self.board, self.feeds, cache_seconds=market["cache_seconds"], timeout_seconds=market["timeout_seconds"]
        )
        self._look: Look | None = None
        self._guard = threading.Lock()

    @property
    def symbols(self) -> frozenset[str]:
        """Every token that at least one source is configured for."""
        own = settings.PRICES_USD if self.has_fixed else ()
        return frozenset(own).union(*(feed.ids for feed in self.feeds.values()))

    def knows(self, symbol: str) -> int:
        """How many sources are configured for a token."""
        own = self.has_fixed and fixed.fixed_price(symbol) is not None
        return own + sum(symbol in feed.ids for feed in self.feeds.values())

    def look(self, max_age: float = LOOK_SECONDS) -> Look:
        """The board as it was `max_age` seconds ago at most; feeds that are due are asked in the background."""
        if (found := self._look_within(max_age)) is not None:
            return found
        with self._guard:
            if (found := self._look_within(max_age)) is None:
                records = self.board.read(list(self.feeds)) if self.feeds else {}
                flights = self.refresher.start_due(records)
                found = self._look = Look(time.monotonic(), settings.PRICES_USD, records, flights)
            return found

    def _look_within(self, max_age: float) -> Look | None:
        found = self._look
        if found is None or time.monotonic() - found.taken >= max_age or found.configured is not settings.PRICES_USD:
            return None
        return found

    def vote(self, symbol: str, look: Look) -> MarketPrice | Refusal:
        """What the sources make of a token's price."""
        found = look.votes.get(symbol)
        if found is None:
            found = look.votes[symbol] = self._decide(symbol, look.records)
        return found

    def _decide(self, symbol: str, records: Mapping[str, FeedRecord]) -> MarketPrice | Refusal:
        known = self.knows(symbol)
        if known < self.rules.min_sources:
            reason = f"{known} of the configured price sources know {symbol}, and {self.rules.min_sources} needed"
            return Refusal(symbol, MISSING, reason, ())
        now = wall_ms()
        return decide(symbol, self._observed(symbol, records, now), self.rules, now)

    def _observed(self, symbol: str, records: Mapping[str, FeedRecord], now: int) -> Iterator[Observed]:
        own = fixed.fixed_price(symbol) if self.has_fixed else None
        if own is not None:
            yield Observed(fixed.NAME, own, now)
        for name, record in records.items():
            entry = record.prices.get(symbol)
            if entry is not None and symbol in self.feeds[name].ids:
                price = Fraction(entry.price)
                yield Observed(name, price, entry.observed_ms, entry.changed_ms, self._frozen.get(name, 0))


def _feed(name: str, market: Mapping[str, Any]) -> Feed:
    """The feed that `PRICE_FEEDS` names so, with what the chains file says each token is called there."""
    seconds, assets = market["timeout_seconds"], market["assets"]
    if name.startswith(EXCHANGE):
        exchange = name.removeprefix(EXCHANGE)
        ids = {symbol: one.get(exchange) or one.get("exchange") for symbol, one in assets.items()}
        return Exchange(exchange, _known(ids), seconds, market["sites"].get(name, {}).get("url", ""))
    site = market["sites"][name]
    return SITES[name](
        site["url"], site["key"], _known({symbol: one.get(name) for symbol, one in assets.items()}), seconds
    )


def _known(ids: Mapping[str, str | None]) -> dict[str, str]:
    return {symbol: one for symbol, one in ids.items() if one}


class _Desks:
    """The desk of the settings as they are now: made anew when they are other ones."""

    def __init__(self) -> None:
        self._made: tuple[object, Desk] | None = None
        self._guard = threading.Lock()

    def __call__(self) -> Desk:
        made = self._made
        if made is None or made[0] is not settings.MARKET:
            with self._guard:
                made = self._made
                if made is None or made[0] is not settings.MARKET:
                    made = self._made = (settings.MARKET, Desk(settings.MARKET))
        return made[1]


desk = _Desks()
