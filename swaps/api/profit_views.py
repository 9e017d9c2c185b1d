"""What a session earns: for operators. A maker is told what the network takes, and not what is left for us."""

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from access.openapi import operation
from access.permissions import HasScope
from swaps.api import examples
from swaps.api.views import ALL_SESSIONS, ONE, SESSIONS, session_of
from swaps.services.profitability import profit_document
from swaps.shapes.profit import SessionProfit


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
