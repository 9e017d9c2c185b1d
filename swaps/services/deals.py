"""What a swap's destination amount is: fixed when the session is made, exact, and what is locked to the last unit.

The client asks for `destinationAmount` and says by `slippageTolerance` how much less he would take. What is available is what
his quote promises, or, without one, the market value of what he locks, less what it loses by its size (within `MAX_PAYOUT_BPS`).
All of it is the arithmetic of `pricing.quotes`; a promise holds also when there is no price any more. He gets what he asked for
or, where less is available, that; never less than `least_of` what he asked for, and never another amount later.
"""

from dataclasses import dataclass

from chains.config import Token
from pricing.consensus import MISSING
from pricing.errors import NoPrice
from pricing.giving import Promise, quote_take
from pricing.ground import Pair, ground_of
from pricing.quotes import least_of
from swaps.errors import RouteUnavailable, SlippageExceeded
from swaps.requests import SwapRequest
from swaps.routes import Route


@dataclass(frozen=True)
class Market:
    """The two tokens; and, where there is no quote to go by, what the source amount is worth now in destination base units,
    and the most of it that we pay."""

    source: Token
    destination: Token
    value: int = 0
    payable: int = 0


@dataclass(frozen=True)
class Deal:
    """Destination base units: agreed, and asked for where that was more; and the market value at that time."""

    amount: int
    requested: int | None
    market: int


def market_of(route: Route, request: SwapRequest) -> Market:
    """Today's prices for a request. Raises `RouteUnavailable` where a token is not swapped, or has no price at all; `NoPrice`
    and what else `ground_of` raises while there is none for the moment."""
    source, destination = route.source.token(request.source_token), route.destination.token(request.destination_token)
    if source is None or destination is None:
        raise RouteUnavailable("one of the tokens is not swapped here")
    if request.quote_id:
        return Market(source, destination)
    try:
        ground = ground_of(Pair(route.source, route.destination, source, destination))
    except NoPrice as error:
        if error.code != MISSING:
            raise
        raise RouteUnavailable(str(error)) from error
    value = ground.terms.worth(request.source_amount)
    return Market(source, destination, value, ground.payable(value))


def deal_strike(*, request: SwapRequest, market: Market, principal: str, session_id: str) -> Deal:
    """Agree on the amount, and use the quote up. In the session's own transaction.

    Raises `SlippageExceeded`, and for a quote `QuoteNotFound`, `QuoteExpired`, `QuoteUsed`, `QuoteTampered` or `QuoteError`.
    """
    promise = Promise(market.payable, market.value)
    if request.quote_id:
        promise = _promise(request, principal, session_id)
    available = promise.amount
    asked = request.destination_amount
    agreed = min(asked, available)
    least = least_of(asked, request.slippage_bps)
    if agreed < max(1, least):
        raise _too_little(request, market, available, least)
    return Deal(amount=agreed, requested=asked if agreed < asked else None, market=promise.worth)


def _promise(request: SwapRequest, principal: str, session_id: str) -> Promise:
    terms = {
        "source_chain": request.source_chain,
        "destination_chain": request.destination_chain,
        "source_token": request.source_token,
        "destination_token": request.destination_token,
        "source_amount": request.source_amount,
    }
    return quote_take(quote_id=request.quote_id, principal=principal, terms=terms, session_id=session_id)


def _too_little(request: SwapRequest, market: Market, available: int, least: int) -> SlippageExceeded:
    what = f"{request.source_amount} of {market.source.symbol}"
    told = f"must be at most {available}: what {what} is worth in {market.destination.symbol}"
    return SlippageExceeded(
        f"{what} are worth {available} of {market.destination.symbol} now, and the least that you take is {least}",
        errors=[{"field": "destinationAmount", "message": told}],
        extra={"availableDestinationAmount": str(available), "minimumDestinationAmount": str(least)},
    )
