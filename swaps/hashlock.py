"""Secrets and hashlocks: pure. A secret is exactly 32 bytes on every chain."""

import hashlib
import hmac

from eth_hash.auto import keccak

SECRET_BYTES = 32
HASH_FUNCTIONS = {"sha256": lambda data: hashlib.sha256(data).digest(), "keccak256": keccak}


class NotASecret(ValueError):
    """Not 32 bytes, or not hex."""


def parse_secret(text: str) -> bytes:
    """32 bytes from 64 hex characters, with or without 0x. Raises `NotASecret`."""
    digits = text[2:] if text[:2] in ("0x", "0X") else text
    if len(digits) != 2 * SECRET_BYTES or not all(c in "0123456789abcdefABCDEF" for c in digits):
        raise NotASecret("a secret is 32 bytes: 64 hexadecimal characters, with or without 0x")
    return bytes.fromhex(digits)


def hashlock_of(secret: bytes, hash_function: str) -> bytes:
    """The 32-byte hashlock of a 32-byte secret. Raises `NotASecret` for any other length."""
    if len(secret) != SECRET_BYTES:
        raise NotASecret(f"a secret is {SECRET_BYTES} bytes, and this is {len(secret)}")
    digest: bytes = HASH_FUNCTIONS[hash_function](secret)
    return digest


def opens(secret: bytes, hashlock: bytes, hash_function: str) -> bool:
    """Whether the secret belongs to the hashlock, in constant time."""
    return hmac.compare_digest(hashlock_of(secret, hash_function), hashlock)
