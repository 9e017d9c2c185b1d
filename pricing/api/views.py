"""`/api/v1/quote…`: each view checks, calls one service or selector, and answers with a document."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from access.answers import Answer
from access.authentication import principal_of
from access.idempotency import idempotent
from access.openapi import operation
from access.permissions import HasScope
from chains.checking import ChainChecker
from chains.config import chain_configs
from pricing import selectors
from pricing.api import examples
from pricing.errors import QuoteError
from pricing.giving import Wanted, quote_give
from pricing.ground import Pair
from pricing.presets import URGENCIES
from pricing.quote_documents import pair_document, standing_document
from pricing.registry import registry
from pricing.services import pairs_priced
from pricing.shapes import KeptQuote, Pairs, QuoteDocument, QuoteHistory, QuoteRequest

QUOTES = "Quotes"
KINDS = ("exactInput", "exactOutput")
FIELDS = {
    "sourceChain", "destinationChain", "sourceToken", "destinationToken", "amount", "urgency", "kind", "slippageTolerance", "dry",
}  # fmt: skip


class QuoteChecker(ChainChecker):
    """Refuses as `pricing` does."""

    refusal = QuoteError


class QuoteView(APIView):
    """What a swap would give now."""

    permission_classes = (HasScope("quotes:read"),)

    @operation(
        id="quote",
        tag=QUOTES,
        summary="Ask for a quote",
        description="What a swap would give now, and of what that is made to the last unit: the market and its sources, the "
        "price impact, our fee, what the network takes. Fix what you give (`exactInput`), or what shall arrive (`exactOutput`: "
        "the least that gives it). Unless it is `dry` the quote is kept and signed: a session with its `quoteId` gets exactly "
        "its `destinationAmount`, or less where it asks for less itself, until `validUntil`, once. docs/quote.md explains one.",
        body=QuoteRequest,
        answers={200: QuoteDocument},
        problems=[
            "quote_unavailable",
            "quote_out_of_limits",
            "token_not_swapped",
            "price_missing",
            "price_stale",
            "price_spread",
            "network_fee_unknown",
            "presets_unreadable",
        ],
        examples=examples.REQUESTS,
        answer_examples={"seed": (200, examples.ANSWER), "live prices": (200, examples.LIVE)},
        links={"quote_retrieve": {"quote_id": "$response.body#/quoteId"}},
        idempotent=True,
    )
    @idempotent
    def post(self, request: Request) -> Answer:
        return Answer(quote_give(wanted=wanted_of(request.data), principal=principal_of(request).id))


class OneQuoteView(APIView):
    """A quote that was given."""

    permission_classes = (HasScope("quotes:read"),)

    @operation(
        id="quote_retrieve",
        tag=QUOTES,
        summary="Read a quote",
        description="As it was given and signed, and beside that what has become of it; for a day after it expired.",
        answers={200: KeptQuote},
        parameters=[
            OpenApiParameter(
                "quote_id",
                {"type": "string", "pattern": "^quote_[a-z2-7]{24}$"},
                OpenApiParameter.PATH,
                description="its id",
            )
        ],
        problems=["quote_not_found"],
        answer_examples={"quote": (200, examples.KEPT)},
    )
    def get(self, request: Request, quote_id: str) -> Response:
        found = selectors.quote_get(quote_id, principal=principal_of(request).id)
        return Response({**found.document, "standing": standing_document(found, timezone.now())})


class QuoteHistoryView(APIView):
    """The caller's own quotes."""

    permission_classes = (HasScope("quotes:read"),)

    @operation(
        id="quote_history",
        tag=QUOTES,
        summary="List your quotes",
        description="Those that were kept in the last day, newest first.",
        answers={200: QuoteHistory},
        parameters=[
            OpenApiParameter(
                "pair", {"type": "string", "minLength": 3, "maxLength": 64}, description="only of this pair: USDC/USDT"
            ),
            OpenApiParameter(
                "limit",
                {"type": "integer", "minimum": 1, "maximum": selectors.MAX_HISTORY, "default": selectors.MAX_HISTORY},
                description="how many at most",
            ),
        ],
        problems=["validation_error"],
        answer_examples={"history": (200, {"history": [examples.ANSWER], "count": 1})},
    )
    def get(self, request: Request) -> Response:
        query = {name: request.query_params[name] for name in request.query_params}
        check = QuoteChecker(query)
        pair = check.text("pair", required=False, max_length=64)
        limit = check.digits("limit", 1, selectors.MAX_HISTORY) if "limit" in query else selectors.MAX_HISTORY
        check.unknown({"pair", "limit"})
        check.raise_errors()
        found = selectors.quotes_of(principal_of(request).id, pair=pair, limit=limit)
        return Response({"history": [row.document for row in found], "count": len(found)})


class PairsView(APIView):
    """Which tokens can be quoted against each other."""

    permission_classes = (HasScope("quotes:read"),)

    @operation(
        id="quote_pairs",
        tag=QUOTES,
        summary="List the pairs that can be swapped",
        description="Every pair of tokens on two different chains, in each direction: whether a swap can begin now, and the "
        "least and the most of each token in one. The most that is given is never above what we can pay out at this moment.",
        answers={200: Pairs},
        answer_examples={"pairs": (200, examples.PAIRS)},
    )
    def get(self, request: Request) -> Response:
        routes = registry.routes
        pairs = [
            pair_document(pair, routes.facts(pair.source_chain, pair.destination_chain))
            for pair in pairs_priced(chain_configs())
        ]
        return Response({"pairs": pairs, "count": len(pairs)})


def wanted_of(data: Any) -> Wanted:
    """The body of `POST /quote`, checked. Raises `QuoteError` with every fault."""
    check = QuoteChecker.of(data)
    source_chain, destination_chain = check.chain("sourceChain"), check.chain("destinationChain")
    check.pair(source_chain, destination_chain)
    source, destination = check.token("sourceToken", source_chain), check.token("destinationToken", destination_chain)
    amount = check.amount("amount")
    urgency = check.choice("urgency", URGENCIES, "normal")
    kind = check.choice("kind", KINDS, "exactInput")
    slippage, dry = check.integer("slippageTolerance", 0, 10_000), check.flag("dry")
    check.unknown(FIELDS)
    check.raise_errors()
    assert source_chain and destination_chain and source and destination
    return Wanted(
        pair=Pair(source_chain, destination_chain, source, destination),
        amount=amount,
        urgency=urgency,
        exact_output=kind == "exactOutput",
        slippage_bps=slippage,
        dry=dry,
        warnings=tuple(check.warnings),
    )
