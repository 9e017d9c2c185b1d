"""`GET /api/v1/version`."""

from typing import Literal, TypedDict

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from access.openapi import operation
from access.shapes import Moment
from swaps.times import rfc3339

VERSION = "1.0.0"


class Version(TypedDict):
    """Which service this is."""

    version: str
    service: Literal["orchestrator"]
    timestamp: Moment


class VersionView(APIView):
    """Which service this is."""

    @operation(
        id="version",
        tag="Service",
        summary="Which service this is",
        description="For any valid credentials: the quickest way to try a key.",
        answers={200: Version},
        answer_examples={
            "version": (
                200,
                {"version": VERSION, "service": "orchestrator", "timestamp": "2026-01-31T12:00:00.000Z"},
            )
        },
    )
    def get(self, request: Request) -> Response:
        return Response({"version": VERSION, "service": "orchestrator", "timestamp": rfc3339(timezone.now())})
