"""The text of an API key: `1b_<prefix>_<random>`. The prefix finds it and may be shown; the random part proves it."""

import base64
import hashlib
import re

PREFIX_BYTES = 6
RANDOM_BYTES = 32
SHAPE = re.compile(r"1b_(?P<prefix>[0-9a-f]{12})_[A-Za-z0-9_-]{43}")


def key_text(entropy: bytes) -> str:
    """The text of a key made of 38 random bytes: 6 for the prefix, 32 for the proof."""
    if len(entropy) != PREFIX_BYTES + RANDOM_BYTES:
        raise ValueError(f"a key is made of {PREFIX_BYTES + RANDOM_BYTES} random bytes, not of {len(entropy)}")
    proof = base64.urlsafe_b64encode(entropy[PREFIX_BYTES:]).rstrip(b"=").decode()
    return f"1b_{entropy[:PREFIX_BYTES].hex()}_{proof}"


def key_prefix(plain: str) -> str | None:
    """The prefix, or None when the text does not have the shape of a key."""
    found = SHAPE.fullmatch(plain)
    return found["prefix"] if found else None


def key_hash(plain: str) -> str:
    """SHA-256 as 64 hex digits. The proof has 256 random bits, so a slow hash would add nothing but time."""
    return hashlib.sha256(plain.encode()).hexdigest()
