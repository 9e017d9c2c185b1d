"""The NEAR client, codecs and signer on the devnet with our real HTLC and token."""

import hashlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import base58
import pytest

from chains import errors
from chains.clients.base import ChainClient
from chains.clients.near import NearClient
from chains.codec import near_calls
from chains.codec.near import events_of_changes, lock_id
from chains.events import EventKind, ObservedEvent
from chains.signers.base import FunctionCall, NearAction, Transfer
from chains.signers.local_near import LocalNearSigner
from devnet.near.process import NearDevnet

ARTIFACTS = Path(__file__).parents[3] / "contracts" / "near" / "artifacts"
HTLC, TOKEN, ALICE, US, BOB = "htlc.near", "usdt.near", "alice.near", "us.near", "bob.near"
NEAR = 10**24
TGAS = 10**12
RETENTION = 60
SECRET = bytes(range(32))
HASHLOCK = hashlib.sha256(SECRET).digest()


@pytest.fixture(scope="module")
def devnet() -> Iterator[NearDevnet]:
    accounts = dict.fromkeys((HTLC, TOKEN, ALICE, US, BOB), 1000 * NEAR)
    with NearDevnet(accounts=accounts) as running:
        settings = {"hash_function": "sha256", "retention_seconds": RETENTION}
        running.deploy(HTLC, (ARTIFACTS / "htlc.wasm").read_bytes(), "new", settings)
        metadata = {"spec": "ft-1.0.0", "name": "Tether USD", "symbol": "USDT", "decimals": 6}
        supply = {"owner_id": ALICE, "total_supply": str(10**12), "metadata": metadata}
        running.deploy(TOKEN, (ARTIFACTS / "token.wasm").read_bytes(), "new", supply)
        running.call(ALICE, TOKEN, "storage_deposit", {"account_id": HTLC}, deposit=NEAR // 100)
        running.call(ALICE, HTLC, "storage_deposit", {}, deposit=NEAR)
        yield running


@pytest.fixture(scope="module")
def client(devnet: NearDevnet) -> Iterator[NearClient]:
    made = NearClient(devnet.url)
    yield made
    made.close()


def signer(devnet: NearDevnet, account: str) -> LocalNearSigner:
    return LocalNearSigner(account, devnet.keys[account])


def signed(
    client: NearClient, who: LocalNearSigner, receiver: str, *actions: NearAction, ahead: int = 1
) -> tuple[bytes, str]:
    nonce = client.access_key(who.account, who.public_key).nonce + ahead
    return who.sign(receiver, actions, nonce=nonce, block_hash=client.final_head().hash)


def call(client: NearClient, who: LocalNearSigner, receiver: str, method: str, args: bytes, deposit: int = 0) -> Any:
    """A call whose blocks the instant devnet has made final when it is sent; its outcome must be a success."""
    raw, tx_hash = signed(client, who, receiver, FunctionCall(method, args, 150 * TGAS, deposit))
    assert client.send(raw) == tx_hash
    outcome = client.outcome(tx_hash, who.account)
    assert (outcome.status, outcome.final) == ("succeeded", True), outcome
    return json.loads(outcome.value) if outcome.value else None


def events_since(client: NearClient, height: int) -> list[ObservedEvent]:
    """The HTLC's events after a height, found by walking back over the parents of the final head."""
    blocks = [client.final_head()]
    while blocks[-1].height > height + 1:
        parent = client.block(blocks[-1].parent_hash)
        if parent.height <= height:
            break
        blocks.append(parent)
    return [
        event for block in reversed(blocks) for event in events_of_changes(client.changes(block.hash, [HTLC]), HTLC)
    ]


def terms(client: NearClient, salt: int, seconds: int = 3600, receiver: str = US) -> dict[str, Any]:
    return {
        "receiver": receiver,
        "hashlock": HASHLOCK,
        "timelock": client.head().timestamp + seconds,
        "salt": salt.to_bytes(32, "big"),
    }


# Reading


def test_blocks_and_heads(devnet: NearDevnet, client: NearClient) -> None:
    typed: ChainClient = client
    before = typed.head().height
    devnet.mine(3)
    newest, final = client.head(), client.final_head()
    assert newest.height == before + 3
    assert final.height == newest.height - 2
    assert client.block(newest.height) == client.block(newest.hash) == newest
    assert client.block(newest.parent_hash).height == newest.height - 1
    with pytest.raises(errors.UnknownBlock):
        client.block(newest.height + 50)
    with pytest.raises(errors.UnknownBlock):
        client.block(base58.b58encode(b"\x07" * 32).decode())


def test_a_skipped_height_has_no_block(devnet: NearDevnet, client: NearClient) -> None:
    before = client.head()
    devnet.rpc("devnet_skip_heights", {"count": 2})
    devnet.mine()
    after = client.head()
    assert after.height == before.height + 3
    assert after.parent_hash == before.hash
    with pytest.raises(errors.UnknownBlock):
        client.block(before.height + 1)


def test_accounts_keys_and_prices(devnet: NearDevnet, client: NearClient) -> None:
    key = client.access_key(ALICE, signer(devnet, ALICE).public_key)
    assert key.full_access and key.nonce > 0
    assert client.account(ALICE).amount == client.balance(ALICE) == devnet.balance(ALICE)
    assert client.gas_price() > 0
    assert client.network_id()
    for asked in (lambda: client.account("nobody.near"), lambda: client.view("nobody.near", "x")):
        with pytest.raises(errors.UnknownAccount):
            asked()
    with pytest.raises(errors.UnknownAccessKey):
        client.access_key(ALICE, signer(devnet, BOB).public_key)


def test_views(client: NearClient) -> None:
    assert client.view(HTLC, "get_config")["hash_function"] == "sha256"
    assert client.view(HTLC, "get_lock", near_calls.by_id("00" * 32)) is None
    assert client.token_balance(TOKEN, ALICE) == 10**12
    assert client.storage_balance(TOKEN, BOB) is None
    held = client.storage_balance(HTLC, ALICE)
    assert held is not None and held.total == NEAR >= held.available > 0
    with pytest.raises(errors.ContractPanic, match="missing field"):
        client.view(HTLC, "get_lock", {})
    with pytest.raises(errors.ContractPanic):
        client.view(HTLC, "no_such_method")


# Locks


def test_a_native_lock_from_its_making_to_its_removal(devnet: NearDevnet, client: NearClient) -> None:
    start = client.final_head().height
    agreed = terms(client, salt=1, seconds=50)
    made = call(client, signer(devnet, ALICE), HTLC, "lock", near_calls.lock(**agreed), deposit=3 * NEAR)
    full = {"sender": ALICE, "token": None, "amount": 3 * NEAR, **agreed}
    assert made == lock_id(**full)
    asked = {**full, "amount": str(3 * NEAR), "hashlock": HASHLOCK.hex(), "salt": agreed["salt"].hex()}
    assert client.view(HTLC, "lock_id", asked) == made

    (created,) = events_since(client, start)
    assert (created.kind, created.lock_id, created.contract) == (EventKind.LOCK_CREATED, made, HTLC)
    shown = client.view(HTLC, "get_lock", {"id": made})
    for name in ("sender", "receiver", "token", "amount", "hashlock", "timelock", "salt", "state", "payout"):
        assert created.payload[name] == shown[name], name
    assert (created.payload["createdAt"], created.payload["settledAt"]) == (shown["created_at"], shown["settled_at"])

    before = client.balance(US)
    middle = client.final_head().height
    assert call(client, signer(devnet, BOB), HTLC, "claim", near_calls.claim(made, SECRET)) is True
    claimed, paid = events_since(client, middle)
    assert (claimed.kind, paid.kind) == (EventKind.LOCK_CLAIMED, EventKind.PAYOUT_SUCCEEDED)
    assert claimed.payload["secret"] == paid.payload["secret"] == SECRET.hex()
    assert paid.payload["outcome"] == "claimed"
    assert claimed.tx_hash != paid.tx_hash
    assert client.balance(US) == before + 3 * NEAR

    devnet.advance_time(50 + RETENTION)
    late = client.final_head().height
    call(client, signer(devnet, BOB), HTLC, "remove", near_calls.remove([made]))
    assert client.view(HTLC, "get_lock", {"id": made}) is None
    assert events_since(client, late) == []


def test_a_token_lock_whose_payout_fails_and_is_retried(devnet: NearDevnet, client: NearClient) -> None:
    """Failure mode 33: the receiver is not registered with the token; the secret is out, and the lock stays his."""
    agreed = terms(client, salt=2, receiver=BOB)
    start = client.final_head().height
    args = near_calls.ft_transfer_call_lock(HTLC, 5_000_000, **agreed)
    assert call(client, signer(devnet, ALICE), TOKEN, "ft_transfer_call", args, deposit=1) == "5000000"
    made = lock_id(sender=ALICE, token=TOKEN, amount=5_000_000, **agreed)
    assert [(event.kind, event.lock_id) for event in events_since(client, start)] == [(EventKind.LOCK_CREATED, made)]

    middle = client.final_head().height
    assert call(client, signer(devnet, US), HTLC, "claim", near_calls.claim(made, SECRET)) is False
    claimed, failed = events_since(client, middle)
    assert (claimed.kind, failed.kind) == (EventKind.LOCK_CLAIMED, EventKind.PAYOUT_FAILED)
    assert failed.payload["secret"] == SECRET.hex()

    registration = near_calls.storage_deposit(BOB, registration_only=True)
    call(client, signer(devnet, US), TOKEN, "storage_deposit", registration, deposit=NEAR // 100)
    assert client.storage_balance(TOKEN, BOB) is not None
    late = client.final_head().height
    assert call(client, signer(devnet, US), HTLC, "pay", near_calls.by_id(made)) is True
    assert [event.kind for event in events_since(client, late)] == [EventKind.LOCK_CLAIMED, EventKind.PAYOUT_SUCCEEDED]
    assert client.token_balance(TOKEN, BOB) == 5_000_000


def test_a_refund_at_the_timelock(devnet: NearDevnet, client: NearClient) -> None:
    agreed = terms(client, salt=3, seconds=100)
    made = call(client, signer(devnet, ALICE), HTLC, "lock", near_calls.lock(**agreed), deposit=NEAR)
    raw, tx_hash = signed(client, signer(devnet, BOB), HTLC, FunctionCall("refund", near_calls.by_id(made), 150 * TGAS))
    client.send(raw)
    early = client.outcome(tx_hash, BOB)
    assert (early.status, early.final) == ("failed", True)
    assert early.failure is not None and "ERR_NOT_EXPIRED" in early.failure
    assert early.tokens_burnt > 0

    devnet.advance_time(100)
    start = client.final_head().height
    assert call(client, signer(devnet, BOB), HTLC, "refund", near_calls.by_id(made)) is True
    refunded, paid = events_since(client, start)
    assert (refunded.kind, paid.kind) == (EventKind.LOCK_REFUNDED, EventKind.PAYOUT_SUCCEEDED)
    assert paid.payload["outcome"] == "refunded"
    assert "secret" not in refunded.payload


# Sending


def test_fees_are_all_tokens_burnt(devnet: NearDevnet, client: NearClient) -> None:
    before = int(devnet.rpc("devnet_state")["tokens_burnt"])
    raw, tx_hash = signed(client, signer(devnet, ALICE), BOB, Transfer(5))
    client.send(raw)
    burnt = int(devnet.rpc("devnet_state")["tokens_burnt"]) - before
    assert client.outcome(tx_hash, ALICE).tokens_burnt == burnt > 0


def test_what_the_node_refuses_has_a_name(devnet: NearDevnet, client: NearClient) -> None:
    alice = signer(devnet, ALICE)
    raw, tx_hash = signed(client, alice, BOB, Transfer(1))
    assert client.outcome(tx_hash, ALICE).status == "unknown"
    assert client.send(raw) == client.send(raw) == tx_hash  # the same bytes again do no harm
    nonce = client.access_key(ALICE, alice.public_key).nonce
    unknown_block = base58.b58encode(b"\x07" * 32).decode()
    stranger = LocalNearSigner(ALICE, devnet.keys[BOB])
    refusals: list[tuple[bytes, type[errors.RpcRejected], str]] = [
        (signed(client, alice, BOB, Transfer(2), ahead=0)[0], errors.InvalidNonce, f"{nonce}"),
        (signed(client, alice, BOB, Transfer(10**30))[0], errors.InsufficientFunds, "NotEnoughBalance"),
        (alice.sign(BOB, [Transfer(1)], nonce=nonce + 1, block_hash=unknown_block)[0], errors.TxExpired, "Expired"),
        (
            stranger.sign(BOB, [Transfer(1)], nonce=10**9, block_hash=client.final_head().hash)[0],
            errors.InvalidTransaction,
            "InvalidAccessKeyError",
        ),
    ]
    for refused, kind, told in refusals:
        with pytest.raises(kind, match=told):
            client.send(refused, "INCLUDED")
    assert client.access_key(ALICE, alice.public_key).nonce == nonce


def test_retry_nonidempotent_never(devnet: NearDevnet, client: NearClient) -> None:
    """Failure mode 2: a node that is not asked to wait takes what can never land; only the absence of an outcome tells."""
    raw, tx_hash = signed(client, signer(devnet, ALICE), BOB, Transfer(2), ahead=0)
    assert client.send(raw) == tx_hash
    devnet.mine(2)
    assert client.outcome(tx_hash, ALICE).status == "unknown"


def test_a_transaction_on_its_way_is_not_final(devnet: NearDevnet, client: NearClient) -> None:
    raw, tx_hash = signed(client, signer(devnet, ALICE), BOB, Transfer(7))
    devnet.rpc("devnet_pause")
    try:
        client.send(raw)
        assert not client.outcome(tx_hash, ALICE).final
        devnet.mine(1)
        taken = client.outcome(tx_hash, ALICE)
        assert taken.status == "started" and not taken.final
        devnet.mine(2)
        assert client.outcome(tx_hash, ALICE).status == "succeeded"
    finally:
        devnet.rpc("devnet_resume")
    devnet.mine(4)
    assert client.outcome(tx_hash, ALICE).final


@pytest.mark.parametrize("kind", ["error", "timeout_before", "http_429", "garbage", "truncated", "drop_answer"])
def test_rpc_error_as_evidence_never(devnet: NearDevnet, kind: str) -> None:
    """Failure mode 10: trouble on the way is neither an answer nor a refusal, and once it is over the call works again."""
    hasty = NearClient(devnet.url, timeout=0.3)
    devnet.rpc("devnet_fault", {"method": "tx", "kind": kind, "seconds": 1.0, "times": 0})
    with pytest.raises(errors.TransportError):
        hasty.outcome(base58.b58encode(b"\x05" * 32).decode(), ALICE)
    devnet.rpc("devnet_clear_faults")
    time.sleep(hasty.providers[0].rests_for)
    assert hasty.outcome(base58.b58encode(b"\x05" * 32).decode(), ALICE).status == "unknown"
    hasty.close()


def test_a_node_out_of_reach_is_passed_over(client: NearClient, devnet: NearDevnet) -> None:
    dead = "http://127.0.0.1:1/CANARYKEY"
    with pytest.raises(errors.TransportError) as caught:
        NearClient(dead).head()
    assert "CANARYKEY" not in str(caught.value)
    assert NearClient([dead, devnet.url]).final_head() == client.final_head()
