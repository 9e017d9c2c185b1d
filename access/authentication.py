"""Who is calling: `Authorization: Bearer <API key or JWT>`, or `X-API-Key`; the same for the WebSocket."""

import hmac
from dataclasses import dataclass
from typing import Any

import jwt
from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from access.errors import InvalidCredentials
from access.services import api_key_verify

EVERYTHING = "*"
BOOTSTRAP = "bootstrap"
ALGORITHM = "HS256"
AUDIENCE = "1balancer"


@dataclass(frozen=True)
class Principal:
    """An authenticated caller. `id` is stable and names the owner of what he makes."""

    kind: str
    id: str
    scopes: frozenset[str]
    is_authenticated: bool = True

    @property
    def pk(self) -> str:
        return self.id

    def has_scope(self, scope: str) -> bool:
        return EVERYTHING in self.scopes or scope in self.scopes


def authenticate_credentials(raw: str) -> Principal:
    """The caller that a key or token belongs to. Raises `InvalidCredentials`, which never says what was wrong with it."""
    if not raw:
        raise InvalidCredentials("No authentication provided", code="not_authenticated")
    bootstrap = settings.API_KEY_SECRET
    if bootstrap and hmac.compare_digest(raw.encode(), bootstrap.encode()):
        return Principal(kind="api_key", id=BOOTSTRAP, scopes=frozenset({EVERYTHING}))
    if raw.count(".") == 2:
        return _of_token(raw)
    key = api_key_verify(raw)
    if key is None:
        raise InvalidCredentials("Invalid API key")
    return Principal(kind="api_key", id=f"key:{key.prefix}", scopes=frozenset(key.scopes))


def _of_token(raw: str) -> Principal:
    try:
        claims = jwt.decode(
            raw,
            settings.JWT_SECRET,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            options={"require": ["exp", "sub", "aud"]},
        )
    except jwt.InvalidTokenError as error:
        raise InvalidCredentials("Invalid token") from error
    return Principal(kind="jwt", id=str(claims["sub"]), scopes=frozenset(claims.get("scopes", ())))


def principal_of(request: Request) -> Principal:
    """The caller of an authenticated request."""
    caller = request.user
    if not isinstance(caller, Principal):
        raise InvalidCredentials("No authentication provided", code="not_authenticated")
    return caller


class KeyOrTokenAuthentication(BaseAuthentication):
    """DRF's face of `authenticate_credentials`."""

    def authenticate(self, request: Request) -> tuple[Principal, None] | None:
        raw = request.headers.get("X-API-Key", "")
        if not raw:
            kind, _, value = request.headers.get("Authorization", "").partition(" ")
            if kind.lower() != "bearer":
                return None
            raw = value.strip()
        try:
            return authenticate_credentials(raw), None
        except InvalidCredentials as error:
            raise AuthenticationFailed(error.detail) from error

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="1balancer"'


class KeyOrTokenScheme(OpenApiAuthenticationExtension):
    """How OpenAPI describes it."""

    target_class = "access.authentication.KeyOrTokenAuthentication"
    name = ["bearer", "apiKey"]

    def get_security_definition(self, auto_schema: Any) -> Any:
        return [
            {"type": "http", "scheme": "bearer", "description": "an API key or a JWT"},
            {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        ]
