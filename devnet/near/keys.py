"""Keys: their text form, NEAR's `ed25519:<base58>`, signing, and the keys of the devnet's own accounts."""

import hashlib
from functools import lru_cache

import base58
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

KEY_TYPES = ("ed25519", "secp256k1")
PUBLIC_LENGTHS = (32, 64)
SIGNATURE_LENGTHS = (64, 65)
EMPTY_PUBLIC_KEY = "ed25519:" + "1" * 32


class KeyFormatError(ValueError):
    """A key or hash is not in its text form."""


@lru_cache(maxsize=4096)
def base58_text(data: bytes) -> str:
    """Base58 of a hash or key."""
    return str(base58.b58encode(data).decode())


@lru_cache(maxsize=4096)
def public_key_text(raw: bytes) -> str:
    """`ed25519:<base58>` of a borsh public key (a type byte, then the key). Raises `KeyFormatError`."""
    if not raw or raw[0] >= len(KEY_TYPES) or len(raw) != 1 + PUBLIC_LENGTHS[raw[0]]:
        raise KeyFormatError("not a public key")
    return f"{KEY_TYPES[raw[0]]}:{base58_text(raw[1:])}"


@lru_cache(maxsize=4096)
def public_key_bytes(text: str) -> bytes:
    """The borsh form of a public key's text; a key without a type is ed25519. Raises `KeyFormatError`."""
    name, _, body = text.rpartition(":")
    name = name or "ed25519"
    try:
        data = bytes(base58.b58decode(body))
        kind = KEY_TYPES.index(name)
    except ValueError as error:
        raise KeyFormatError(f"not a public key: {text}") from error
    if len(data) != PUBLIC_LENGTHS[kind]:
        raise KeyFormatError(f"invalid key length {len(data)} of {text}")
    return bytes([kind]) + data


def signature_text(raw: bytes) -> str:
    """`ed25519:<base58>` of a borsh signature."""
    return f"{KEY_TYPES[raw[0]]}:{base58_text(raw[1:])}"


def hash_bytes(text: str) -> bytes:
    """The 32 bytes of a base58 hash. Raises `KeyFormatError`."""
    try:
        data = bytes(base58.b58decode(text))
    except ValueError as error:
        raise KeyFormatError(f"not base58: {text}") from error
    if len(data) != 32:
        raise KeyFormatError(f"incorrect length for hash: {text}")
    return data


def is_valid_signature(public_key: str, message: bytes, signature: bytes) -> bool:
    """Whether `signature` (borsh form) of `message` was made with `public_key`. secp256k1 is not supported: always False."""
    raw = public_key_bytes(public_key)
    if raw[0] != 0 or signature[0] != 0:
        return False
    try:
        VerifyKey(raw[1:]).verify(message, signature[1:])
    except BadSignatureError:
        return False
    return True


def signing_key(private_key: str) -> SigningKey:
    """The signing key of an `ed25519:<base58 of 64 bytes>` private key."""
    return SigningKey(base58.b58decode(private_key.removeprefix("ed25519:"))[:32])


def private_key_of(account_id: str) -> str:
    """The devnet's private key of a genesis account: derived from its name, so worth nothing anywhere else."""
    key = SigningKey(hashlib.sha256(account_id.encode()).digest())
    return f"ed25519:{base58.b58encode(bytes(key) + bytes(key.verify_key)).decode()}"


def public_key_of(private_key: str) -> str:
    """The public key's text of a private key's text."""
    return public_key_text(b"\0" + bytes(signing_key(private_key).verify_key))
