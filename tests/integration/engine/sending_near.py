"""What the tests of sending on NEAR share: our keys, small orders, and what the chain says of them."""

import hashlib

import base58

from chains.clients.near import NearClient
from chains.events import EventKind
from chains.models import ChainEvent, ChainTransaction, Intent
from chains.services.intents import intent_ensure
from chains.services.sending import sender_for, transactions_tend
from chains.signers.base import Transfer
from chains.signers.local_near import LocalNearSigner
from chains.watchers.near import NearWatcher
from devnet.near.borsh import Writer
from devnet.near.keys import public_key_bytes
from devnet.near.process import NearDevnet
from devnet.network import ALICE, US

SECRET = b"s" * 32
AMOUNT = 1000


def private_key(number: int) -> str:
    return "ed25519:" + base58.b58encode(hashlib.sha256(b"key %d" % number).digest()).decode()


FULL = [private_key(number) for number in range(3)]
LIMITED = private_key(9)


def public(key: str) -> str:
    return LocalNearSigner(US, key).public_key


def add_function_call_key(public_key: str, receiver: str) -> bytes:
    """Borsh of an action that adds a key which may only call one contract, without an allowance."""
    permission = Writer().u8(0).u8(0).text(receiver).u32(0)
    return bytes(Writer().u8(5).raw(public_key_bytes(public_key)).u64(0).raw(bytes(permission)))


def order(near_devnet: NearDevnet, number: int, step: str = "destination_lock") -> Intent:
    """A small native lock of ours for Alice; each test has locks of its own by the time."""
    now = int(near_devnet.rpc("block", {"finality": "final"})["header"]["timestamp_nanosec"])
    call = {
        "method": "lock",
        "token": "near",
        "amount": str(AMOUNT),
        "receiver": ALICE,
        "hashlock": hashlib.sha256(SECRET).hexdigest(),
        "timelock": now // 10**9 + 3600,
        "salt": hashlib.sha256(b"%d %d" % (now, number)).hexdigest(),
    }
    return intent_ensure(subject_type="test", subject_id=f"s{number}", step=step, chain="near", call=call)


def settle(near_devnet: NearDevnet, near_watcher: NearWatcher) -> None:
    near_devnet.mine(6)
    while near_watcher.process_one():
        pass
    transactions_tend(chain="near")


def locks() -> int:
    """How many locks of ours the chain shows."""
    return ChainEvent.objects.filter(kind=EventKind.LOCK_CREATED, orphaned_at=None).count()


def key_nonce(number: int = 0, finality: str = "final") -> int:
    client: NearClient = sender_for("near").client
    return client.access_key(US, public(FULL[number]), finality=finality).nonce


def elsewhere(client: NearClient, ours: ChainTransaction, ahead: int = 0) -> None:
    """Somebody else uses the key of one of our transactions, and its nonce or a higher one."""
    signer = next(LocalNearSigner(US, key) for key in FULL if public(key) == ours.account.public_key)
    block = client.head("final").hash
    client.send(signer.sign(US, [Transfer(0)], nonce=ours.nonce + ahead, block_hash=block)[0])
