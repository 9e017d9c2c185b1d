"""Signing documents that we hand out: Ed25519 (RFC 8032) over canonical JSON, by the first key of a ring with ids.

**Canonical JSON** is RFC 8785 (JCS) of documents without fractions: members sorted, no white space, UTF-8. Whoever checks
needs no library for it: Python's `json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)` is it, as
long as every name is ASCII and every number a whole one within 2^53, which `canonical` makes sure of.
"""

import hashlib
import json
import re
from functools import lru_cache
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from access.key_rings import key_ring

ALGORITHM = "Ed25519"
DEVELOPMENT_KEY_ID = "development"
LARGEST = 2**53 - 1
SIGNATURE = "signature"
_LARGE_NUMBER = re.compile(rb"[:\[,]-?\d{16}")
_written = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, check_circular=False).encode


def canonical(document: Any) -> bytes:
    """The bytes that are signed. Raises `ValueError` for what has more than one canonical form in practice."""
    written = _quickly(document)
    if written is None:
        _must_be_plain(document)
        written = _written(document).encode()
    return written


def _no_fraction(text: str) -> Any:
    raise ValueError(f"{text} has a fraction")


_encoder = msgspec.json.Encoder(order="sorted")
_decoder = msgspec.json.Decoder(float_hook=_no_fraction)


def _quickly(document: Any) -> bytes | None:
    """By msgspec, where that is sure to be the canonical form: no name or text beyond ASCII, no number that is large or has a
    fraction, nothing that is not read again as it was. None where it is not sure: each quote is signed, and is."""
    try:
        written = _encoder.encode(document)
        sure = (
            type(document) is dict
            and written.isascii()
            and not _LARGE_NUMBER.search(written)
            and _decoder.decode(written) == document
        )
    except (TypeError, ValueError, OverflowError):
        return None
    return written if sure else None


def document_sign(document: dict[str, Any]) -> dict[str, Any]:
    """The document with a `signature` member over all the others: {algorithm, keyId, publicKey, value}, hex without 0x."""
    key_id, key = next(iter(_ring().items()))
    value = key.sign(canonical(document)).hex()
    signature = {"algorithm": ALGORITHM, "keyId": key_id, "publicKey": _public(key), "value": value}
    return {**document, SIGNATURE: signature}


def document_faults(document: dict[str, Any]) -> str:
    """Why a document is not one that `document_sign` made, in words; empty when it is, by any key of the ring."""
    signature = document.get(SIGNATURE)
    if not isinstance(signature, dict) or signature.get("algorithm") != ALGORITHM:
        return "it bears no signature of ours"
    key = _ring().get(str(signature.get("keyId")))
    if key is None:
        return "its key is none of ours"
    signed = {name: value for name, value in document.items() if name != SIGNATURE}
    try:
        key.public_key().verify(bytes.fromhex(str(signature.get("value"))), canonical(signed))
    except (InvalidSignature, ValueError):
        return "it is not what was signed"
    return ""


def public_keys() -> list[dict[str, Any]]:
    """Every key whose signatures are ours; `current` is the one that signs now."""
    return [
        {"algorithm": ALGORITHM, "keyId": key_id, "publicKey": _public(key), "current": place == 0}
        for place, (key_id, key) in enumerate(_ring().items())
    ]


def _must_be_plain(document: Any) -> None:
    """Text, of which a document mostly is, is passed by at once."""
    rest = [document]
    for value in rest:  # it grows by what is found in it
        if isinstance(value, dict):
            _must_be_names(value)
            rest += [member for member in value.values() if type(member) is not str]
        elif isinstance(value, list | tuple):
            rest += [member for member in value if type(member) is not str]
        elif isinstance(value, int):
            if abs(value) > LARGEST:
                raise ValueError(f"{value} must be written as text: JSON numbers are exact up to 2^53 only")
        elif not (value is None or isinstance(value, str)):
            raise ValueError(f"{value!r} cannot be signed: only text, whole numbers, true, false and null can")


def _must_be_names(found: dict[Any, Any]) -> None:
    try:
        ascii_text = "".join(found).isascii()
    except TypeError:
        ascii_text = False
    if not ascii_text:
        raise ValueError(f"each of the names {', '.join(map(repr, found))} must be ASCII text")


@lru_cache(maxsize=64)
def _public(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes_raw().hex()


def _ring() -> dict[str, Ed25519PrivateKey]:
    return _parsed(settings.RECEIPT_SIGNING_KEY, settings.SECRET_KEY)


@lru_cache(maxsize=4)
def _parsed(text: str, fallback: str) -> dict[str, Ed25519PrivateKey]:
    """Without a key of its own, one that follows from `DJANGO_SECRET_KEY`: it changes with it."""
    if not text:
        seed = hashlib.sha256(b"receipts:" + fallback.encode()).digest()
        return {DEVELOPMENT_KEY_ID: Ed25519PrivateKey.from_private_bytes(seed)}
    ring = key_ring(text, setting="RECEIPT_SIGNING_KEY", size=32)
    return {key_id: Ed25519PrivateKey.from_private_bytes(seed) for key_id, seed in ring.items()}
