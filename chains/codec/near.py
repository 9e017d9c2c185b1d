"""The HTLC on NEAR: how a lock's id derives from its terms, and its state record, from which events are read.

The record is the contract's storage: key `l` and the 32 bytes of the id, value in borsh. Reading the differences of
state rather than logs needs one request a block and cannot miss a lock that is made and settled between two looks.
"""

import base64
import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256
from typing import Any

from chains.codec.abi import bytes32
from chains.codec.borsh import Reader, option_string, string, u8, u64, u128
from chains.errors import CodecError
from chains.events import JSON, NANOSECONDS, EventKind, ObservedEvent

RECORD_KEY = b"l"
RECORD_VERSION = 1
_KEY_SIZE = len(RECORD_KEY) + 32


class State(IntEnum):
    """Whose the lock's amount is."""

    LOCKED = 0
    CLAIMED = 1
    REFUNDED = 2


class Payout(IntEnum):
    """How far the payment to its owner has come."""

    NONE = 0
    PAYING = 1
    PAID = 2
    FAILED = 3


_KINDS: dict[tuple[State, Payout], EventKind] = {
    (State.LOCKED, Payout.NONE): EventKind.LOCK_CREATED,
    (State.CLAIMED, Payout.PAYING): EventKind.LOCK_CLAIMED,
    (State.CLAIMED, Payout.PAID): EventKind.PAYOUT_SUCCEEDED,
    (State.CLAIMED, Payout.FAILED): EventKind.PAYOUT_FAILED,
    (State.REFUNDED, Payout.PAYING): EventKind.LOCK_REFUNDED,
    (State.REFUNDED, Payout.PAID): EventKind.PAYOUT_SUCCEEDED,
    (State.REFUNDED, Payout.FAILED): EventKind.PAYOUT_FAILED,
}


def lock_id(
    *, sender: str, receiver: str, token: str | None, amount: int, hashlock: bytes, timelock: int, salt: bytes
) -> str:
    """The id as 64 hex characters: sha256 of the terms in borsh.

    `token` is None for the native coin; `amount` in base units (u128); `timelock` in unix seconds (u64); `hashlock` and
    `salt` 32 bytes. Raises `CodecError`.
    """
    terms = (
        string(sender)
        + string(receiver)
        + option_string(token)
        + u128(amount)
        + bytes32(hashlock, "hashlock")
        + u64(timelock)
        + bytes32(salt, "salt")
    )
    return sha256(terms).hexdigest()


@dataclass(frozen=True, slots=True)
class LockRecord:
    """One lock as the contract stores it. Times: `timelock` unix seconds, the others nanoseconds of chain time."""

    sender: str
    receiver: str
    token: str | None
    amount: int
    hashlock: bytes
    timelock: int
    salt: bytes
    state: State
    payout: Payout
    secret: bytes
    created_at_ns: int
    settled_at_ns: int

    @property
    def id(self) -> str:
        """The id that the terms derive."""
        return lock_id(
            sender=self.sender,
            receiver=self.receiver,
            token=self.token,
            amount=self.amount,
            hashlock=self.hashlock,
            timelock=self.timelock,
            salt=self.salt,
        )

    @property
    def kind(self) -> EventKind:
        """What it means that the record was written so. Raises `CodecError` for a pair that cannot be."""
        try:
            return _KINDS[self.state, self.payout]
        except KeyError:
            raise CodecError(f"a lock cannot be {self.state.name} and {self.payout.name}") from None

    def encode(self) -> bytes:
        """The record's value."""
        return b"".join(
            (
                u8(RECORD_VERSION),
                string(self.sender),
                string(self.receiver),
                option_string(self.token),
                u128(self.amount),
                bytes32(self.hashlock, "hashlock"),
                u64(self.timelock),
                bytes32(self.salt, "salt"),
                u8(self.state),
                u8(self.payout),
                bytes32(self.secret, "secret"),
                u64(self.created_at_ns),
                u64(self.settled_at_ns),
            )
        )

    @classmethod
    def decode(cls, value: bytes) -> "LockRecord":
        """The record in a storage value. Raises `CodecError`."""
        reader = Reader(value)
        version = reader.u8()
        if version != RECORD_VERSION:
            raise CodecError(f"a lock record of version {version}; this software reads version {RECORD_VERSION}")
        record = cls(
            sender=reader.string(),
            receiver=reader.string(),
            token=reader.option_string(),
            amount=reader.u128(),
            hashlock=reader.take(32),
            timelock=reader.u64(),
            salt=reader.take(32),
            state=_member(State, reader.u8()),
            payout=_member(Payout, reader.u8()),
            secret=reader.take(32),
            created_at_ns=reader.u64(),
            settled_at_ns=reader.u64(),
        )
        reader.end()
        return record

    def payload(self) -> dict[str, JSON]:
        """The event's payload: all terms; the secret once it is public; the outcome once there is one."""
        payload: dict[str, JSON] = {
            "sender": self.sender,
            "receiver": self.receiver,
            "token": self.token,
            "amount": str(self.amount),
            "hashlock": self.hashlock.hex(),
            "timelock": self.timelock,
            "salt": self.salt.hex(),
            "state": self.state.name.lower(),
            "payout": self.payout.name.lower(),
            "createdAt": self.created_at_ns // NANOSECONDS,
            "settledAt": self.settled_at_ns // NANOSECONDS or None,
        }
        if self.state != State.LOCKED:
            payload["outcome"] = self.state.name.lower()
        if self.state == State.CLAIMED:
            payload["secret"] = self.secret.hex()
        return payload


def _member(kind: type[Any], value: int) -> Any:
    try:
        return kind(value)
    except ValueError:
        raise CodecError(f"a lock's {kind.__name__.lower()} cannot be {value}") from None


def events_of_changes(changes: Iterable[Mapping[str, Any]], contract: str) -> list[ObservedEvent]:
    """The events in the `changes` of an `EXPERIMENTAL_changes` (data_changes) answer, in its order.

    Each write of a lock's record is one event. Raises `CodecError` when a record is malformed or its id is not the one
    that its terms derive: the node, or the contract at this account, is not what we think.
    """
    events = []
    for index, entry in enumerate(changes):
        written = _record_written(entry, contract)
        if written is None:
            continue
        key, record = written
        if record.id != key:
            raise CodecError(f"the record of lock {key} holds the terms of lock {record.id}")
        events.append(
            ObservedEvent(
                kind=record.kind,
                lock_id=key,
                contract=contract,
                tx_hash=_cause(entry),
                index=index,
                payload=record.payload(),
            )
        )
    return events


def _record_written(entry: Mapping[str, Any], contract: str) -> tuple[str, LockRecord] | None:
    """The lock's id and record, if the change writes one; None for other keys, other accounts and deletions."""
    try:
        change = entry["change"]
        if entry["type"] != "data_update" or change["account_id"] != contract:
            return None
        key = base64.b64decode(change["key_base64"], validate=True)
        if len(key) != _KEY_SIZE or not key.startswith(RECORD_KEY):
            return None
        value = base64.b64decode(change["value_base64"], validate=True)
    except (KeyError, TypeError, binascii.Error) as problem:
        raise CodecError(f"not a change of state: {problem!r}") from None
    return key[len(RECORD_KEY) :].hex(), LockRecord.decode(value)


def _cause(entry: Mapping[str, Any]) -> str:
    """The id of the receipt that wrote it, or the transaction's hash, whichever the node names."""
    cause = entry.get("cause") or {}
    named = cause.get("receipt_hash") or cause.get("tx_hash")
    if not named:
        raise CodecError(f"a change of state without a receipt as its cause: {cause}")
    return str(named)
