"""Quotes from the configured prices."""

from django.conf import settings

from chains.config import ChainConfig, Token
from pricing.amounts import Side, convert_down, price
from pricing.errors import QuoteError
from pricing.quotes import Quote, quote


def side_of(token: Token) -> Side:
    """The token's configured price. Raises `QuoteError` when there is none."""
    configured = settings.PRICES_USD.get(token.symbol)
    if configured is None:
        raise QuoteError(f"there is no price for {token.symbol}: it is not in [prices] of the chains file")
    return Side(price(configured), token.decimals)


def quote_make(*, source: Token, destination: Token, amount: int, urgency: str) -> Quote:
    """A quote for an exact input in base units. Raises `QuoteError`, also when nothing would be left of it."""
    found = quote(
        side_of(source), side_of(destination), amount=amount, urgency=urgency, fee_bps=settings.PROTOCOL_FEE_BPS
    )
    if found.destination_amount <= 0:
        raise QuoteError(f"{amount} base units of {source.symbol} are worth less than one of {destination.symbol}")
    return found


def market_value(*, source: Token, destination: Token, amount: int) -> int:
    """What `amount` of the source token is worth in base units of the destination token. Raises `QuoteError`."""
    one, other = side_of(source), side_of(destination)
    return convert_down(amount, one.rate_to(other))


def most_payable(*, source: Token, destination: Token, amount: int) -> int:
    """The most that may be paid for `amount` of the source token, base units: its market value, within the tolerance.

    Raises `QuoteError` when one of them has no price.
    """
    return market_value(source=source, destination=destination, amount=amount) * int(settings.MAX_PAYOUT_BPS) // 10_000


def pairs_of(chains: list[ChainConfig]) -> list[dict[str, str]]:
    """Every pair of priced tokens on two different chains."""
    tokens = [(chain, token) for chain in chains for token in chain.tokens if token.symbol in settings.PRICES_USD]
    return [
        {
            "pair": f"{token.symbol}/{other.symbol}",
            "sourceChain": chain.name,
            "destinationChain": other_chain.name,
            "sourceToken": token.id,
            "destinationToken": other.id,
        }
        for chain, token in tokens
        for other_chain, other in tokens
        if chain.name != other_chain.name
    ]
