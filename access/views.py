"""`POST /api/v1/token`: a short-lived JWT for an API key."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from access.authentication import principal_of
from access.errors import ApiKeyRequired
from access.models import ActorKind
from access.tokens import token_issue

SHAPE = inline_serializer(
    "Token",
    {
        "accessToken": serializers.CharField(),
        "tokenType": serializers.ChoiceField(choices=["Bearer"]),
        "expiresIn": serializers.IntegerField(help_text="seconds"),
        "scopes": serializers.ListField(child=serializers.CharField()),
    },
)


class TokenView(APIView):
    """A token with the scopes of the API key that is sent. A token cannot be prolonged by itself: who lost it to a thief
    waits a quarter of an hour, or revokes the key. Not kept for `Idempotency-Key`: answers are stored, tokens are not."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(request=None, responses=SHAPE, operation_id="token")
    def post(self, request: Request) -> Response:
        caller = principal_of(request)
        if caller.kind != ActorKind.API_KEY:
            raise ApiKeyRequired("a token is issued for an API key, not for another token: send the key")
        token, seconds = token_issue(subject=caller.id, scopes=caller.scopes, now=timezone.now())
        body = {
            "accessToken": token,
            "tokenType": "Bearer",
            "expiresIn": seconds,
            "scopes": sorted(caller.scopes),
        }
        return Response(body, headers={"Cache-Control": "no-store"})
