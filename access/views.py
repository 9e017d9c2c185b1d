"""`POST /api/v1/token`: a short-lived JWT for an API key."""
# ruff: noqa: N815  (the names are JSON's)

from typing import Annotated, Literal, TypedDict

from django.utils import timezone
from msgspec import Meta
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from access.authentication import principal_of
from access.errors import ApiKeyRequired
from access.models import ActorKind
from access.openapi import operation
from access.tokens import token_issue

EXAMPLE = {"accessToken": "eyJ…", "tokenType": "Bearer", "expiresIn": 900, "scopes": ["swaps:read"]}


class Token(TypedDict):
    """A short-lived JWT with the scopes of the key that it was made for."""

    accessToken: str
    tokenType: Literal["Bearer"]
    expiresIn: Annotated[int, Meta(description="seconds")]
    scopes: list[str]


class TokenView(APIView):
    """A token with the scopes of the API key that is sent. A token cannot be prolonged by itself: who lost it to a thief
    waits a quarter of an hour, or revokes the key. Not kept for `Idempotency-Key`: answers are stored, tokens are not."""

    permission_classes = (IsAuthenticated,)

    @operation(
        id="token",
        tag="Access",
        summary="Get a token for an API key",
        description="A JWT with the key's scopes for a quarter of an hour. A token makes no other token. The answer is not kept "
        "for `Idempotency-Key`.",
        answers={200: Token},
        problems=["api_key_required"],
        answer_examples={"token": (200, EXAMPLE)},
    )
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
