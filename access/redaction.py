"""What proves something is taken out of all that we tell about ourselves: logs, traces, error reports. By the name of a
field, at any depth; and by its look, wherever text stands: keys, tokens, credentials in URLs, 32 bytes in any writing.

A hash of a transaction looks like a secret. In a field that is known to hold hashes it stays; in free text it goes.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from access.masking import LONG_HEX, MASK

REDACTED = "[redacted]"
SECRET_WORDS = (
    "secret", "private_key", "privatekey", "api_key", "apikey", "api-key", "authorization", "password", "passphrase", "raw",
    "mnemonic", "cookie", "credential", "dsn",
)  # fmt: skip
HASHES = frozenset(
    {"tx", "hash", "hashlock", "lock", "lockid", "head", "block", "replaces", "order", "quote", "parent", "account"}
)
DEEPEST = 12
"""Deeper than that nothing is shown."""
_SEEN = "[deeper than is shown]"

_PLAIN_SCHEMES = r"https?|wss?|postgres(?:ql)?|rediss?|unix|file|urn"
# Each rule: what a text must contain to be worth a search, what is searched, what stands there afterwards.
RULES: tuple[tuple[str, re.Pattern[str], str], ...] = (
    # apprise's URLs of chats and mailboxes are credentials from beginning to end
    ("://", re.compile(rf"\b(?!(?:{_PLAIN_SCHEMES})://)([A-Za-z][A-Za-z0-9+.-]{{1,20}}://)[^\s\"'<>]+"), rf"\1{REDACTED}"),
    ("@", re.compile(r"(://)[^/\s\"'<>@]*:?[^/\s\"'<>@]*@"), rf"\1{REDACTED}@"),
    # a segment of a provider's URL that is a key: long, no id of ours
    (
        "://",
        re.compile(r"((?:https?|wss?)://[^\s\"'<>?#]*?/)(?!sess_|we_|msg_)(?=[A-Za-z_-]*[0-9])[A-Za-z0-9_-]{20,}(?=[/?#\s\"'<>)\],;]|$)"),
        rf"\1{REDACTED}",
    ),
    (
        "=",
        re.compile(
            r"([?&;][A-Za-z0-9_.-]*(?:key|token|secret|passw|pwd|signature|auth|credential)[A-Za-z0-9_.-]*=)"
            r"[^&;\s\"'<>]+",
            re.IGNORECASE,
        ),
        rf"\1{REDACTED}",
    ),
    ("/swap/", re.compile(r"(/swap/)[A-Za-z0-9_-]{16,}"), r"\1[link]"),
    ("eyJ", re.compile(r"eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*)?"), REDACTED),
    ("1b_", re.compile(r"(1b_[0-9a-f]{4,12}_)[A-Za-z0-9_-]{8,}"), rf"\1{REDACTED}"),
    ("whsec_", re.compile(r"whsec_[A-Za-z0-9+/=_-]+"), REDACTED),
    (":", re.compile(r"\b((?:ed25519|secp256k1):)[1-9A-HJ-NP-Za-km-z]{80,}"), rf"\1{REDACTED}"),
    ("", re.compile(r"\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE), rf"\1 {REDACTED}"),
    # PostgreSQL tells the rows that it refuses
    ("Key (", re.compile(r"(Key \([^)]*\)=)\([^)]*\)"), rf"\1({REDACTED})"),
    ("Failing row", re.compile(r"(Failing row contains )\(.*"), rf"\1({REDACTED})"),
    # 32 bytes in base64, as a list of numbers, as Python writes bytes
    ("", re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{43}(?:=|(?![A-Za-z0-9+/_=-]))"), "[base64]"),
    (",", re.compile(r"(?:\b\d{1,3}\s*,\s*){15,}\d{1,3}\b"), "[bytes]"),
    ("b'", re.compile(r"b'(?:[^'\\]|\\.){8,}'"), "[bytes]"),
    ('b"', re.compile(r'b"(?:[^"\\]|\\.){8,}"'), "[bytes]"),
    # a value that a text names: password=…, "apiKey": "…"
    (
        "",
        re.compile(
            r"(?i)(\b[\w-]*(?:secret|private_?key|api[_-]?key|passw(?:or)?d|passphrase|mnemonic)[\w-]*[\"']?\s*[:=]\s*[\"']?)(?!\[)[^\s\"',;&)}\]]+"
        ),
        rf"\1{REDACTED}",
    ),
)  # fmt: skip


SUSPECT = re.compile(
    r"""Failing row|://|[@=]|/swap/|eyJ|1b_|whsec_|25519:|256k1:|(?i:bearer|basic|secret|key|passw|passphrase|mnemonic)|b['"]|\d,\s*\d|"""
    r"""[A-Za-z0-9+/_-]{43}"""
)
"""Without one of these in it a text passes every rule: most do, and are searched once."""
SHORTEST = 8


def scrubbed(text: str, *, hashes: bool = False) -> str:
    """The text without what proves something. `hashes`: long hexadecimal numbers may stay."""
    if len(text) < SHORTEST or not SUSPECT.search(text):
        return text
    for needed, pattern, instead in RULES:
        if needed in text:
            text = pattern.sub(instead, text)
    return text if hashes else LONG_HEX.sub(MASK, text)


def redacted(value: Any, *, name: str = "", depth: int = 0) -> Any:
    """A value that may be told: the same shape, without what its fields' names or its looks give away. Whatever is neither
    text, number nor container is told by its own words, scrubbed."""
    if name and is_secret(name):
        return REDACTED
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return scrubbed(str(value), hashes=holds_hashes(name))
    if isinstance(value, bytes | bytearray | memoryview):
        return "[bytes]"
    if depth >= DEEPEST:
        return _SEEN
    if isinstance(value, Mapping):
        return {_key(key): redacted(one, name=str(key), depth=depth + 1) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return "[bytes]" if _is_bytes(value) else [redacted(one, name=name, depth=depth + 1) for one in value]
    return scrubbed(_words(value))


def _words(value: Any) -> str:
    try:
        return str(value)
    except Exception as error:
        return f"[{type(value).__name__}: {type(error).__name__}]"


def _key(key: Any) -> str:
    return key if isinstance(key, str) and len(key) < 16 else scrubbed(str(key))


def _is_bytes(values: Any) -> bool:
    """Whether it may be 16 bytes or more, written as numbers."""
    return len(values) >= 16 and all(type(one) is int and 0 <= one < 256 for one in values)


@lru_cache(maxsize=4096)
def is_secret(name: str) -> bool:
    """Whether a field's name says that its value must not be told."""
    return any(word in name.lower() for word in SECRET_WORDS)


@lru_cache(maxsize=4096)
def holds_hashes(name: str) -> bool:
    """Whether a field's name says that it holds hashes of chains, which everybody may know."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return words.replace("_", "") in HASHES or words.rsplit("_", 1)[-1] in HASHES
