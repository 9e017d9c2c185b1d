"""Signed transactions: reading, hashing, and writing them for the devnet's own client."""

import hashlib
from dataclasses import dataclass, field
from functools import partial

from devnet.near.actions import Action, read_action, read_public_key, read_signature
from devnet.near.borsh import Reader, Writer
from devnet.near.keys import base58_text, public_key_bytes, signing_key


@dataclass(frozen=True, slots=True)
class SignedTransaction:
    """One transaction. `hash` is base58 of sha256 over the borsh form without the signature, which is what was signed."""

    signer_id: str
    public_key: str
    nonce: int
    receiver_id: str
    block_hash: str
    actions: tuple[Action, ...]
    signature: bytes
    digest: bytes
    size: int = field(compare=False)

    @property
    def hash(self) -> str:
        return base58_text(self.digest)


def read_signed_transaction(data: bytes) -> SignedTransaction:
    """Decode a borsh `SignedTransaction` (version 0). Raises `BorshError`."""
    reader = Reader(data)
    signer_id = reader.text()
    public_key = read_public_key(reader)
    nonce = reader.u64()
    receiver_id = reader.text()
    block_hash = base58_text(reader.take(32))
    actions = tuple(reader.sequence(partial(read_action, reader)))
    digest = hashlib.sha256(data[: reader.offset]).digest()
    signature = read_signature(reader)
    reader.finish()
    return SignedTransaction(
        signer_id, public_key, nonce, receiver_id, block_hash, actions, signature, digest, len(data)
    )


def write_signed_transaction(
    signer_id: str, private_key: str, nonce: int, receiver_id: str, block_hash: bytes, actions: list[bytes]
) -> bytes:
    """Sign and encode a transaction of ready-made borsh actions."""
    key = signing_key(private_key)
    writer = Writer().text(signer_id).raw(b"\0" + bytes(key.verify_key)).u64(nonce).text(receiver_id)
    writer.raw(block_hash).u32(len(actions))
    for action in actions:
        writer.raw(action)
    body = bytes(writer)
    return body + b"\0" + bytes(key.sign(hashlib.sha256(body).digest()).signature)


def write_function_call(method: str, args: bytes, gas: int, deposit: int) -> bytes:
    """Borsh of a function call action."""
    return bytes(Writer().u8(2).text(method).blob(args).u64(gas).u128(deposit))


def write_deploy_contract(code: bytes) -> bytes:
    """Borsh of a deployment action."""
    return bytes(Writer().u8(1).blob(code))


def write_transfer(deposit: int) -> bytes:
    """Borsh of a transfer action."""
    return bytes(Writer().u8(3).u128(deposit))


def write_add_full_access_key(public_key: str) -> bytes:
    """Borsh of an action that adds a full-access key."""
    return bytes(Writer().u8(5).raw(public_key_bytes(public_key)).u64(0).u8(1))
