"""What views give, and that the state's bytes and the golden ids are as the watchers read them."""

import base64
import json

import pytest

from chains.codec.near import LockRecord, Payout, State, lock_id
from tests.integration.contracts.near.world import ARTIFACTS, HTLC, RETENTION, TOKEN, World

VECTORS = json.loads((ARTIFACTS.parent / "vectors" / "lock_ids.json").read_text())


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["id"][:8] for vector in VECTORS])
def test_contract_and_codec_derive_the_golden_ids(world: World, vector: dict[str, str]) -> None:
    terms = {name: value for name, value in vector.items() if name != "id"}
    typed = {
        "amount": int(vector["amount"]),
        "timelock": int(vector["timelock"]),
        "hashlock": bytes.fromhex(vector["hashlock"]),
        "salt": bytes.fromhex(vector["salt"]),
    }
    assert lock_id(**(terms | typed)) == vector["id"]  # type: ignore[arg-type]
    assert world.view("lock_id", terms) == vector["id"]


def test_the_settings_are_given(world: World) -> None:
    assert world.view("get_config") == {
        "version": "1.0.0",
        "hash_function": "sha256",
        "retention_seconds": RETENTION,
        "public_claim": True,
        "public_refund": True,
    }


@pytest.mark.parametrize("token", [None, TOKEN])
def test_the_record_decodes_at_every_stage(world: World, token: str | None) -> None:
    lock = world.made(token=token)
    record = stored(world, lock.id)
    assert (record.state, record.payout, record.secret) == (State.LOCKED, Payout.NONE, bytes(32))
    assert record.id == lock.id
    assert record.settled_at_ns == 0 < record.created_at_ns <= world.now()
    world.claim(lock)
    record = stored(world, lock.id)
    assert (record.state, record.payout, record.secret) == (State.CLAIMED, Payout.PAID, lock.secret)
    assert record.created_at_ns < record.settled_at_ns <= world.now()
    assert record.id == lock.id


def stored(world: World, identifier: str) -> LockRecord:
    key = b"l" + bytes.fromhex(identifier)
    query = {
        "request_type": "view_state",
        "finality": "optimistic",
        "account_id": HTLC,
        "prefix_base64": base64.b64encode(key).decode(),
    }
    (entry,) = world.chain.rpc("query", query)["values"]
    return LockRecord.decode(base64.b64decode(entry["value"]))


def test_pages_hold_every_lock_once(world: World) -> None:
    made = [world.made().id for _ in range(3)]
    count = world.view("get_locks_count")
    pages = [world.view("get_locks", {"from_index": start, "limit": 2}) for start in range(0, count + 2, 2)]
    ids = [lock["id"] for page in pages for lock in page]
    assert len(ids) == len(set(ids)) == count
    assert ids[-3:] == made
    assert all(len(page) <= 2 for page in pages)
    assert world.view("get_locks", {"from_index": count, "limit": 5}) == []


def test_a_lock_that_does_not_exist_is_null(world: World) -> None:
    assert world.view("get_lock", {"id": "00" * 32}) is None
    assert world.view("storage_balance_of", {"account_id": "nobody.test"}) is None
