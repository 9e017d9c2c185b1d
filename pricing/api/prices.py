"""`/api/prices` (seed 004): what tokens are worth in US dollars, and on whose word."""

from typing import Any, Literal, TypedDict

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from access.envelope import EnvelopedView
from access.masking import masked
from access.openapi import operation
from access.permissions import HasScope
from pricing.consensus import Refusal
from pricing.errors import AssetUnknown
from pricing.market import PATIENCE, NoPrice, market_look, symbol_of, symbols_known
from pricing.provenance import MarketDocument, PriceSource, market_document, sources_document

PRICES = "Quotes"
EXAMPLE: Any = {
    "symbol": "ETH",
    "currency": "USD",
    "price": "3200.5",
    "asOf": "2026-01-31T12:00:00.000Z",
    "spreadBps": 2,
    "sources": [
        {"source": "coingecko", "price": "3200.8", "observedAt": "2026-01-31T12:00:00.000Z", "used": True, "why": ""},
        {"source": "pyth", "price": "3200.2", "observedAt": "2026-01-31T12:00:04.000Z", "used": True, "why": ""},
    ],
}


class Unpriced(TypedDict):
    """A token without a price now, why, and what each source said."""

    symbol: str
    code: Literal["price_missing", "price_stale", "price_spread"]
    reason: str
    sources: list[PriceSource]


class PricesData(TypedDict):
    """Every token that a source knows."""

    prices: list[MarketDocument]
    unpriced: list[Unpriced]


class PricesAnswer(TypedDict):
    """In seed 004's envelope."""

    success: Literal[True]
    data: PricesData


class PriceAnswer(TypedDict):
    """In seed 004's envelope."""

    success: Literal[True]
    data: MarketDocument


class PricesView(EnvelopedView):
    """All prices."""

    permission_classes = (HasScope("quotes:read"),)

    @operation(
        id="prices",
        tag=PRICES,
        summary="List prices in US dollars",
        description="Every token that one of our price sources knows: the median of the sources that are fresh and agree, and "
        "what each of them said. A token without a price stands under `unpriced`, with the reason.",
        answers={200: PricesAnswer},
        answer_examples={"prices": (200, {"success": True, "data": {"prices": [EXAMPLE], "unpriced": []}})},
    )
    def get(self, request: Request) -> Response:
        found = market_look(symbols_known(), patience=PATIENCE)
        rows = [found[symbol] for symbol in sorted(found)]
        return self.succeeded({
            "prices": [market_document(one) for one in rows if not isinstance(one, Refusal)],
            "unpriced": [_unpriced(one) for one in rows if isinstance(one, Refusal)],
        })  # fmt: skip


class PriceView(EnvelopedView):
    """One price."""

    permission_classes = (HasScope("quotes:read"),)

    @operation(
        id="price",
        tag=PRICES,
        summary="Read a token's price in US dollars",
        description="By its symbol in any case, or by CoinGecko's name of it.",
        answers={200: PriceAnswer},
        parameters=[
            OpenApiParameter(
                "asset",
                {"type": "string", "minLength": 1, "maxLength": 64},
                OpenApiParameter.PATH,
                description="ETH, usd-coin",
            )
        ],
        problems=["asset_unknown", "price_missing", "price_stale", "price_spread"],
        answer_examples={"price": (200, {"success": True, "data": EXAMPLE})},
    )
    def get(self, request: Request, asset: str) -> Response:
        symbol = symbol_of(asset)
        if symbol is None:
            raise AssetUnknown(
                f"none of our price sources knows {masked(asset)[:64]!r}: GET /api/prices lists what they know"
            )
        found = market_look([symbol], patience=PATIENCE)[symbol]
        if isinstance(found, Refusal):
            raise NoPrice(found)
        return self.succeeded(market_document(found))


def _unpriced(refusal: Refusal) -> Unpriced:
    return {
        "symbol": refusal.symbol,
        "code": refusal.code,
        "reason": refusal.reason,
        "sources": sources_document(refusal),
    }
