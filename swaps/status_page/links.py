"""The link that opens a swap's status page: an unguessable token that names the session only to us.

A token is AES-SIV (RFC 5297) of the session's id and the link's number, under a key of its own. It is 128 bits of
authentication and tells nothing; it is nowhere stored, and a wrong one is refused by arithmetic that takes the same time for
every wrong token of a length, before anything is looked up. A link is withdrawn, or replaced by the next number, by a row
(`StatusLink`); all links of a key end when it is taken out of `STATUS_LINK_KEYS`.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from django.conf import settings

from access.key_rings import key_ring

KEY_BYTES = 64
NUMBER_BYTES = 4
PURPOSE = b"1balancer:status-page"
SHORTEST, LONGEST = 40, 120
"""Characters of a token. Whatever is shorter or longer is none of ours."""


@dataclass(frozen=True)
class Named:
    """What a token names."""

    session_id: str
    number: int


def token_make(session_id: str, number: int) -> str:
    """The token of a session's link of that number: always the same, base64url without padding."""
    plain = number.to_bytes(NUMBER_BYTES, "big") + session_id.encode()
    return base64.urlsafe_b64encode(_ring()[0].encrypt(plain, [PURPOSE])).rstrip(b"=").decode()


def token_read(token: str) -> Named | None:
    """What a token names; None for one that none of our keys made."""
    if not (SHORTEST <= len(token) <= LONGEST and token.isascii()):
        return None
    try:
        sealed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        return None
    found = [plain for key in _ring() if (plain := _opened(key, sealed)) is not None]
    if not found:
        return None
    return Named(found[0][NUMBER_BYTES:].decode(), int.from_bytes(found[0][:NUMBER_BYTES], "big"))


def _opened(key: AESSIV, sealed: bytes) -> bytes | None:
    try:
        return key.decrypt(sealed, [PURPOSE])
    except (InvalidTag, ValueError):
        return None


def _ring() -> tuple[AESSIV, ...]:
    return _parsed(settings.STATUS_LINK_KEYS, settings.SECRET_KEY)


@lru_cache(maxsize=4)
def _parsed(text: str, fallback: str) -> tuple[AESSIV, ...]:
    """Without a key of its own, one that follows from `DJANGO_SECRET_KEY`: links end when that changes."""
    if not text:
        return (AESSIV(hashlib.sha512(b"status-links:" + fallback.encode()).digest()),)
    return tuple(AESSIV(key) for key in key_ring(text, setting="STATUS_LINK_KEYS", size=KEY_BYTES).values())
