"""JWTs (RFC 7519, HS256 under `JWT_SECRET`): an API key's scopes for a quarter of an hour, without the key."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt
from django.conf import settings

from access.errors import InvalidCredentials

ALGORITHM = "HS256"
AUDIENCE = "1balancer"
LIFE_SECONDS = 900
REQUIRED = ("exp", "iat", "sub", "aud")


@dataclass(frozen=True)
class TokenClaims:
    """What a token says: whose it is, and what he may do."""

    subject: str
    scopes: frozenset[str]


def token_issue(*, subject: str, scopes: frozenset[str], now: datetime) -> tuple[str, int]:
    """A token and its life in seconds."""
    claims: dict[str, Any] = {
        "sub": subject,
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + timedelta(seconds=LIFE_SECONDS),
        "scopes": sorted(scopes),
    }
    return jwt.encode(claims, settings.JWT_SECRET, algorithm=ALGORITHM), LIFE_SECONDS


def token_read(raw: str) -> TokenClaims:
    """The claims of a token of ours that has not expired. Raises `InvalidCredentials`."""
    try:
        claims = jwt.decode(
            raw, settings.JWT_SECRET, algorithms=[ALGORITHM], audience=AUDIENCE, options={"require": list(REQUIRED)}
        )
    except jwt.InvalidTokenError as error:
        raise InvalidCredentials("Invalid token") from error
    scopes = claims.get("scopes")
    if not isinstance(scopes, list) or not all(isinstance(scope, str) for scope in scopes):
        raise InvalidCredentials("Invalid token")
    return TokenClaims(subject=claims["sub"], scopes=frozenset(scopes))
