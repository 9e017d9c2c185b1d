"""Quotes in 1inch's shape: the price of our own quotes, on the terms that a session on this route would have."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from pricing.errors import QuoteError
from pricing.services import quote_make
from swaps.errors import InvalidSession, RouteUnavailable
from swaps.fusion.presets import CUSTOM, Preset, flat_presets
from swaps.fusion.reading import QuoteRequest
from swaps.fusion.routes import fusion_route
from swaps.models import FusionQuote
from swaps.routes import Route
from swaps.services.pauses import route_require_open

QUOTE_SECONDS = 120
"""How long a quote may be ordered by: a wallet's owner reads and signs meanwhile."""
KEEP = timedelta(days=1)


@dataclass(frozen=True)
class Offer:
    """A quote and the route it is for; `stored` is the row that an order refers to, None where none was asked for."""

    request: QuoteRequest
    route: Route
    destination_amount: int
    presets: dict[str, Preset]
    stored: FusionQuote | None


def offer_make(*, request: QuoteRequest, principal: str) -> Offer:
    """What the request's amount would give now. With `estimate` it is kept, and an order may be built from it.

    Raises `RouteUnavailable`, `SwapsPaused`, and `InvalidSession` for a custom preset that asks for more than we pay.
    """
    route = fusion_route(request.source, request.destination)
    route_require_open(route.source_row, route.destination_row)
    try:
        found = quote_make(
            source=request.source_token, destination=request.destination_token, amount=request.amount, urgency="fast"
        )
    except QuoteError as error:
        raise RouteUnavailable(error.detail) from error
    presets = flat_presets(found.destination_amount, request.source.inclusion_seconds)
    if request.custom is not None:
        presets[CUSTOM] = _affordable(request.custom, found.destination_amount)
    stored = _store(request, principal, presets) if request.estimate else None
    return Offer(request, route, found.destination_amount, presets, stored)


def _affordable(custom: Preset, most: int) -> Preset:
    if custom.highest_amount <= most:
        return custom
    raise InvalidSession(
        "the auction asks for more than the source amount is worth",
        errors=[{"field": "auctionStartAmount", "message": f"must be at most {most}"}],
    )


def _store(request: QuoteRequest, principal: str, presets: dict[str, Preset]) -> FusionQuote:
    return FusionQuote.objects.create(
        principal=principal,
        source_chain=request.source.name,
        destination_chain=request.destination.name,
        source_token=request.source_token.id,
        destination_token=request.destination_token.id,
        source_amount=request.amount,
        wallet=request.wallet,
        presets={name: preset.to_json() for name, preset in presets.items()},
        expires_at=timezone.now() + timedelta(seconds=QUOTE_SECONDS),
    )


@transaction.atomic
def quotes_purge() -> int:
    """Delete the quotes that ended a day ago or earlier; how many there were."""
    deleted, _ = FusionQuote.objects.filter(expires_at__lt=timezone.now() - KEEP).delete()
    return deleted
