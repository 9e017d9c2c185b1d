"""A quote's id: it tells when it was given, and that we gave it.

A quote is written a moment after it was told (docs/adr/0009). So whoever comes with one that is not there yet is made to wait
for it; but only for one that will come: who could make up ids that are waited for could keep all threads of a process waiting.
"""

import base64
import secrets
import time
from functools import lru_cache
from hashlib import blake2s, sha256

from django.conf import settings

PREFIX = "quote_"
TIME_BYTES = 6  # milliseconds since 1970
RANDOM_BYTES = 5
PROOF_BYTES = 4
NEW_MS = 2_000


def new_quote_id() -> str:
    """`quote_` and 24 characters: the time, 40 random bits and a proof of 32 bits, in lower-case base32."""
    told_ms = time.time_ns() // 10**6
    written = told_ms.to_bytes(TIME_BYTES, "big") + secrets.token_bytes(RANDOM_BYTES)
    return PREFIX + base64.b32encode(written + _proof(written)).decode().lower()


def is_new(quote_id: str) -> bool:
    """Whether it is one of ours, and hardly older than a moment."""
    try:
        read = base64.b32decode(quote_id.removeprefix(PREFIX).upper())
    except ValueError:
        return False
    written, proof = read[:-PROOF_BYTES], read[-PROOF_BYTES:]
    if len(written) != TIME_BYTES + RANDOM_BYTES or not secrets.compare_digest(proof, _proof(written)):
        return False
    told_ms = int.from_bytes(written[:TIME_BYTES], "big")
    return abs(time.time_ns() // 10**6 - told_ms) <= NEW_MS


def _proof(written: bytes) -> bytes:
    return blake2s(written, key=_key(settings.SECRET_KEY), digest_size=PROOF_BYTES).digest()


@lru_cache(maxsize=4)
def _key(secret: str) -> bytes:
    return sha256(b"quote ids:" + secret.encode()).digest()
