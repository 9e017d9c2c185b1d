"""Who follows, and whether he still may. Everything here may ask the database or Redis: call it in a reading thread."""

from dataclasses import dataclass, field
from typing import Any

from access.addresses import scope_address
from access.admission import Admission, admit
from access.authentication import Principal, authenticate_credentials
from access.errors import InvalidCredentials

URL_WORDS = frozenset({"apikey", "api_key", "x-api-key", "key", "token", "access_token", "authorization"})


@dataclass(frozen=True)
class Credential:
    """What a client showed, and from where; kept in memory to ask again later."""

    raw: str = field(repr=False)
    address: str


def admission_of(credential: Credential, endpoint: str) -> tuple[Principal, Admission]:
    """The caller, counted against his limits. Raises `InvalidCredentials`, `AddressNotAllowed`, `RateLimited`."""
    admission = admit(credential.raw or None, address=credential.address, endpoint=endpoint)
    if admission.principal is None:
        raise InvalidCredentials("No authentication provided", code="not_authenticated", headers=admission.headers)
    return admission.principal, admission


def principal_still(credential: Credential) -> Principal:
    """The caller, counted nowhere. Raises `InvalidCredentials` or `AddressNotAllowed` when he may not come in any more."""
    return authenticate_credentials(credential.raw, address=credential.address)


def credential_of(scope: dict[str, Any]) -> Credential:
    """What the headers of an ASGI scope show: `X-API-Key`, or `Authorization: Bearer`; `raw` is "" for neither."""
    sent = {name.decode("latin-1").lower(): value.decode("latin-1").strip() for name, value in scope.get("headers", ())}
    scheme, _, bearer = sent.get("authorization", "").partition(" ")
    raw = sent.get("x-api-key") or (bearer.strip() if scheme.lower() == "bearer" else "")
    return Credential(raw, scope_address(scope))


def is_credential_in_url(query: bytes) -> bool:
    """Whether a query string carries what must never be in a URL."""
    names = {part.partition("=")[0].lower() for part in query.decode("latin-1").split("&") if part}
    return not names.isdisjoint(URL_WORDS)
