"""Sending on the NEAR devnet with the real HTLC: keys in turn, nonces that die, cancellations, one effect each."""

import copy
import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import base58
import pytest
from django.conf import settings as django_settings
from django.db import connections
from django.utils import timezone

from chains.clients.near import NearClient
from chains.config import forget_clients
from chains.errors import InvalidNonce, TransportError
from chains.events import EventKind
from chains.models import Account, Chain, ChainEvent, ChainTransaction, Intent, Outflow
from chains.registry import registry
from chains.services.intents import intent_cancel, intent_ensure
from chains.services.sending import common, intent_send, sender_for, transactions_tend
from chains.services.sending.near import BLOCK_HASH_LIFE, NearSender
from chains.signers.base import Transfer
from chains.signers.local_near import LocalNearSigner
from chains.watchers import watcher_for
from chains.watchers.near import NearWatcher
from devnet.near.borsh import Writer
from devnet.near.keys import public_key_bytes
from devnet.near.process import NearDevnet
from devnet.near.transactions import write_add_full_access_key
from devnet.network import ALICE, ARTIFACTS, HTLC, NEAR, US
from tests.integration.engine.sending import Killed, State, configure, read_all, states

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


@pytest.fixture(scope="module")
def devnet() -> Iterator[NearDevnet]:
    with NearDevnet(accounts=dict.fromkeys((HTLC, US, ALICE), 10_000 * NEAR)) as running:
        wasm = (ARTIFACTS / "htlc.wasm").read_bytes()
        running.deploy(HTLC, wasm, "new", {"hash_function": "sha256", "retention_seconds": 3600})
        for account in (US, ALICE):
            running.call(account, HTLC, "storage_deposit", {}, deposit=10 * NEAR)
        keys = [write_add_full_access_key(public(key)) for key in FULL]
        running.send(US, US, [*keys, add_function_call_key(public(LIMITED), HTLC)])
        yield running


@pytest.fixture
def watcher(devnet: NearDevnet, transactional_db: None, settings: Any) -> Iterator[NearWatcher]:
    configured = copy.deepcopy(django_settings.CHAINS)
    configured["near"] |= {
        "network_id": "localnet",
        "rpc_urls": [devnet.url],
        "htlc": HTLC,
        "account": US,
        "private_keys": FULL,
        "resend_seconds": 0.0,
    }
    settings.CHAINS = configured
    forget_clients()
    registry.secret["test"] = lambda _: SECRET
    made = watcher_for("near")
    assert isinstance(made, NearWatcher)
    made.process_one()
    yield made
    devnet.rpc("devnet_resume")
    forget_clients()
    del registry.secret["test"]


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Absence is looked into at once."""
    monkeypatch.setattr("chains.services.sending.near.GRACE_SECONDS", 0.0)


def order(devnet: NearDevnet, number: int, step: str = "destination_lock") -> Intent:
    """A small native lock of ours for Alice; each test has locks of its own by the time."""
    now = int(devnet.rpc("block", {"finality": "final"})["header"]["timestamp_nanosec"])
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


def settle(devnet: NearDevnet, watcher: NearWatcher) -> None:
    devnet.mine(6)
    read_all(watcher)
    transactions_tend(chain="near")


def locks() -> int:
    """How many locks of ours the chain shows."""
    return ChainEvent.objects.filter(kind=EventKind.LOCK_CREATED, orphaned_at=None).count()


def key_nonce(number: int = 0, finality: str = "final") -> int:
    client: NearClient = sender_for("near").client
    return client.access_key(US, public(FULL[number]), finality=finality).nonce


def _before(*_: Any, **__: Any) -> None:
    raise Killed


def _after(function: Callable[..., Any]) -> Callable[..., Any]:
    def done_and_killed(*args: Any, **kwargs: Any) -> None:
        function(*args, **kwargs)
        raise Killed

    return done_and_killed


KILLS: dict[str, tuple[Any, str, bool]] = {
    "after_preparing": (NearSender, "prepare", True),
    "after_signing": (LocalNearSigner, "sign", True),
    "after_storing": (common.Sender, "_store", True),
    "before_broadcast": (NearSender, "broadcast", False),
    "after_broadcast": (NearSender, "broadcast", True),
    "after_noting_the_broadcast": (common.Sender, "push", True),
}


@pytest.mark.parametrize("point", KILLS)
def test_double_lockup__killed_at(
    point: str, devnet: NearDevnet, watcher: NearWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies at a point of the sending; a new one makes exactly one lock, and no amount goes twice."""
    owner, name, afterwards = KILLS[point]
    intent = order(devnet, 1)
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, _after(getattr(owner, name)) if afterwards else _before)
        with pytest.raises(Killed):
            intent_send(intent_id=intent.pk)
    forget_clients()
    stored = list(ChainTransaction.objects.values_list("hash", flat=True))
    for _ in range(2):
        intent_send(intent_id=intent.pk)
        settle(devnet, watcher)
    done = ChainTransaction.objects.get()
    assert stored in ([], [done.hash])
    assert (done.state, done.intent.state, locks()) == (State.SUCCEEDED, Intent.State.DONE, 1)
    assert int(done.fee_paid or 0) > 0


