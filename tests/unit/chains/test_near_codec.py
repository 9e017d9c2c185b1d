import base64
import contextlib
import json
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.codec import near_calls
from chains.codec.near import LockRecord, Payout, State, events_of_changes, lock_id
from chains.errors import CodecError
from chains.events import EventKind
from tests.unit.chains.facts import bytes32, flip

HTLC = "htlc.test.near"
u64, u128 = st.integers(0, 2**64 - 1), st.integers(0, 2**128 - 1)
names = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
records = st.builds(
    LockRecord,
    names,
    names,
    st.none() | names,
    u128,
    bytes32,
    u64,
    bytes32,
    st.sampled_from(State),
    st.sampled_from(Payout),
    bytes32,
    u64,
    u64,
)
RECORD = LockRecord(
    sender="alice.near",
    receiver="us.near",
    token="usdt.near",
    amount=10**30,
    hashlock=b"\x01" * 32,
    timelock=1_700_000_600,
    salt=b"\x02" * 32,
    state=State.LOCKED,
    payout=Payout.NONE,
    secret=bytes(32),
    created_at_ns=1_700_000_000 * 10**9 + 5,
    settled_at_ns=0,
)
MOMENTS = [
    (State.LOCKED, Payout.NONE, EventKind.LOCK_CREATED, None),
    (State.CLAIMED, Payout.PAYING, EventKind.LOCK_CLAIMED, "claimed"),
    (State.CLAIMED, Payout.PAID, EventKind.PAYOUT_SUCCEEDED, "claimed"),
    (State.CLAIMED, Payout.FAILED, EventKind.PAYOUT_FAILED, "claimed"),
    (State.REFUNDED, Payout.PAYING, EventKind.LOCK_REFUNDED, "refunded"),
    (State.REFUNDED, Payout.PAID, EventKind.PAYOUT_SUCCEEDED, "refunded"),
    (State.REFUNDED, Payout.FAILED, EventKind.PAYOUT_FAILED, "refunded"),
]


def change(
    record: LockRecord,
    *,
    account: str = HTLC,
    receipt: str = "receipt1",
    key: str | None = None,
    kind: str = "data_update",
    prefix: bytes = b"l",
) -> dict[str, Any]:
    key = prefix + bytes.fromhex(key or record.id)
    written = {"account_id": account, "key_base64": base64.b64encode(key).decode()}
    if kind == "data_update":
        written["value_base64"] = base64.b64encode(record.encode()).decode()
    return {"cause": {"type": "receipt_processing", "receipt_hash": receipt}, "type": kind, "change": written}


def test_lock_id_is_the_hash_of_the_terms_in_borsh() -> None:
    terms = (
        b"\x0a\x00\x00\x00alice.near"
        b"\x07\x00\x00\x00us.near"
        b"\x01\x09\x00\x00\x00usdt.near"
        + (10**30).to_bytes(16, "little")
        + b"\x01" * 32
        + (1_700_000_600).to_bytes(8, "little")
        + b"\x02" * 32
    )
    assert RECORD.id == sha256(terms).hexdigest()
    native = terms.replace(b"\x01\x09\x00\x00\x00usdt.near", b"\x00")
    assert replace(RECORD, token=None).id == sha256(native).hexdigest()


@pytest.mark.parametrize("name", ["sender", "receiver", "token"])
def test_each_name_is_in_the_id(name: str) -> None:
    assert replace(RECORD, **{name: "other.near"}).id != RECORD.id


@pytest.mark.parametrize("name", ["amount", "timelock"])
def test_each_number_is_in_the_id(name: str) -> None:
    assert replace(RECORD, **{name: 7}).id != RECORD.id


def test_names_cannot_be_shifted_into_one_another() -> None:
    one = replace(RECORD, sender="ab", receiver="c")
    assert one.id != replace(RECORD, sender="a", receiver="bc").id


@given(records)
def test_records_round_trip(record: LockRecord) -> None:
    assert LockRecord.decode(record.encode()) == record


@given(records, st.data())
def test_one_changed_byte_never_means_the_same_record(record: LockRecord, data: st.DataObject) -> None:
    encoded = record.encode()
    changed = flip(encoded, data.draw(st.integers(0, len(encoded) - 1)), data.draw(st.integers(1, 255)))
    with contextlib.suppress(CodecError):
        assert LockRecord.decode(changed) != record


@given(records, st.integers(1, 40))
def test_a_truncated_or_longer_record_is_refused(record: LockRecord, size: int) -> None:
    with pytest.raises(CodecError):
        LockRecord.decode(record.encode()[:-size])
    with pytest.raises(CodecError, match="left over"):
        LockRecord.decode(record.encode() + bytes(size))


