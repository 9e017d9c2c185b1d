"""What amounts are worth in US dollars at this moment, where prices are known; nothing waits for a price."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from chains.config import chain_configs
from pricing.consensus import MarketPrice
from pricing.market import market_look
from swaps.words import token_of, whole

PLACES = 6
"""Decimals that are shown; the exact amount is a click away."""


@dataclass(frozen=True)
class Prices:
    """US dollars by symbol, exact."""

    usd: dict[str, Fraction]

    def of(self, chain: str, token_id: str, amount: int) -> Fraction | None:
        """What so many base units are worth; None where that is not known."""
        token = token_of(chain, token_id)
        if token is None or token.symbol not in self.usd:
            return None
        return self.usd[token.symbol] * Fraction(amount, 10**token.decimals)

    def sum(self, amounts: Iterable[tuple[str, str, int]]) -> Fraction | None:
        """Of (chain, token, base units) together; None where nothing is known of any of them."""
        known = [worth for one in amounts if (worth := self.of(*one)) is not None]
        return sum(known, Fraction(0)) if known else None


def prices_now() -> Prices:
    """Of every token on every configured chain, and of the coins that gas is paid in."""
    symbols = {token.symbol for config in chain_configs() for token in config.tokens}
    symbols |= {config.native_coin[0] for config in chain_configs()}
    found = market_look(symbols)
    return Prices({symbol: one.price for symbol, one in found.items() if isinstance(one, MarketPrice)})


def shown(chain: str, token_id: str, amount: int) -> tuple[str, str]:
    """An amount with six decimals at most, and its symbol; base units of a token that is not known any more."""
    token = token_of(chain, token_id)
    if token is None:
        return str(amount), f"base units of {token_id[:12]}"
    return whole(amount, token.decimals, places=PLACES), token.symbol
