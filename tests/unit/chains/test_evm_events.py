from typing import Any

import pytest
from eth_abi import encode
from hypothesis import assume, given
from hypothesis import strategies as st

from chains.codec.escrow import Immutables, escrow_address
from chains.codec.evm import (
    DST_ESCROW_CREATED,
    ESCROW_CANCELLED,
    ESCROW_WITHDRAWAL,
    EVENT_TOPICS,
    FUNDS_RESCUED,
    SRC_ESCROW_CREATED,
    decode_log,
)
from chains.errors import CodecError
from chains.events import EventKind
from tests.unit.chains.facts import flip, group, immutables
from tests.unit.chains.test_escrow import EXAMPLE

FACTORY, IMPLEMENTATION, ESCROW = "0x" + "fa" * 20, "0x" + "1e" * 20, "0x" + "e5" * 20
NOW = 1_700_000_000
STAMPED = EXAMPLE.deployed(NOW)
COMPLEMENT = [int("aa" * 20, 16), 99, int("bb" * 20, 16), 7, 397]


def raw_log(topic: str, data: bytes, address: str = FACTORY, **changes: Any) -> dict[str, Any]:
    return {
        "address": address,
        "topics": [topic],
        "data": "0x" + data.hex(),
        "blockHash": "0x" + "0b" * 32,
        "blockNumber": "0x10",
        "transactionHash": "0x" + "7A" * 32,
        "logIndex": "0x1f",
        "removed": False,
        **changes,
    }


def decode(log: dict[str, Any], now: int = NOW) -> Any:
    return decode_log(log, now, FACTORY, IMPLEMENTATION)


def created(terms: Immutables = STAMPED) -> bytes:
    return terms.words() + encode(["uint256"] * 5, COMPLEMENT)


def test_topics_are_as_published() -> None:
    published = {case["expected"] for case in group("event_topics") if "v2" not in case["name"]}
    assert published <= set(EVENT_TOPICS)
    assert EVENT_TOPICS == (
        "0x0e534c62f0afd2fa0f0fa71198e8aa2d549f24daf2bb47de0d5486c7ce9288ca",
        "0xc30e111dcc74fddc2c3a4d98ffb97adec4485c0a687946bf5b22c2a99c7ff96d",
        "0xe346f5c97a360db5188bfa5d3ec5f0583abde420c6ba4d08b6cfe61addc17105",
        "0x6e3be9294e58d10b9c8053cfd5e09871b67e442fe394d6b0870d336b9df984a9",
        "0xc4474c2790e13695f6d2b6f1d8e164290b55370f87a542fd7711abe0a1bf40ac",
    )


def test_source_creation() -> None:
    event = decode(raw_log(SRC_ESCROW_CREATED, created()))
    stamped = EXAMPLE.deployed(NOW)
    assert (event.kind, event.contract, event.index) == (EventKind.LOCK_CREATED, FACTORY, 31)
    assert event.tx_hash == "0x" + "7a" * 32
    assert event.lock_id == escrow_address(FACTORY, IMPLEMENTATION, stamped)
    assert Immutables.from_json(event.payload["immutables"]) == stamped
    assert event.payload["side"] == "source"
    assert event.payload["hashlock"] == "0x" + stamped.hashlock.hex()
    assert event.payload["deployedAt"] == NOW
    assert event.payload["complement"] == {
        "maker": "0x" + "aa" * 20,
        "amount": "99",
        "token": "0x" + "bb" * 20,
        "safetyDeposit": "7",
        "chainId": "397",
    }


@pytest.mark.parametrize("case", group("dst_escrow_created_data"), ids=lambda case: case["name"])
def test_destination_creation_is_as_published(case: dict[str, Any]) -> None:
    event = decode(raw_log(DST_ESCROW_CREATED, bytes.fromhex(case["input"]["data"][2:])))
    assert event.kind == EventKind.LOCK_CREATED
    assert event.lock_id == case["expected"]["escrow"]
    assert event.payload == {
        "side": "destination",
        "hashlock": case["expected"]["hashlock"],
        "taker": case["expected"]["taker"],
        "deployedAt": NOW,
    }


