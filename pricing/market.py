"""What a token is worth in US dollars at this moment, and on whose word.

Nobody waits for a source: prices are made from what the feeds' board knows (see `pricing/feeds`), and feeds that are due are
asked in the background. A process reads the board once a second, in one round trip for all tokens; between these a price costs
nothing.
Only when there is no fresh price and feeds are being asked does a caller wait, for `PATIENCE` at most. With fixed prices alone
there is no round trip, no thread and no wait.
"""

import time
from collections.abc import Collection
from typing import TYPE_CHECKING

from pricing.consensus import MISSING, MarketPrice, Refusal, Witness
from pricing.errors import NoPrice
from pricing.feeds.desk import Desk, Look, desk

if TYPE_CHECKING:
    from chains.config import Token

__all__ = ["PATIENCE", "MarketPrice", "NoPrice", "Witness", "is_priced", "market_look", "market_price", "market_prices"]

PATIENCE = 0.12
"""Seconds in all that a caller waits for a first or a fresh price; his own answer is due within 0.2."""
STEP = 0.01


def market_price(token: "Token", *, patience: float = PATIENCE) -> MarketPrice:
    """US dollars for one whole token. Raises `NoPrice`: `price_missing`, `price_stale` or `price_spread`."""
    return market_prices([token], patience=patience)[token.symbol]


def market_prices(tokens: "Collection[Token]", *, patience: float = PATIENCE) -> dict[str, MarketPrice]:
    """Likewise of several tokens at one moment, by symbol. Raises `NoPrice` for the first that has none."""
    found = market_look({token.symbol for token in tokens}, patience=patience)
    for token in tokens:
        one = found[token.symbol]
        if isinstance(one, Refusal):
            raise NoPrice(one)
    return {symbol: one for symbol, one in found.items() if isinstance(one, MarketPrice)}


def market_look(symbols: Collection[str], *, patience: float = 0.0) -> dict[str, MarketPrice | Refusal]:
    """Of each symbol its price, or why it has none. By default without waiting: an event loop may call it."""
    ends = time.monotonic() + patience
    at = desk()
    look = at.look()
    found = _votes(at, look, symbols)
    while look.flights and _may_come(found) and time.monotonic() < ends:
        time.sleep(STEP)
        found = _votes(at, at.look(STEP), symbols)
    return found


def is_priced(symbol: str) -> bool:
    """Whether enough sources are configured for a token to have a price at all."""
    at = desk()
    return at.knows(symbol) >= at.rules.min_sources


def symbols_known() -> frozenset[str]:
    """Every token that at least one source is configured for."""
    return desk().symbols


def symbol_of(name: str) -> str | None:
    """The token of this name: its symbol in any case, or what CoinGecko calls it. None when no source knows it."""
    at = desk()
    wanted = name.lower()
    by_name = {coin: symbol for symbol, coin in at.coins.items()}
    return by_name.get(wanted) or next((symbol for symbol in at.symbols if symbol.lower() == wanted), None)


def _votes(at: Desk, look: Look, symbols: Collection[str]) -> dict[str, MarketPrice | Refusal]:
    return {symbol: at.vote(symbol, look) for symbol in symbols}


def _may_come(found: dict[str, MarketPrice | Refusal]) -> bool:
    return any(isinstance(one, Refusal) and one.code != MISSING for one in found.values())
