"""`POST /api/v1/token`: a short-lived JWT for an API key."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal, NotRequired, TypedDict

from django.utils import timezone
from msgspec import Meta
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from access.authentication import Principal, principal_of
from access.checking import Checker
from access.errors import ApiKeyRequired
from access.models import ActorKind
from access.openapi import operation
from access.scopes import SCOPES
from access.tokens import LIFE_SECONDS, token_issue

EXAMPLE = {"accessToken": "eyJ…", "tokenType": "Bearer", "expiresIn": 300, "scopes": ["swaps:read"]}
SHORTEST = 30


class TokenWanted(TypedDict):
    """What the token shall be worth. Without a body: all that the key is worth, for a quarter of an hour."""

    scopes: NotRequired[
        Annotated[
            list[str],
            Meta(
                description="some of the key's scopes; without it, all of them", min_length=1, examples=[["swaps:read"]]
            ),
        ]
    ]
    expiresIn: NotRequired[Annotated[int, Meta(description="seconds", ge=SHORTEST, le=LIFE_SECONDS)]]


class Token(TypedDict):
    """A short-lived JWT with the scopes of the key that it was made for, or fewer."""

    accessToken: str
    tokenType: Literal["Bearer"]
    expiresIn: Annotated[int, Meta(description="seconds")]
    scopes: list[str]


@dataclass(frozen=True)
class Wanted:
    """A checked request for a token."""

    scopes: frozenset[str]
    seconds: int


def wanted(data: Any, caller: Principal) -> Wanted:
    """What is asked for. Raises `RequestRefused` with every fault at once."""
    checker = Checker.of(data)
    seconds = checker.integer("expiresIn", SHORTEST, LIFE_SECONDS, default=LIFE_SECONDS)
    scopes = _scopes(checker, caller)
    checker.unknown({"scopes", "expiresIn"})
    checker.raise_errors()
    return Wanted(scopes, seconds)


def _scopes(checker: Checker, caller: Principal) -> frozenset[str]:
    named = checker.body.get("scopes")
    if named is None:
        return caller.scopes
    if not (isinstance(named, list) and named and all(isinstance(scope, str) for scope in named)):
        checker.error("scopes", f"must be a list of some of {', '.join(sorted(caller.scopes))}")
        return frozenset()
    foreign = [scope[:40] for scope in named if scope not in SCOPES or not caller.has_scope(scope)]
    if foreign:
        checker.error("scopes", f"this key does not have {', '.join(foreign[:10])}")
    return frozenset(named)


class TokenView(APIView):
    """A token with scopes of the API key that is sent. A token cannot be prolonged by itself: who lost it to a thief
    waits a quarter of an hour, or revokes the key. Not kept for `Idempotency-Key`: answers are stored, tokens are not."""

    permission_classes = (IsAuthenticated,)

    @operation(
        id="token",
        tag="Access",
        summary="Get a token for an API key",
        description="A JWT with the key's scopes, or fewer, for a quarter of an hour or less. It ends with its key, is taken "
        "from the key's addresses alone, and makes no other token. The answer is not kept for `Idempotency-Key`.",
        body=TokenWanted,
        body_optional=True,
        answers={200: Token},
        problems=["api_key_required"],
        examples={"to read for five minutes": {"scopes": ["swaps:read"], "expiresIn": 300}, "all of it": {}},
        answer_examples={"token": (200, EXAMPLE)},
    )
    def post(self, request: Request) -> Response:
        caller = principal_of(request)
        if caller.kind != ActorKind.API_KEY:
            raise ApiKeyRequired("a token is issued for an API key, not for another token: send the key")
        asked = wanted(request.data, caller)
        token, seconds = token_issue(
            subject=caller.id, scopes=asked.scopes, now=timezone.now(), key=caller.key, seconds=asked.seconds
        )
        body = {
            "accessToken": token,
            "tokenType": "Bearer",
            "expiresIn": seconds,
            "scopes": sorted(asked.scopes),
        }
        return Response(body, headers={"Cache-Control": "no-store"})
