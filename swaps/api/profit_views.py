"""What swaps earn. A session's account is for operators: its maker is told what the network takes, and not what is left for us.
An auction's is for whoever may see the auction: what a fill would earn a resolver."""

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from access.authentication import principal_of
from access.openapi import operation
from access.permissions import HasScope
from pricing.amounts import BPS
from swaps.api import examples
from swaps.api.views import ALL_SESSIONS, ONE, SESSIONS, session_of, visible_to
from swaps.auctions import auction_get
from swaps.services.auction_profit import auction_profit
from swaps.services.profitability import profit_document
from swaps.shapes.profit import AuctionProfit, SessionProfit
from swaps.validation import Checker

LEAST = "leastMarginBps"
AUCTION = OpenApiParameter(
    "auction",
    {"type": "string", "pattern": "^(0x[0-9a-fA-F]{64}|quote_[a-z2-7]{24})$", "examples": ["quote_" + "a" * 24]},
    OpenApiParameter.PATH,
    description="an order's hash, or a quote's id",
)


class ProfitView(APIView):
    """What a session earns us at this moment."""

    permission_classes = (HasScope(ALL_SESSIONS),)

    @operation(
        id="sessions_profit",
        tag=SESSIONS,
        summary="Read what a session earns us",
        description="For operators: what is left after gas on both chains, at the market prices and the gas prices of this "
        "moment, with everything that it was made from. A session that earns less than `leastMarginBps` is refused at `execute`.",
        answers={200: SessionProfit},
        answer_examples={"before execute": (200, examples.PROFIT)},
        parameters=[ONE],
        problems=["session_not_found", "route_unavailable", "profit_unknown"],
    )
    def get(self, request: Request, session_id: str) -> Response:
        return Response(profit_document(session_of(request, session_id)))


class AuctionProfitView(APIView):
    """What a fill of an auction earns at this second."""

    permission_classes = (HasScope("quotes:read"),)

    @operation(
        id="auctions_profit",
        tag="Quotes",
        summary="Read what the fill of an auction earns",
        description="For whoever may see the auction: its maker, and operators with `sessions:all` (outside resolvers see "
        "orders where there is an order book). What a fill of the whole costs in a block of this second, what it brings "
        "at the market prices of this moment, what both chains take for it, and from which second on it earns the margin that "
        "you want. A quote's cost is what its auction would ask for, while a session with the quote pays its "
        "`destinationAmount`; an order's is what its session pays. Prices are told with their sources, gas as our own receipts "
        "have it: reckon again with yours.",
        answers={200: AuctionProfit},
        answer_examples={"under way": (200, examples.AUCTION_PROFIT)},
        parameters=[
            AUCTION,
            OpenApiParameter(
                LEAST,
                {"type": "integer", "minimum": 0, "maximum": BPS, "default": 0},
                description="what must be earned for 10,000 paid",
            ),
        ],
        problems=["validation_error", "auction_not_found", "route_unavailable", "profit_unknown"],
    )
    def get(self, request: Request, auction: str) -> Response:
        check = Checker({name: request.query_params[name] for name in request.query_params})
        least = check.digits(LEAST, 0, BPS) if LEAST in check.body else 0
        check.unknown({LEAST})
        check.raise_errors()
        standing = auction_get(auction, principal=visible_to(principal_of(request)))
        return Response(auction_profit(auction.lower(), standing, least_margin_bps=least, now=timezone.now()))
