"""`/api/v1/quote/candles`: what a pair was worth, for charts."""

from datetime import datetime
from typing import Annotated, Literal, TypedDict

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter
from msgspec import Meta
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from access.openapi import operation
from access.permissions import HasScope
from access.shapes import Moment
from pricing.amounts import decimal_text
from pricing.api.views import QUOTES, QuoteChecker
from pricing.history.ohlc import INTERVALS, Ohlc
from pricing.history.selectors import MOST, Period, candles_of, is_known, period_of
from pricing.shapes import Price
from pricing.times import rfc3339

PLACES = 18
MOMENT = {"type": "string", "format": "date-time"}
EXAMPLE = {
    "pair": "ETH/USDC",
    "interval": "15m",
    "candles": [
        {
            "time": "2026-01-31T12:00:00.000Z",
            "open": "3200.100000000000000000",
            "high": "3207.440000000000000000",
            "low": "3198.020000000000000000",
            "close": "3204.900000000000000000",
            "samples": 90,
        }
    ],
    "count": 1,
}


class CandleDocument(TypedDict):
    """The first, highest, lowest and last market price that was sampled from `time` on. A time without samples has no candle."""

    time: Annotated[Moment, Meta(description="when it begins, RFC 3339")]
    open: Price
    high: Price
    low: Price
    close: Price
    samples: Annotated[int, Meta(description="how many prices were sampled", ge=1)]


class Candles(TypedDict):
    """Oldest first."""

    pair: str
    interval: Literal["1m", "5m", "15m", "1h", "1d"]
    candles: list[CandleDocument]
    count: Annotated[int, Meta(ge=0, le=MOST)]


class CandlesView(APIView):
    """What a pair was worth."""

    permission_classes = (HasScope("quotes:read"),)

    @operation(
        id="quote_candles",
        tag=QUOTES,
        summary="Read a pair's price history",
        description="Open, high, low and close of the market price, before fees, sampled every ten seconds: for charts. Of two "
        f"tokens, or of one against `USD`, in either direction. At most {MOST} candles at once; they begin at whole intervals of "
        "UTC.",
        answers={200: Candles},
        parameters=[
            OpenApiParameter(
                "pair", {"type": "string", "minLength": 3, "maxLength": 65}, required=True, description="as ETH/USDC"
            ),
            OpenApiParameter(
                "interval", {"enum": list(INTERVALS), "default": "1m"}, description="how long a candle is"
            ),
            OpenApiParameter(
                "from", MOMENT, description="candles that begin then or later, or hold it; the newest by default"
            ),
            OpenApiParameter("to", MOMENT, description="candles that begin earlier than that; now by default"),
        ],
        problems=["validation_error"],
        answer_examples={"candles": (200, EXAMPLE)},
    )
    def get(self, request: Request) -> Response:
        base, quote, interval, period = _asked({name: request.query_params[name] for name in request.query_params})
        found = [_document(begins, one) for begins, one in candles_of(base, quote, period)]
        return Response({"pair": f"{base}/{quote}", "interval": interval, "candles": found, "count": len(found)})


def _document(begins: datetime, one: Ohlc) -> CandleDocument:
    return {
        "time": rfc3339(begins),
        "open": decimal_text(one.open, PLACES),
        "high": decimal_text(one.high, PLACES),
        "low": decimal_text(one.low, PLACES),
        "close": decimal_text(one.close, PLACES),
        "samples": one.samples,
    }


def _asked(query: dict[str, str]) -> tuple[str, str, str, Period]:
    """Both symbols, the interval's name, and the period. Raises `QuoteError` with every fault."""
    check = QuoteChecker(query)
    base, _, quote = check.text("pair", max_length=65).partition("/")
    if base and not is_known(base, quote):
        check.error("pair", "must be two tokens of `GET /quote/pairs`, or one of them and USD, as ETH/USDC")
    interval = check.choice("interval", tuple(INTERVALS), "1m")
    start, end = check.moment("from"), check.moment("to")
    check.unknown({"pair", "interval", "from", "to"})
    check.raise_errors()
    try:
        return base, quote, interval, period_of(INTERVALS[interval], start=start, end=end, now=timezone.now())
    except (ValueError, OverflowError) as fault:
        check.error("to" if end else "from", str(fault))
    check.raise_errors()
    raise AssertionError
