"""Who is calling: `Authorization: Bearer <API key or JWT>`, or `X-API-Key`; the same for the WebSocket."""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from access.errors import InvalidCredentials
from access.models import ActorKind
from access.scopes import EVERYTHING, grants
from access.services import api_key_live, api_key_verify
from access.tokens import token_read

BOOTSTRAP = "bootstrap"
KEY_OWNER = "key:"
MAX_CREDENTIAL = 4096
CHALLENGE = 'Bearer realm="1balancer"'


@dataclass(frozen=True)
class Principal:
    """An authenticated caller, as `request.user`.

    `kind` says how he came in: `api_key` (the bootstrap key too, whose `id` is "bootstrap") or `jwt`. `id` is stable,
    the same for a key and its tokens, and names the owner of what he makes.
    """

    kind: str
    id: str
    scopes: frozenset[str]
    is_authenticated: bool = True

    @property
    def pk(self) -> str:
        return self.id

    @property
    def is_bootstrap(self) -> bool:
        """Whether he holds the key of the settings, or a token made with it."""
        return self.id == BOOTSTRAP

    def has_scope(self, scope: str) -> bool:
        return grants(self.scopes, scope)


def authenticate_credentials(raw: str) -> Principal:
    """The caller that a key or token belongs to. Raises `InvalidCredentials`, which never says what was wrong with it."""
    if not raw:
        raise InvalidCredentials("No authentication provided", code="not_authenticated")
    if not raw.isascii() or len(raw) > MAX_CREDENTIAL:
        raise InvalidCredentials("Invalid API key")
    if _is_bootstrap_key(raw):
        return Principal(kind=ActorKind.API_KEY.value, id=BOOTSTRAP, scopes=frozenset({EVERYTHING}))
    if raw.count(".") == 2:  # a JWS in its compact form; no key of ours has a dot
        return _of_token(raw)
    key = api_key_verify(raw)
    if key is None:
        raise InvalidCredentials("Invalid API key")
    return Principal(kind=ActorKind.API_KEY.value, id=f"{KEY_OWNER}{key.prefix}", scopes=frozenset(key.scopes))


def _is_bootstrap_key(raw: str) -> bool:
    """Compared by digest, so that neither the content nor the length of ours shows in the time it takes."""
    expected = settings.API_KEY_SECRET.encode()
    same = hmac.compare_digest(hashlib.sha256(raw.encode()).digest(), hashlib.sha256(expected).digest())
    return bool(expected) and same


def _of_token(raw: str) -> Principal:
    """A token is worth no more than what it was made with: it ends with its key, or with the bootstrap key's setting."""
    claims = token_read(raw)
    if claims.subject.startswith(KEY_OWNER):
        stands = api_key_live(claims.subject.removeprefix(KEY_OWNER)) is not None
    else:
        stands = claims.subject == BOOTSTRAP and bool(settings.API_KEY_SECRET)
    if not stands:
        raise InvalidCredentials("Invalid token")
    return Principal(kind=ActorKind.JWT.value, id=claims.subject, scopes=claims.scopes)


def principal_of(request: Request) -> Principal:
    """The caller of an authenticated request. Raises `InvalidCredentials` where there is none."""
    caller = request.user
    if not isinstance(caller, Principal):
        raise InvalidCredentials("No authentication provided", code="not_authenticated")
    return caller


class KeyOrTokenAuthentication(BaseAuthentication):
    """DRF's face of `authenticate_credentials`."""

    def authenticate(self, request: Request) -> tuple[Principal, None] | None:
        raw = _credential(request)
        if raw is None:
            return None
        try:
            return authenticate_credentials(raw), None
        except InvalidCredentials as error:
            raise AuthenticationFailed(error.detail, code=error.code) from error

    def authenticate_header(self, request: Request) -> str:
        """RFC 6750, 3.1: the error is named only to those who sent something."""
        return CHALLENGE if not _credential(request) else f'{CHALLENGE}, error="invalid_token"'


def _credential(request: Request) -> str | None:
    """What was sent, or None when nothing was: `X-API-Key` before `Authorization: Bearer`."""
    key: str = request.headers.get("X-API-Key", "").strip()
    if key:
        return key
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else None


class KeyOrTokenScheme(OpenApiAuthenticationExtension):
    """How OpenAPI describes it."""

    target_class = "access.authentication.KeyOrTokenAuthentication"
    name = ["bearer", "apiKey"]

    def get_security_definition(self, auto_schema: Any) -> Any:
        return [
            {"type": "http", "scheme": "bearer", "description": "an API key or a JWT"},
            {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        ]
