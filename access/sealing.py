"""Sealing bytes at rest: AES-256-GCM under a ring of keys with ids.

The first key of `SECRET_KEYS` seals; every key of the ring opens. A key is rotated by putting a new one in front and
leaving the old one behind it until nothing is sealed by it any more.
"""

import hashlib
import os
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from access.key_rings import key_ring

NONCE_BYTES = 12
DEVELOPMENT_KEY_ID = "development"


class SealBroken(Exception):
    """The bytes, the nonce, the key or the associated data are not those that were sealed."""


@dataclass(frozen=True)
class Sealed:
    """A ciphertext with its tag, the nonce (12 bytes) and the id of the key; nothing of it is secret."""

    ciphertext: bytes
    nonce: bytes
    key_id: str


def seal(plaintext: bytes, associated: bytes) -> Sealed:
    """Encrypt and authenticate; `associated` must be given again to open."""
    key_id, key = next(iter(_keys().items()))
    nonce = os.urandom(NONCE_BYTES)
    return Sealed(AESGCM(key).encrypt(nonce, plaintext, associated), nonce, key_id)


def unseal(sealed: Sealed, associated: bytes) -> bytes:
    """The plaintext. Raises `SealBroken` when anything differs, or the key is no longer in the ring."""
    key = _keys().get(sealed.key_id)
    if key is None:
        raise SealBroken(f"the key {sealed.key_id!r} is not in SECRET_KEYS: put it back behind the first one")
    try:
        return AESGCM(key).decrypt(sealed.nonce, sealed.ciphertext, associated)
    except InvalidTag as error:
        raise SealBroken("the sealed bytes or what they belong to were changed") from error


def _keys() -> dict[str, bytes]:
    return _ring(settings.SECRET_KEYS) if settings.SECRET_KEYS else _development_ring(settings.SECRET_KEY)


@lru_cache(maxsize=4)
def _development_ring(text: str) -> dict[str, bytes]:
    return {DEVELOPMENT_KEY_ID: hashlib.sha256(b"sealing:" + text.encode()).digest()}


@lru_cache(maxsize=4)
def _ring(text: str) -> dict[str, bytes]:
    return key_ring(text, setting="SECRET_KEYS", size=32)