@pytest.mark.parametrize(("state", "payout", "kind", "outcome"), MOMENTS)
def test_each_write_of_a_record_is_an_event(state: State, payout: Payout, kind: EventKind, outcome: str | None) -> None:
    record = replace(RECORD, state=state, payout=payout, secret=b"\x05" * 32, settled_at_ns=1_700_000_009_000_000_000)
    (event,) = events_of_changes([change(record)], HTLC)
    assert (event.kind, event.lock_id, event.contract, event.tx_hash) == (kind, RECORD.id, HTLC, "receipt1")
    assert event.payload == {
        "sender": "alice.near",
        "receiver": "us.near",
        "token": "usdt.near",
        "amount": str(10**30),
        "hashlock": "01" * 32,
        "timelock": 1_700_000_600,
        "salt": "02" * 32,
        "state": state.name.lower(),
        "payout": payout.name.lower(),
        "createdAt": 1_700_000_000,
        "settledAt": 1_700_000_009,
        **({} if outcome is None else {"outcome": outcome}),
        **({"secret": "05" * 32} if state == State.CLAIMED else {}),
    }


@pytest.mark.parametrize(
    "pair", sorted({(s, p) for s in State for p in Payout} - {(moment[0], moment[1]) for moment in MOMENTS})
)
def test_other_pairs_cannot_be(pair: tuple[State, Payout]) -> None:
    with pytest.raises(CodecError, match="cannot be"):
        events_of_changes([change(replace(RECORD, state=pair[0], payout=pair[1]))], HTLC)


def test_a_lock_made_and_settled_in_one_block_gives_both_events_in_order() -> None:
    settled = replace(RECORD, state=State.CLAIMED, payout=Payout.PAYING)
    other = change(RECORD, prefix=b"s")
    events = events_of_changes([other, change(RECORD), change(settled, receipt="receipt2")], HTLC)
    assert [(event.index, event.tx_hash, event.kind) for event in events] == [
        (1, "receipt1", EventKind.LOCK_CREATED),
        (2, "receipt2", EventKind.LOCK_CLAIMED),
    ]


def test_what_is_no_record_of_ours_is_passed_over() -> None:
    strange = [
        change(RECORD, account="other.near"),
        change(RECORD, kind="data_deletion"),
        change(RECORD, prefix=b"ll"),
        change(RECORD, prefix=b"x"),
    ]
    assert events_of_changes(strange, HTLC) == []


def test_a_record_under_another_id_is_not_believed() -> None:
    with pytest.raises(CodecError, match="holds the terms of lock"):
        events_of_changes([change(RECORD, key="ab" * 32)], HTLC)


@pytest.mark.parametrize("damage", [{"change": {}}, {"change": None}, {"cause": {}}, {"cause": None}])
def test_misshapen_changes_are_the_nodes_fault(damage: dict[str, Any]) -> None:
    with pytest.raises(CodecError):
        events_of_changes([{**change(RECORD), **damage}], HTLC)


def test_an_unknown_version_is_not_guessed_at() -> None:
    with pytest.raises(CodecError, match="version 9"):
        LockRecord.decode(b"\x09" + RECORD.encode()[1:])


@pytest.mark.parametrize("field", ["hashlock", "salt"])
def test_hashes_have_32_bytes(field: str) -> None:
    with pytest.raises(CodecError, match=field):
        _ = replace(RECORD, **{field: bytes(31)}).id


def test_amounts_beyond_u128_are_refused() -> None:
    with pytest.raises(CodecError, match="u128"):
        lock_id(sender="a", receiver="b", token=None, amount=2**128, hashlock=bytes(32), timelock=0, salt=bytes(32))


def test_calls_carry_the_terms_that_derive_the_id() -> None:
    terms = {"receiver": "us.near", "hashlock": b"\x01" * 32, "timelock": 5, "salt": b"\x02" * 32}
    sent = {"receiver": "us.near", "hashlock": "01" * 32, "timelock": 5, "salt": "02" * 32}
    assert json.loads(near_calls.lock(**terms)) == sent
    transfer = json.loads(near_calls.ft_transfer_call_lock(HTLC, 7, **terms))
    assert (transfer["receiver_id"], transfer["amount"]) == (HTLC, "7")
    assert json.loads(transfer["msg"]) == sent
    assert json.loads(near_calls.claim("ab", b"\x03" * 32)) == {"id": "ab", "secret": "03" * 32}
    assert json.loads(near_calls.by_id("ab")) == {"id": "ab"}
    assert json.loads(near_calls.remove(["ab", "cd"])) == {"ids": ["ab", "cd"]}
    assert json.loads(near_calls.storage_deposit()) == {}
    assert json.loads(near_calls.storage_deposit("a.near", registration_only=True)) == {
        "account_id": "a.near",
        "registration_only": True,
    }
    assert json.loads(near_calls.ft_transfer("a.near", 2**100)) == {"receiver_id": "a.near", "amount": str(2**100)}
    with pytest.raises(CodecError, match="exactly 32 bytes"):
        near_calls.claim("ab", bytes(31))


@pytest.mark.parametrize("flag", [2, 255])
def test_an_optional_value_is_there_or_not(flag: int) -> None:
    native = replace(RECORD, token=None)
    at = 1 + len("alice.near") + 4 + len("us.near") + 4
    assert native.encode()[at] == 0
    with pytest.raises(CodecError, match="0 or 1"):
        LockRecord.decode(native.encode()[:at] + bytes([flag]) + native.encode()[at + 1 :])
