"""`POST /api/v1/quote` and `GET /api/v1/quote/pairs`."""

import time
from typing import Any

from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from access.permissions import HasScope
from chains.config import ChainConfig, Token, UnknownChain, chain_config, chain_configs
from pricing.errors import QuoteError
from pricing.quotes import DURATIONS, Quote
from pricing.services import pairs_of, quote_make

VALID_SECONDS = 60
REQUEST = inline_serializer(
    "QuoteRequest",
    {
        "sourceChain": serializers.CharField(),
        "destinationChain": serializers.CharField(),
        "sourceToken": serializers.CharField(),
        "destinationToken": serializers.CharField(),
        "amount": serializers.CharField(help_text="base units of the source token"),
        "urgency": serializers.ChoiceField(choices=list(DURATIONS), required=False),
    },
)
ANSWER = inline_serializer(
    "Quote",
    {
        "quote": serializers.DictField(),
        "dutchAuction": serializers.DictField(),
        "fees": serializers.DictField(),
    },
)
PAIRS = inline_serializer(
    "Pairs", {"pairs": serializers.ListField(child=serializers.DictField()), "count": serializers.IntegerField()}
)


class QuoteView(APIView):
    """What a swap would give now."""

    permission_classes = (HasScope("quotes:read"),)

    @extend_schema(request=REQUEST, responses=ANSWER, operation_id="quote")
    def post(self, request: Request) -> Response:
        source, destination, amount, urgency = _checked(request.data)
        found = quote_make(source=source, destination=destination, amount=amount, urgency=urgency)
        return Response(_document(found))


class PairsView(APIView):
    """Which tokens can be quoted against each other."""

    permission_classes = (HasScope("quotes:read"),)

    @extend_schema(responses=PAIRS, operation_id="quote_pairs")
    def get(self, request: Request) -> Response:
        pairs = pairs_of(chain_configs())
        return Response({"pairs": pairs, "count": len(pairs)})


def _checked(body: Any) -> tuple[Token, Token, int, str]:
    """The request's tokens, amount and urgency. Raises `QuoteError` with every fault."""
    faults: list[dict[str, str]] = []
    body = body if isinstance(body, dict) else {}
    source = _token(body, "sourceChain", "sourceToken", faults)
    destination = _token(body, "destinationChain", "destinationToken", faults)
    amount = str(body.get("amount", ""))
    if not (isinstance(body.get("amount"), str) and amount.isascii() and amount.isdigit() and 0 < int(amount) < 2**128):
        faults.append({"field": "amount", "message": "must be a positive number of base units, as a string of digits"})
    urgency = body.get("urgency", "normal")
    if urgency not in DURATIONS:
        faults.append({"field": "urgency", "message": f"must be one of {', '.join(DURATIONS)}"})
    if faults or source is None or destination is None:
        raise QuoteError("the request has faults; errors[] names each", code="validation_error", errors=faults)
    return source, destination, int(amount), urgency


def _token(body: dict[str, Any], chain_field: str, token_field: str, faults: list[dict[str, str]]) -> Token | None:
    try:
        chain: ChainConfig = chain_config(str(body.get(chain_field, "")))
    except UnknownChain:
        faults.append({"field": chain_field, "message": "is not a chain we know"})
        return None
    wanted = str(body.get(token_field, ""))
    token = chain.token(wanted) or next((known for known in chain.tokens if known.symbol == wanted), None)
    if token is None:
        faults.append({"field": token_field, "message": f"is not a token we quote on {chain.name}"})
    return token


def _document(found: Quote) -> dict[str, Any]:
    """Seed 000's shape; amounts in base units, prices in whole tokens."""
    return {
        "quote": {
            "sourceAmount": str(found.source_amount),
            "destinationAmount": str(found.destination_amount),
            "rate": found.market,
            "priceImpact": "0",
            "validUntil": _rfc3339(time.time() + VALID_SECONDS),
        },
        "dutchAuction": {
            "startPrice": found.start_price,
            "endPrice": found.end_price,
            "currentPrice": found.start_price,
            "duration": found.duration,
        },
        "fees": {"protocol": str(found.protocol_fee)},
    }


def _rfc3339(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
