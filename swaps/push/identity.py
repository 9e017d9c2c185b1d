"""Who follows, and whether he still may."""

from dataclasses import dataclass

from access.authentication import Principal, authenticate_credentials
from access.errors import ApplicationError

URL_WORDS = ("apikey", "api_key", "x-api-key", "token", "access_token", "authorization", "key")


@dataclass(frozen=True)
class Credential:
    """What a client showed, and from where; kept in memory to ask again later."""

    raw: str
    address: str

    def __repr__(self) -> str:
        return f"Credential(address={self.address!r})"


def principal_of(credential: Credential) -> Principal:
    """The caller. Asks the database at most, and raises `InvalidCredentials` when he may not come in (any more)."""
    return authenticate_credentials(credential.raw)


def principals_of(credentials: list[Credential]) -> dict[Credential, Principal | str]:
    """The same for several: the caller, or the sentence with which he is refused."""
    found: dict[Credential, Principal | str] = {}
    for credential in credentials:
        try:
            found[credential] = principal_of(credential)
        except ApplicationError as error:
            found[credential] = error.detail
    return found


def raw_of_headers(headers: list[tuple[bytes, bytes]]) -> str:
    """`X-API-Key`, or what `Authorization: Bearer` carries; "" when neither is sent."""
    sent = {name.decode("latin-1").lower(): value.decode("latin-1").strip() for name, value in headers}
    if sent.get("x-api-key"):
        return sent["x-api-key"]
    scheme, _, value = sent.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else ""


def is_credential_in_url(query: bytes) -> bool:
    """Whether a query string carries what must never be in a URL."""
    names = {part.partition("=")[0].lower() for part in query.decode("latin-1").split("&") if part}
    return bool(names & set(URL_WORDS))


def address_of(client: tuple[str, int] | list[object] | None) -> str:
    """The address of an ASGI scope's client: the server's word, which knows the proxies that it trusts."""
    return str(client[0]) if client else ""
