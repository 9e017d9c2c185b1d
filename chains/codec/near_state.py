"""The HTLC's records as its views give them, and the events that a record stands for.

A watcher that was away for longer than its node keeps history cannot read what happened; it reads what is. The contract
keeps every lock until it is paid and its retention is over, with the secret: one record tells the lock's whole story.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from chains.codec.abi import integer
from chains.codec.near import LockRecord, Payout, State
from chains.errors import CodecError
from chains.events import EventKind, ObservedEvent

_NO_SECRET = bytes(32)


def record_of_view(answer: Mapping[str, Any]) -> LockRecord:
    """One entry of `get_locks`. Raises `CodecError` when it is malformed or its id is not the one its terms derive."""
    try:
        record = LockRecord(
            sender=str(answer["sender"]),
            receiver=str(answer["receiver"]),
            token=answer["token"],
            amount=integer(answer["amount"]),
            hashlock=bytes.fromhex(answer["hashlock"]),
            timelock=integer(answer["timelock"]),
            salt=bytes.fromhex(answer["salt"]),
            state=State[str(answer["state"]).upper()],
            payout=Payout[str(answer["payout"]).upper()],
            secret=bytes.fromhex(answer["secret"]) if answer["secret"] else _NO_SECRET,
            created_at_ns=integer(answer["created_at_ns"]),
            settled_at_ns=integer(answer["settled_at_ns"] or 0),
        )
        named = answer["id"]
    except (KeyError, TypeError, ValueError) as problem:
        raise CodecError(f"not a lock of the HTLC: {problem!r}") from None
    if record.id != named:
        raise CodecError(f"the HTLC calls {named} a lock whose terms derive {record.id}")
    return record


def events_of_record(
    record: LockRecord, contract: str, known: Collection[EventKind], first_index: int
) -> list[ObservedEvent]:
    """The events that led to this record and are not among the `known` kinds of its lock, oldest first.

    Their receipts are unknown, so `tx_hash` is empty; `index` counts on from `first_index`.
    """
    story = [_as(record, State.LOCKED, Payout.NONE)]
    if record.state is not State.LOCKED:
        story.append(_as(record, record.state, Payout.PAYING))
    if record.payout in (Payout.PAID, Payout.FAILED):
        story.append(record)
    missing = [then for then in story if then.kind not in known]
    return [
        ObservedEvent(
            kind=then.kind, lock_id=then.id, contract=contract, tx_hash="", index=index, payload=then.payload()
        )
        for index, then in enumerate(missing, first_index)
    ]


def _as(record: LockRecord, state: State, payout: Payout) -> LockRecord:
    """The record as it was in an earlier state."""
    if state is State.LOCKED:
        return replace(record, state=state, payout=payout, secret=_NO_SECRET, settled_at_ns=0)
    return replace(record, state=state, payout=payout)
