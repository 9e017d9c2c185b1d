"""What a swap's destination amount is: fixed when the session is made, exact, and what is locked to the last unit.

The client asks for `destinationAmount` and says by `slippageTolerance` how much less he would take. What is available is what
his quote promises, or, without one, the market value of what he locks (within `MAX_PAYOUT_BPS`). He gets what he asked for
or, where less is available, that; never less than `least_of` what he asked for, and never another amount later.
"""

from dataclasses import dataclass

from chains.config import Token
from pricing.errors import QuoteError
from pricing.giving import quote_take
from pricing.quotes import least_of
from pricing.services import market_value, most_payable
from swaps.errors import RouteUnavailable, SlippageExceeded
from swaps.requests import SwapRequest
from swaps.routes import Route


@dataclass(frozen=True)
class Market:
    """What the source amount is worth in destination base units, and the most of it that we pay."""

    value: int
    payable: int
    source: Token
    destination: Token


@dataclass(frozen=True)
class Deal:
    """Destination base units: agreed, and asked for where that was more; and the market value at that time."""

    amount: int
    requested: int | None
    market: int


def market_of(route: Route, request: SwapRequest) -> Market:
    """Today's prices for a request. Raises `RouteUnavailable` where a token is not swapped, or has no price."""
    source, destination = route.source.token(request.source_token), route.destination.token(request.destination_token)
    if source is None or destination is None:
        raise RouteUnavailable("one of the tokens is not swapped here")
    try:
        return Market(
            value=market_value(source=source, destination=destination, amount=request.source_amount),
            payable=most_payable(source=source, destination=destination, amount=request.source_amount),
            source=source,
            destination=destination,
        )
    except QuoteError as error:
        raise RouteUnavailable(str(error)) from error


def deal_strike(*, request: SwapRequest, market: Market, principal: str, session_id: str) -> Deal:
    """Agree on the amount, and use the quote up. In the session's own transaction.

    Raises `SlippageExceeded`, and for a quote `QuoteNotFound`, `QuoteExpired`, `QuoteUsed` or `QuoteError`.
    """
    available = market.payable
    if request.quote_id:
        terms = {
            "source_chain": request.source_chain,
            "destination_chain": request.destination_chain,
            "source_token": request.source_token,
            "destination_token": request.destination_token,
            "source_amount": request.source_amount,
        }
        available = quote_take(quote_id=request.quote_id, principal=principal, terms=terms, session_id=session_id)
    asked = request.destination_amount
    agreed = min(asked, available)
    least = least_of(asked, request.slippage_bps)
    if agreed < max(1, least):
        raise _too_little(request, market, available, least)
    return Deal(amount=agreed, requested=asked if agreed < asked else None, market=market.value)


def _too_little(request: SwapRequest, market: Market, available: int, least: int) -> SlippageExceeded:
    what = f"{request.source_amount} of {market.source.symbol}"
    told = f"must be at most {available}: what {what} is worth in {market.destination.symbol}"
    return SlippageExceeded(
        f"{what} are worth {available} of {market.destination.symbol} now, and the least that you take is {least}",
        errors=[{"field": "destinationAmount", "message": told}],
        extra={"availableDestinationAmount": str(available), "minimumDestinationAmount": str(least)},
    )
