"""Delegate actions for tests."""

import hashlib
from typing import Any

from devnet.near.borsh import Writer
from devnet.near.keys import private_key_of, signing_key
from devnet.near.transactions import write_transfer
from tests.unit.devnet.near.desk import ALICE, APP, BOB, Desk

RELAYER, SIGNER, TARGET = ALICE, BOB, APP


def delegate(desk: Desk, amount: int = 5, **changed: Any) -> bytes:
    """Borsh of a delegate action in which SIGNER pays TARGET, unless changed."""
    key = signing_key(private_key_of(SIGNER))
    body = (
        Writer()
        .text(changed.get("sender", SIGNER))
        .text(TARGET)
        .u32(1)
        .raw(write_transfer(amount))
        .u64(changed.get("nonce", 1))
        .u64(changed.get("max_height", desk.chain.head.height + 100))
        .raw(b"\0" + bytes(key.verify_key))
    )
    prefix = ((1 << 30) + 366).to_bytes(4, "little")
    signature = key.sign(hashlib.sha256(prefix + bytes(body)).digest()).signature
    if changed.get("forged"):
        signature = bytes(64)
    return bytes(Writer().u8(8).raw(bytes(body)).u8(0).raw(signature))
