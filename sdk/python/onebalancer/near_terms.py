"""The id of a lock in the NEAR HTLC, which follows from its terms."""

import hashlib
from typing import Literal, TypedDict


class Lock(TypedDict):
    """A lock as the HTLC's `get_lock` tells it: `token` null for NEAR itself, `timelock` unix seconds, the rest as text."""

    id: str
    sender: str
    receiver: str
    token: str | None
    amount: str
    hashlock: str
    timelock: int
    salt: str
    state: Literal["locked", "claimed", "refunded"]


def lock_id(lock: Lock) -> str:
    """sha256 of the terms in borsh: 64 hexadecimal digits."""
    token = b"\0" if lock["token"] is None else b"\1" + borsh_text(lock["token"])
    encoded = (
        borsh_text(lock["sender"])
        + borsh_text(lock["receiver"])
        + token
        + int(lock["amount"]).to_bytes(16, "little")
        + bytes.fromhex(lock["hashlock"])
        + int(lock["timelock"]).to_bytes(8, "little")
        + bytes.fromhex(lock["salt"])
    )
    return hashlib.sha256(encoded).hexdigest()


def borsh_text(value: str) -> bytes:
    """A string in borsh."""
    raw = value.encode()
    return len(raw).to_bytes(4, "little") + raw
