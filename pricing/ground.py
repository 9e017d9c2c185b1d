"""What a quote stands on: everything about a pair on a route at this moment that does not depend on the amount.

It is made once a moment for each pair, in each process, and again when one of its parts was read anew: between these a quote is
arithmetic alone. No node is asked.
"""

import time
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from django.conf import settings

from chains.config import ChainConfig, Token
from pricing.amounts import BPS, Side, convert_down, mul_div_down
from pricing.consensus import MarketPrice
from pricing.limits import Limits, limits_now, limits_of
from pricing.market import PATIENCE, market_look, market_prices
from pricing.momentary import NANOSECONDS
from pricing.network import NetworkFee, network_fee
from pricing.preset_store import presets_now
from pricing.presets import PresetBook, RoutePresets
from pricing.quotes import Terms
from pricing.registry import RouteFacts, registry

MOST = 2**128 - 1
"""What a lock can hold."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two tokens, each on its chain."""

    source_chain: ChainConfig
    destination_chain: ChainConfig
    source: Token
    destination: Token

    @property
    def symbols(self) -> str:
        """USDC/USDT."""
        return f"{self.source.symbol}/{self.destination.symbol}"


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """`market` is destination tokens for one source token; the limits are those of this moment. `told` keeps the parts of a
    document that are the same for every amount."""

    pair: Pair
    source_price: MarketPrice
    destination_price: MarketPrice
    market: Fraction
    presets: RoutePresets
    route: RouteFacts
    network: NetworkFee
    terms: Terms
    source_limits: Limits
    destination_limits: Limits
    told: dict[str, Any] = field(default_factory=dict)

    def payable(self, worth: int) -> int:
        """The most that is paid for something worth so much, without a quote: after its impact, within `MAX_PAYOUT_BPS`."""
        return mul_div_down(self.terms.after_impact(worth), int(settings.MAX_PAYOUT_BPS), BPS)


@dataclass(frozen=True, slots=True)
class _Parts:
    """What a ground was made of; while these are the same objects it holds."""

    pair: Pair
    prices: tuple[MarketPrice, MarketPrice]
    book: PresetBook
    route: RouteFacts
    rules: tuple[Any, ...]

    def are(self, other: "_Parts") -> bool:
        """Whether nothing was read anew. The chains' tables are compared by identity, they are long."""
        return (
            self.pair.source is other.pair.source
            and self.pair.destination is other.pair.destination
            and self.prices[0] is other.prices[0]
            and self.prices[1] is other.prices[1]
            and self.book is other.book
            and self.route is other.route
            and self.rules == other.rules
        )


_made: dict[tuple[str, str, str, str], tuple[int, _Parts, Ground]] = {}


def ground_of(pair: Pair) -> Ground:
    """What quotes of this pair stand on now.

    Raises `NoPrice`, `PresetsUnreadable`, and where the network fee is charged `NetworkFeeUnknown`.
    """
    begun = time.monotonic()
    market_look((pair.source.symbol, pair.destination.symbol))  # feeds that are due are asked while the rest is read
    book, route = presets_now(), registry.routes.facts(pair.source_chain, pair.destination_chain)
    seen = market_prices((pair.source, pair.destination), patience=PATIENCE - (time.monotonic() - begun))
    prices = seen[pair.source.symbol], seen[pair.destination.symbol]
    parts = _Parts(pair, prices, book, route, (settings.PROTOCOL_FEE_BPS, settings.QUOTE_NETWORK_FEE))
    key = (pair.source_chain.name, pair.source.id, pair.destination_chain.name, pair.destination.id)
    kept = _made.get(key)
    if kept is not None and time.monotonic_ns() < kept[0] and kept[1].are(parts):
        return kept[2]
    found = _make(parts)
    _made[key] = (time.monotonic_ns() + NANOSECONDS, parts, found)
    return found


def ground_forget() -> None:
    """Make every ground anew at the next question."""
    _made.clear()


def _make(parts: _Parts) -> Ground:
    pair, other = parts.pair, parts.prices[1]
    paid_in = Side(other.price, pair.destination.decimals)
    network = network_fee(pair.source_chain, pair.destination_chain, pair.source, pair.destination, paid_in)
    presets = parts.book.of(pair.source_chain.name, pair.destination_chain.name)
    return bounded(pair, parts.prices, presets, parts.route, network, fee_bps=int(settings.PROTOCOL_FEE_BPS))


def bounded(
    pair: Pair,
    prices: tuple[MarketPrice, MarketPrice],
    presets: RoutePresets,
    route: RouteFacts,
    network: NetworkFee,
    *,
    fee_bps: int,
) -> Ground:
    """The ground that these make, with the limits and the depth that follow."""
    one, other = prices
    rate = Side(one.price, pair.source.decimals).rate_to(Side(other.price, pair.destination.decimals))
    taken = limits_of(pair.source, ours=False)
    given = limits_now(pair.destination, route.stock.get(pair.destination.id))
    depth = _depth(given.most, convert_down(taken.most, rate) if taken.most else None)
    terms = Terms(rate, presets.impact, depth, fee_bps, network.deducted)
    return Ground(pair, one, other, one.price / other.price, presets, route, network, terms, taken, given)


def _depth(*bounds: int | None) -> int:
    """The least of what bounds a swap; 0 where nothing does."""
    return min((bound for bound in bounds if bound), default=0)
