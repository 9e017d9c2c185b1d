"""What several answers have in common."""

from collections.abc import Sequence
from fractions import Fraction

from chains.config import ChainConfig, Token
from pricing.amounts import decimal_text
from pricing.market import MarketPrice, market_look
from pricing.services import side_of
from swaps.fusion.reading import NATIVE
from swaps.models import Leg

PRICE_PLACES = 6
SIDES = {Leg.Side.SOURCE: "src", Leg.Side.DESTINATION: "dst"}
"""1inch's `EscrowEventSide`."""


def points_document(points: Sequence[tuple[int, int]]) -> list[dict[str, int]]:
    """`AuctionPoint`s."""
    return [{"coefficient": bump, "delay": delay} for bump, delay in points]


def price_text(token: Token) -> str:
    """US dollars for one whole token."""
    return decimal_text(side_of(token).price, PRICE_PLACES)


def worth_text(token: Token, amount: int) -> str:
    """US dollars for so many base units."""
    return decimal_text(Fraction(amount, 10**token.decimals) * side_of(token).price, PRICE_PLACES)


def configured_price(chain: ChainConfig, token_id: str) -> str | None:
    """The same of a token that may have no price any more."""
    token = chain.token(token_id)
    found = market_look({token.symbol})[token.symbol] if token is not None else None
    return decimal_text(found.price, PRICE_PLACES) if isinstance(found, MarketPrice) else None


def shown_token(token: str) -> str:
    """A token's address; the native coin as the SDK writes it."""
    return NATIVE if int(token, 16) == 0 else token
