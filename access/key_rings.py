"""Rings of keys in settings: `id:key,id:key`, each key in base64. The first one is for what is new; the others still open."""

import base64
import binascii

from django.core.exceptions import ImproperlyConfigured


def key_ring(text: str, *, setting: str, size: int) -> dict[str, bytes]:
    """The keys by their ids, in order; each has `size` bytes. Raises `ImproperlyConfigured`, which names the setting and shows no
    key."""
    ring: dict[str, bytes] = {}
    for item in text.split(","):
        key_id, _, encoded = item.strip().partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            key = b""
        if not key_id or len(key) != size or key_id in ring:
            raise ImproperlyConfigured(f"{setting}: each item is id:key, each id once, each key {size} bytes in base64")
        ring[key_id] = key
    return ring
