"""What a maker needs to do without us: his signed receipt, and the calls that claim and refund on each leg."""

from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from access.openapi import operation
from access.permissions import HasScope
from swaps.api import examples
from swaps.api.views import ONE, session_of
from swaps.services.receipts import receipt_issue, receipt_keys
from swaps.services.rescue import rescue_options
from swaps.shapes.rescue import Receipt, ReceiptKeys, Rescue

RESCUE = "Doing without us"


class ReceiptView(APIView):
    """The receipt of a swap, signed."""

    permission_classes = (HasScope("swaps:read"),)

    @operation(
        id="sessions_receipt",
        tag=RESCUE,
        summary="Get the signed receipt",
        description="Fetch it before you lock: with it, a node and any funded key, `sdk/rescue` gets your money back without "
        "this service.",
        answers={200: Receipt},
        answer_examples={"receipt": (200, examples.ANSWERS["receipt"])},
        parameters=[ONE],
        problems=["session_not_found"],
    )
    def get(self, request: Request, session_id: str) -> Response:
        return Response(receipt_issue(session_of(request, session_id)))


class RescueView(APIView):
    """Claim and refund on each leg."""

    permission_classes = (HasScope("swaps:read"),)

    @operation(
        id="sessions_rescue",
        tag=RESCUE,
        summary="Get the calls that claim and refund",
        description="For each leg: whether, from when, until when and by whom it can be claimed and refunded on chain, and the "
        "calls ready to send.",
        answers={200: Rescue},
        answer_examples={"after both locks": (200, examples.ANSWERS["rescue"])},
        parameters=[ONE],
        problems=["session_not_found"],
    )
    def get(self, request: Request, session_id: str) -> Response:
        return Response(rescue_options(session_of(request, session_id)))


class ReceiptKeysView(APIView):
    """The public keys that sign our receipts."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @operation(
        id="receipt_keys",
        tag=RESCUE,
        summary="Get the keys that sign receipts",
        description="Open to everyone: note one down, and no receipt can be foisted on you.",
        answers={200: ReceiptKeys},
        answer_examples={"keys": (200, examples.ANSWERS["keys"])},
    )
    def get(self, request: Request) -> Response:
        return Response(receipt_keys())
