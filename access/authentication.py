"""Who is calling: whom a key or a token belongs to, and from where it may be used; the same for REST and the socket."""

import hashlib
import hmac
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from rest_framework.request import Request

from access.addresses import is_listed
from access.errors import AddressNotAllowed, InvalidCredentials
from access.models import ActorKind, ApiKey
from access.scopes import EVERYTHING, SCOPES, grants
from access.services import api_key_live, api_key_verify
from access.tokens import token_read

BOOTSTRAP = "bootstrap"
KEY_OWNER = "key:"
MAX_CREDENTIAL = 4096
CHALLENGE = 'Bearer realm="1balancer"'


@dataclass(frozen=True)
class Principal:
    """An authenticated caller, as `request.user`.

    `kind` says how he came in: `api_key` (the bootstrap key too, whose `id` is "bootstrap") or `jwt`. `id` names the owner
    of what he makes: it is the same for all his keys, one rotated to the other, and their tokens. `key` is the prefix of the
    key that he shows, or that his token was made with; "" for the bootstrap key.
    """

    kind: str
    id: str
    scopes: frozenset[str]
    is_authenticated: bool = True
    key: str = ""
    requests_per_minute: int | None = None

    @property
    def pk(self) -> str:
        return self.id

    @property
    def is_bootstrap(self) -> bool:
        """Whether he holds the key of the settings, or a token made with it."""
        return self.id == BOOTSTRAP

    def has_scope(self, scope: str) -> bool:
        return grants(self.scopes, scope)


def authenticate_credentials(raw: str, *, address: str | None = None) -> Principal:
    """The caller that a key or token belongs to, from this address. Nothing is counted here: see `access.admission.admit`.

    Raises `InvalidCredentials`, which never says what was wrong with it, and `AddressNotAllowed`, which only the holder of
    a good key sees. A key with a list of addresses is refused where the address is not known.
    """
    if not raw:
        raise InvalidCredentials("No authentication provided", code="not_authenticated")
    if not raw.isascii() or len(raw) > MAX_CREDENTIAL:
        raise InvalidCredentials("Invalid API key")
    if _is_bootstrap_key(raw):
        return Principal(kind=ActorKind.API_KEY.value, id=BOOTSTRAP, scopes=frozenset({EVERYTHING}))
    if raw.count(".") == 2:  # a JWS in its compact form; no key of ours has a dot
        return _of_token(raw, address)
    key = api_key_verify(raw)
    if key is None:
        raise InvalidCredentials("Invalid API key")
    return _of_key(key, address, ActorKind.API_KEY, frozenset(key.scopes))


def _is_bootstrap_key(raw: str) -> bool:
    """Compared by digest, so that neither the content nor the length of ours shows in the time it takes."""
    expected = settings.API_KEY_SECRET
    same = hmac.compare_digest(hashlib.sha256(raw.encode()).digest(), _digest(expected))
    return bool(expected) and same


@lru_cache(maxsize=2)
def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _of_token(raw: str, address: str | None) -> Principal:
    """A token is worth no more than what it was made with: it ends with its key, and is taken from the key's addresses
    alone; one of the bootstrap key ends with the setting."""
    claims = token_read(raw)
    if claims.subject == BOOTSTRAP and settings.API_KEY_SECRET:
        return Principal(kind=ActorKind.JWT.value, id=BOOTSTRAP, scopes=claims.scopes)
    owner = claims.subject.removeprefix(KEY_OWNER)
    key = api_key_live(claims.key or owner) if claims.subject.startswith(KEY_OWNER) else None
    if key is None or key.owner != owner:
        raise InvalidCredentials("Invalid token")
    return _of_key(key, address, ActorKind.JWT, claims.scopes & _grantable(key))


def _grantable(key: ApiKey) -> frozenset[str]:
    """What a token of this key may carry."""
    return frozenset(SCOPES) if EVERYTHING in key.scopes else frozenset(key.scopes)


def _of_key(key: ApiKey, address: str | None, kind: ActorKind, scopes: frozenset[str]) -> Principal:
    owner = f"{KEY_OWNER}{key.owner}"
    if key.allowed_addresses and not is_listed(address or "", key.allowed_addresses):
        raise AddressNotAllowed(
            f"this key may not be used from {address or 'an address that is not known'}: it has a list of addresses",
            principal=owner,
        )
    return Principal(
        kind=kind.value, id=owner, scopes=scopes, key=key.prefix, requests_per_minute=key.requests_per_minute
    )


def principal_of(request: Request) -> Principal:
    """The caller of an authenticated request. Raises `InvalidCredentials` where there is none."""
    caller = request.user
    if not isinstance(caller, Principal):
        raise InvalidCredentials("No authentication provided", code="not_authenticated")
    return caller