def test_settlements_come_from_the_escrow() -> None:
    secret = bytes(range(32))
    event = decode(raw_log(ESCROW_WITHDRAWAL, secret, ESCROW.upper().replace("0X", "0x")))
    assert (event.kind, event.lock_id, event.contract) == (EventKind.LOCK_CLAIMED, ESCROW, ESCROW)
    assert event.payload == {"secret": "0x" + secret.hex()}
    event = decode(raw_log(ESCROW_CANCELLED, b"", ESCROW))
    assert (event.kind, event.lock_id, event.payload) == (EventKind.LOCK_REFUNDED, ESCROW, {})
    event = decode(raw_log(FUNDS_RESCUED, encode(["address", "uint256"], ["0x" + "cc" * 20, 12]), ESCROW))
    assert (event.kind, event.payload) == (EventKind.FUNDS_RESCUED, {"token": "0x" + "cc" * 20, "amount": "12"})


def test_creations_by_a_stranger_are_not_ours() -> None:
    assert decode(raw_log(SRC_ESCROW_CREATED, created(), ESCROW)) is None
    assert decode(raw_log(DST_ESCROW_CREATED, bytes(96), ESCROW)) is None


@pytest.mark.parametrize("topic", [ESCROW_WITHDRAWAL, ESCROW_CANCELLED, FUNDS_RESCUED])
@pytest.mark.parametrize("size", [1, 31, 33, 65])
def test_a_strangers_malformed_log_is_passed_over(topic: str, size: int) -> None:
    assert decode(raw_log(topic, bytes(size), ESCROW)) is None


def test_the_factorys_malformed_log_is_the_nodes_fault() -> None:
    for data in (created()[:-1], created() + bytes(32), b""):
        with pytest.raises(CodecError, match="expected 5 words"):
            decode(raw_log(SRC_ESCROW_CREATED, data))
    with pytest.raises(CodecError):
        decode(raw_log(DST_ESCROW_CREATED, bytes(95)))


def test_a_source_lock_of_another_time_than_its_block_is_the_nodes_fault() -> None:
    with pytest.raises(CodecError, match="in a block of time"):
        decode(raw_log(SRC_ESCROW_CREATED, created()), NOW + 1)


@given(st.sampled_from([2, 3, 4, 8, 10]), st.integers(0, 11), st.integers(1, 255))
def test_a_makers_dirty_address_word_is_no_lock_of_ours(word: int, at: int, mask: int) -> None:
    assert decode(raw_log(SRC_ESCROW_CREATED, flip(created(), 32 * word + at, mask))) is None


@pytest.mark.parametrize("changes", [{"removed": True}, {"topics": []}, {"topics": ["0x" + "12" * 32]}])
def test_other_logs_are_passed_over(changes: Any) -> None:
    assert decode(raw_log(SRC_ESCROW_CREATED, created(), **changes)) is None
    two = raw_log(ESCROW_CANCELLED, b"", ESCROW)
    assert decode({**two, "topics": two["topics"] * 2}) is None


@given(immutables, st.integers(0, 13 * 32 - 1), st.integers(1, 255))
def test_one_changed_byte_never_means_the_same_lock(terms: Immutables, at: int, mask: int) -> None:
    assume(terms.timelocks.deployed_at > 0)
    now = terms.timelocks.deployed_at
    data = created(terms)
    event = decode(raw_log(SRC_ESCROW_CREATED, data), now)
    try:
        changed = decode(raw_log(SRC_ESCROW_CREATED, flip(data, at, mask)), now)
    except CodecError:
        return
    assert changed is None or (changed.lock_id, changed.payload) != (event.lock_id, event.payload)
    if changed and at < 256:
        assert changed.lock_id != event.lock_id
