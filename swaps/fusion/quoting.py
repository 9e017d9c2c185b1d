"""Quotes in 1inch's shape: our own quotes, on the terms that a session on this route would have."""

from dataclasses import dataclass

from django.db import transaction

from pricing.giving import Wanted, quote_give
from pricing.ground import Pair
from swaps.errors import InvalidSession
from swaps.fusion.presets import CUSTOM, Preset, flat_presets
from swaps.fusion.reading import QuoteRequest
from swaps.fusion.routes import fusion_route
from swaps.models import FusionQuote
from swaps.routes import Route
from swaps.services.pauses import route_require_open


@dataclass(frozen=True)
class Offer:
    """A quote and the route it is for; `quote_id` is what an order refers to, None where no estimate was asked for."""

    request: QuoteRequest
    route: Route
    destination_amount: int
    presets: dict[str, Preset]
    quote_id: str | None


@transaction.atomic
def offer_make(*, request: QuoteRequest, principal: str) -> Offer:
    """What the request's amount would give now. With `estimate` it is kept, holds until it expires, and can be ordered by.

    Raises `RouteUnavailable`, `SwapsPaused`, `QuoteError`, and `InvalidSession` for a custom preset above our price.
    """
    route = fusion_route(request.source, request.destination)
    route_require_open(route)
    given = quote_give(wanted=_wanted(request), principal=principal)
    amount = int(given["quote"]["destinationAmount"])
    presets = flat_presets(amount, request.source.inclusion_seconds)
    if request.custom is not None:
        presets[CUSTOM] = _affordable(request.custom, amount)
    quote_id = given["quoteId"]
    if quote_id is not None:
        stored = {name: preset.to_json() for name, preset in presets.items()}
        FusionQuote.objects.create(quote_id=quote_id, wallet=request.wallet, presets=stored)
    return Offer(request, route, amount, presets, quote_id)


def _wanted(request: QuoteRequest) -> Wanted:
    return Wanted(
        pair=Pair(request.source, request.destination, request.source_token, request.destination_token),
        amount=request.amount,
        urgency="fast",
        dry=not request.estimate,
    )


def _affordable(custom: Preset, most: int) -> Preset:
    if custom.highest_amount <= most:
        return custom
    raise InvalidSession(
        "the auction asks for more than the source amount is worth",
        errors=[{"field": "auctionStartAmount", "message": f"must be at most {most}"}],
    )
