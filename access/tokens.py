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
    key: str


def token_issue(
    *, subject: str, scopes: frozenset[str], now: datetime, key: str = "", seconds: int = LIFE_SECONDS
) -> tuple[str, int]:
    """A token and its life in seconds. `key` is the prefix of the key that it is made with, and ends with; "" for the
    bootstrap key. Raises `ValueError` for a life that is none."""
    if not 1 <= seconds <= LIFE_SECONDS:
        raise ValueError(f"a token lives 1 to {LIFE_SECONDS} seconds, not {seconds}")
    claims: dict[str, Any] = {
        "sub": subject,
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + timedelta(seconds=seconds),
        "scopes": sorted(scopes),
        "key": key,
    }
    return jwt.encode(claims, settings.JWT_SECRET, algorithm=ALGORITHM), seconds


def token_read(raw: str) -> TokenClaims:
    """The claims of a token of ours that has not expired. Raises `InvalidCredentials`."""
    try:
        claims = jwt.decode(
            raw, settings.JWT_SECRET, algorithms=[ALGORITHM], audience=AUDIENCE, options={"require": list(REQUIRED)}
        )
    except jwt.InvalidTokenError as error:
        raise InvalidCredentials("Invalid token") from error
    scopes, key = claims.get("scopes"), claims.get("key", "")
    if not isinstance(scopes, list) or not all(isinstance(word, str) for word in (*scopes, key)):
        raise InvalidCredentials("Invalid token")
    return TokenClaims(subject=claims["sub"], scopes=frozenset(scopes), key=key)
