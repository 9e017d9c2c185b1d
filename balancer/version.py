"""`GET /api/v1/version`."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from swaps.documents import rfc3339

VERSION = "1.0.0"
SHAPE = inline_serializer(
    "Version",
    {"version": serializers.CharField(), "service": serializers.CharField(), "timestamp": serializers.DateTimeField()},
)


class VersionView(APIView):
    """Which service this is."""

    @extend_schema(responses=SHAPE, operation_id="version")
    def get(self, request: Request) -> Response:
        return Response({"version": VERSION, "service": "orchestrator", "timestamp": rfc3339(timezone.now())})