def test_retry_nonidempotent__a_timeout_after_acceptance(
    devnet: NearDevnet, watcher: NearWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender = sender_for("near")
    send = sender.client.send

    def timeout_after(raw: bytes) -> str:
        send(raw)
        raise TransportError("no answer")

    with monkeypatch.context() as patch:
        patch.setattr(sender.client, "send", timeout_after)
        intent_send(intent_id=order(devnet, 1).pk)
    assert ChainTransaction.objects.get().error[:15] == "no clear answer"
    settle(devnet, watcher)
    settle(devnet, watcher)
    assert (states(), locks()) == ([("call", State.SUCCEEDED)], 1)


@pytest.mark.parametrize("landed", [True, False])
def test_nonce_error_misclassified__looked_up_by_its_hash(
    landed: bool, devnet: NearDevnet, watcher: NearWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """InvalidNonce for bytes that landed is no failure; for others it is one, and only the final block may bury them."""
    sender = sender_for("near")
    send = sender.client.send

    def invalid(raw: bytes) -> None:
        if landed:
            send(raw)
        raise InvalidNonce("invalid nonce", nonce=1, key_nonce=1)

    with monkeypatch.context() as patch:
        patch.setattr(sender.client, "send", invalid)
        intent_send(intent_id=order(devnet, 1).pk)
    assert ChainTransaction.objects.get().state == (State.BROADCAST if landed else State.SIGNED)
    settle(devnet, watcher)
    settle(devnet, watcher)
    assert (states(), locks()) == ([("call", State.SUCCEEDED)], 1)


def test_reverted_tx_as_success__a_failed_receipt(devnet: NearDevnet, watcher: NearWatcher) -> None:
    """Final, and its receipt failed: the intent has no success."""
    call = {"method": "refund", "id": "ab" * 32}
    intent = intent_ensure(subject_type="test", subject_id="s", step="refund", chain="near", call=call)
    intent_send(intent_id=intent.pk)
    settle(devnet, watcher)
    intent.refresh_from_db()
    assert (states(), intent.state) == ([("call", State.FAILED)], Intent.State.REVERTED)
    assert intent.last_error


def test_keys_sign_in_turn(devnet: NearDevnet, watcher: NearWatcher) -> None:
    for number in range(6):
        intent_send(intent_id=order(devnet, number).pk)
    settle(devnet, watcher)
    used = list(ChainTransaction.objects.order_by("pk").values_list("account__public_key", flat=True))
    assert used == [public(key) for key in FULL] * 2
    assert locks() == 6


def test_nonce_drift__a_crowd_on_three_keys(devnet: NearDevnet, watcher: NearWatcher) -> None:
    """Sixteen at once: no nonce twice on one key, nothing lost, and who found no free key was only put off."""
    intents = [order(devnet, number) for number in range(16)]

    def send(intent: Intent) -> None:
        intent_send(intent_id=intent.pk)
        connections.close_all()

    for _ in range(16):
        Intent.objects.update(not_before=None)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(send, intents))
        settle(devnet, watcher)
        if not Intent.objects.exclude(state=Intent.State.DONE).exists():
            break
    assert locks() == 16
    assert not Intent.objects.exclude(attempts=1).exclude(state=Intent.State.DONE).exists()
    given = list(ChainTransaction.objects.values_list("account", "nonce"))
    assert len(given) == len(set(given))


def test_a_busy_key_is_left_alone_and_the_next_one_taken(
    devnet: NearDevnet, watcher: NearWatcher, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a node has not clearly taken its transaction a key signs no other; with all keys busy an intent waits."""
    configure(settings, "near", resend_seconds=3600.0)
    sender = sender_for("near")

    def lost(raw: bytes) -> None:
        raise TransportError("no route")

    with monkeypatch.context() as patch:
        patch.setattr(sender.client, "send", lost)
        for number in range(3):
            intent_send(intent_id=order(devnet, number).pk)
    waiting = order(devnet, 3)
    intent_send(intent_id=waiting.pk)
    waiting.refresh_from_db()
    assert ChainTransaction.objects.values("account").distinct().count() == 3
    assert (waiting.state, waiting.attempts, waiting.attention) == (Intent.State.PENDING, 0, "")
    configure(settings, "near", resend_seconds=0.0)  # after a while a key is shared, lest it stop everything
    forget_clients()
    Intent.objects.update(not_before=None)
    intent_send(intent_id=waiting.pk)
    assert ChainTransaction.objects.count() == 4


def test_a_function_call_key_signs_what_it_may(devnet: NearDevnet, watcher: NearWatcher, settings: Any) -> None:
    """Calls without a deposit for its contract; locks need a full-access key."""
    configure(settings, "near", private_keys=[LIMITED, FULL[0]])
    forget_clients()
    lock = order(devnet, 1)
    intent_send(intent_id=lock.pk)
    refund = intent_ensure(
        subject_type="test", subject_id="s", step="refund", chain="near", call={"method": "refund", "id": "cd" * 32}
    )
    intent_send(intent_id=refund.pk)
    assert [intent.transactions.get().account.public_key for intent in (lock, refund)] == [
        public(FULL[0]),
        public(LIMITED),
    ]


def test_nonce_drift__a_key_used_elsewhere_kills_ours_and_it_is_signed_anew(
    devnet: NearDevnet, watcher: NearWatcher, settings: Any, monkeypatch: pytest.MonkeyPatch, patient: None
) -> None:
    """A higher nonce landed: only when that is final, and our hash is absent, other bytes are signed."""
    configure(settings, "near", private_keys=FULL[:1])
    forget_clients()
    sender = sender_for("near")
    intent = order(devnet, 1)
    with monkeypatch.context() as patch:
        patch.setattr(sender.client, "send", lambda _: None)  # lost behind the node that took it
        intent_send(intent_id=intent.pk)
        dead = ChainTransaction.objects.get()
        transactions_tend(chain="near")
        assert ChainTransaction.objects.get().is_open
    elsewhere(sender.client, dead, ahead=5)
    settle(devnet, watcher)
    assert (states(), locks()) == ([("call", State.REPLACED)], 0)
    intent_send(intent_id=intent.pk)
    settle(devnet, watcher)
    assert (states(), locks()) == ([("call", State.REPLACED), ("call", State.SUCCEEDED)], 1)
    assert ChainTransaction.objects.latest("pk").nonce > dead.nonce + 5


def elsewhere(client: NearClient, ours: ChainTransaction, ahead: int = 0) -> None:
    """Somebody else uses the key of one of our transactions, and its nonce or a higher one."""
    signer = next(LocalNearSigner(US, key) for key in FULL if public(key) == ours.account.public_key)
    block = client.head("final").hash
    client.send(signer.sign(US, [Transfer(0)], nonce=ours.nonce + ahead, block_hash=block)[0])


def test_dropped_tx__an_expired_block_hash_is_signed_anew_only_at_final(
    devnet: NearDevnet, watcher: NearWatcher, monkeypatch: pytest.MonkeyPatch, patient: None
) -> None:
    sender = sender_for("near")
    intent = order(devnet, 1)
    with monkeypatch.context() as patch:
        patch.setattr(sender.client, "send", lambda _: None)
        intent_send(intent_id=intent.pk)
        height = Chain.objects.get(name="near").final_height or 0
        assert (ChainTransaction.objects.get().valid_until_height or 0) >= height + BLOCK_HASH_LIFE
        ChainTransaction.objects.update(valid_until_height=height)
        transactions_tend(chain="near")
        assert ChainTransaction.objects.get().is_open
        settle(devnet, watcher)
    assert (states(), ChainTransaction.objects.get().error) == ([("call", State.REPLACED)], "its block hash expired")
    intent_send(intent_id=intent.pk)
    settle(devnet, watcher)
    assert locks() == 1


def test_nonce_drift__the_networks_bound_is_kept(devnet: NearDevnet, watcher: NearWatcher, settings: Any) -> None:
    """A nonce is below height x 10^6: one that we believed and that lies above it is not used."""
    configure(settings, "near", private_keys=FULL[:1])
    forget_clients()
    account = sender_for("near").account_for(US, public(FULL[0]))
    Account.objects.filter(pk=account.pk).update(next_nonce=2**62)
    intent_send(intent_id=order(devnet, 1).pk)
    settle(devnet, watcher)
    assert (states(), locks()) == ([("call", State.SUCCEEDED)], 1)
    assert ChainTransaction.objects.get().nonce < 2**62


def cancel(intent: Intent) -> str:
    return str(intent_cancel(intent, reason="no longer wanted").state)


def test_a_lost_lock_is_beaten_by_its_cancellation(
    devnet: NearDevnet, watcher: NearWatcher, monkeypatch: pytest.MonkeyPatch, patient: None
) -> None:
    """Its key's nonce is used up by a transfer of nothing; when that is final the lock can never land."""
    sender = sender_for("near")
    intent = order(devnet, 1)
    with monkeypatch.context() as patch:
        patch.setattr(sender.client, "send", lambda _: None)
        intent_send(intent_id=intent.pk)
    lock = ChainTransaction.objects.get()
    assert cancel(intent) == Intent.State.SENT
    transactions_tend(chain="near")
    settle(devnet, watcher)
    intent.refresh_from_db()
    assert (intent.state, states()) == (
        Intent.State.WITHDRAWN,
        [("call", State.REPLACED), ("cancellation", State.SUCCEEDED)],
    )
    assert not Outflow.objects.filter(released_at=None).exists()
    sender.client.send(bytes(lock.raw))  # somebody kept the bytes: a node takes them, and no block ever does
    settle(devnet, watcher)
    assert locks() == 0


def test_a_lock_that_landed_before_its_cancellation_is_done(
    devnet: NearDevnet, watcher: NearWatcher, monkeypatch: pytest.MonkeyPatch, patient: None
) -> None:
    """A node that lags knows nothing of it: the cancellation is refused, and the lock counts."""
    sender = sender_for("near")
    intent = order(devnet, 1)
    devnet.rpc("devnet_pause")
    intent_send(intent_id=intent.pk)
    cancel(intent)
    transactions_tend(chain="near")
    devnet.rpc("devnet_resume")
    assert [kind for kind, _ in states()] == ["call", "cancellation"]
    for _ in range(3):
        settle(devnet, watcher)
    intent.refresh_from_db()
    assert (intent.state, states()) == (
        Intent.State.DONE,
        [("call", State.SUCCEEDED), ("cancellation", State.REPLACED)],
    )
    assert locks() == 1
    assert sender.client.outcome(ChainTransaction.objects.get(kind="call").hash, US).status == "succeeded"


def test_a_dead_lock_that_was_to_be_cancelled_is_withdrawn(
    devnet: NearDevnet, watcher: NearWatcher, monkeypatch: pytest.MonkeyPatch, patient: None
) -> None:
    sender = sender_for("near")
    intent = order(devnet, 1)
    with monkeypatch.context() as patch:
        patch.setattr(sender.client, "send", lambda _: None)
        intent_send(intent_id=intent.pk)
    lock = ChainTransaction.objects.get()
    elsewhere(sender.client, lock)
    cancel(intent)
    settle(devnet, watcher)
    intent.refresh_from_db()
    intent_send(intent_id=intent.pk)
    assert (intent.state, states(), locks()) == (Intent.State.WITHDRAWN, [("call", State.REPLACED)], 0)


def test_hot_key__caps_and_kill_switch_hold_for_each_key(
    devnet: NearDevnet, watcher: NearWatcher, settings: Any
) -> None:
    token = {"symbol": "NEAR", "id": "near", "decimals": 24, "max_per_day": AMOUNT}
    configure(settings, "near", tokens=[token])
    for number in range(4):
        intent_send(intent_id=order(devnet, number).pk)
    assert ChainTransaction.objects.count() == 3  # one for each key
    assert "may pay today" in Intent.objects.latest("pk").attention
    assert set(Outflow.objects.values_list("token", "amount")) == {("near", AMOUNT)}


def test_a_stopped_key_leaves_payments_to_the_others(devnet: NearDevnet, watcher: NearWatcher) -> None:
    sender = sender_for("near")
    account = sender.account_for(US, public(FULL[0]))
    Account.objects.filter(pk=account.pk).update(stopped_reason="leaked")
    for number in range(3):
        intent_send(intent_id=order(devnet, number).pk)
    assert ChainTransaction.objects.count() == 3
    assert not account.transactions.exists()


def test_sent_long_ago_is_sent_again_with_the_same_bytes(
    devnet: NearDevnet, watcher: NearWatcher, monkeypatch: pytest.MonkeyPatch, patient: None
) -> None:
    """DROPPED-TX: the network forgot it while it may still land."""
    sender = sender_for("near")
    intent = order(devnet, 1)
    with monkeypatch.context() as patch:
        patch.setattr(sender.client, "send", lambda _: None)
        intent_send(intent_id=intent.pk)
    lost = ChainTransaction.objects.get()
    ChainTransaction.objects.update(last_broadcast_at=timezone.now())
    transactions_tend(chain="near")
    settle(devnet, watcher)
    again = ChainTransaction.objects.get()
    assert (again.hash, again.state, locks()) == (lost.hash, State.SUCCEEDED, 1)
