"""What a maker needs to do without us: his signed receipt, and the calls that claim and refund on each leg."""

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from access.permissions import HasScope
from swaps.api import rescue_schema
from swaps.api.views import session_of
from swaps.services.receipts import receipt_issue, receipt_keys
from swaps.services.rescue import rescue_options


class ReceiptView(APIView):
    """The receipt of a swap, signed. Fetch it before you lock: with it, a node and any funded key, `sdk/rescue` gets your
    money back without this service."""

    permission_classes = (HasScope("swaps:read"),)

    @extend_schema(responses=rescue_schema.RECEIPT, operation_id="sessions_receipt")
    def get(self, request: Request, session_id: str) -> Response:
        return Response(receipt_issue(session_of(request, session_id)))


class RescueView(APIView):
    """Claim and refund on each leg: whether and when anyone can call them, and the calls ready to send."""

    permission_classes = (HasScope("swaps:read"),)

    @extend_schema(responses=rescue_schema.RESCUE, operation_id="sessions_rescue")
    def get(self, request: Request, session_id: str) -> Response:
        return Response(rescue_options(session_of(request, session_id)))


class ReceiptKeysView(APIView):
    """The public keys that sign our receipts. Open to everyone: note one down, and no receipt can be foisted on you."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(responses=rescue_schema.KEYS, operation_id="receipt_keys", auth=[])
    def get(self, request: Request) -> Response:
        return Response(receipt_keys())
