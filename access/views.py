"""`POST /api/v1/token`: a short-lived JWT for a key."""

from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from access.authentication import principal_of
from access.services import token_issue

SHAPE = inline_serializer(
    "Token",
    {
        "accessToken": serializers.CharField(),
        "tokenType": serializers.CharField(),
        "expiresIn": serializers.IntegerField(help_text="seconds"),
    },
)


class TokenView(APIView):
    """A token with the caller's own scopes."""

    @extend_schema(request=None, responses=SHAPE, operation_id="token")
    def post(self, request: Request) -> Response:
        caller = principal_of(request)
        token, seconds = token_issue(subject=caller.id, scopes=caller.scopes)
        return Response({"accessToken": token, "tokenType": "Bearer", "expiresIn": seconds})
