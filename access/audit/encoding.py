"""What is hashed: every field of an audit row, in an encoding that has one reading.

Each field is a netstring (D. J. Bernstein, https://cr.yp.to/proto/netstrings.txt): the length of its UTF-8 bytes in decimal,
`:`, the bytes, `,`. The row is the netstrings of `FIELDS` in their order, and its hash the SHA-256 of that, in hexadecimal.
Times are whole microseconds since 1970; `detail` is PostgreSQL's text of the JSONB value. So anybody can compute it from a
plain export of the table: no part of ours is needed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

VERSION = "1balancer-audit-1"
FIELDS = (
    "version", "seq", "previous", "linked_at", "id", "at", "actor_kind", "actor_id", "action", "target", "outcome", "address",
    "detail", "request_id",
)  # fmt: skip
CONTENT_SQL = (
    "id, (extract(epoch FROM at) * 1000000)::bigint, actor_kind, actor_id, action, target, outcome, address, detail::text,"
    " request_id"
)
"""What a row says, as SQL reads it for hashing: `FIELDS` from `id` on."""


@dataclass(frozen=True)
class Head:
    """A place in the chain: the row's position, from 1, and its hash. Written `7:ab12…`."""

    seq: int
    hash: str

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash}"


GENESIS = Head(0, "0" * 64)
"""What the first row names as its predecessor."""


def head_read(text: str) -> Head:
    """`7:ab12…` as it is printed and logged. Raises `ValueError` with a sentence."""
    seq, _, digest = text.strip().partition(":")
    if not seq.isdecimal() or len(digest) != 64 or set(digest) - set("0123456789abcdef"):
        raise ValueError(f"{text.strip()[:90]!r} is no head: write position:hash, as `manage.py audit_head` prints it")
    return Head(int(seq), digest)


def row_hash(previous: Head, linked_at_us: int, content: Sequence[Any]) -> str:
    """The hash of the row that follows `previous`; `content` as `CONTENT_SQL` reads it."""
    encoded = bytearray()
    for value in (VERSION, previous.seq + 1, previous.hash, linked_at_us, *content):
        text = str(value).encode()
        encoded += b"%d:%b," % (len(text), text)
    return sha256(encoded).hexdigest()


def chained(head: Head, linked_at_us: int, contents: Sequence[Sequence[Any]]) -> Iterator[tuple[int, Head, Head]]:
    """Rows put behind `head` in their order: id, predecessor, own place."""
    for content in contents:
        own = Head(head.seq + 1, row_hash(head, linked_at_us, content))
        yield content[0], head, own
        head = own
