"""How a transaction on NEAR ends without landing: killed by a higher nonce, expired, cancelled; and what is not signed."""

from typing import Any

import pytest
from django.utils import timezone

from chains.config import forget_clients
from chains.models import Account, Chain, ChainTransaction, Intent, Outflow
from chains.services.intents import intent_cancel
from chains.services.sending import intent_send, sender_for, transactions_tend
from chains.services.sending.near import BLOCK_HASH_LIFE
from chains.watchers.near import NearWatcher
from devnet.near.process import NearDevnet
from devnet.network import US
from tests.integration.engine.sending import State, configure, states
from tests.integration.engine.sending_near import AMOUNT, FULL, elsewhere, locks, order, public, settle


def cancel(intent: Intent) -> str:
    return str(intent_cancel(intent, reason="no longer wanted").state)


def test_a_lost_lock_is_beaten_by_its_cancellation(
    near_devnet: NearDevnet, near_watcher: NearWatcher, monkeypatch: pytest.MonkeyPatch, patient: None
) -> None:
    """Its key's nonce is used up by a transfer of nothing; when that is final the lock can never land."""
    sender = sender_for("near")
    intent = order(near_devnet, 1)
    with monkeypatch.context() as patch:
        patch.setattr(sender.client, "send", lambda _: None)
        intent_send(intent_id=intent.pk)
    lock = ChainTransaction.objects.get()
    assert cancel(intent) == Intent.State.SENT
    transactions_tend(chain="near")
    settle(near_devnet, near_watcher)
    intent.refresh_from_db()
    assert (intent.state, states()) == (
        Intent.State.WITHDRAWN,
        [("call", State.REPLACED), ("cancellation", State.SUCCEEDED)],
    )
    assert not Outflow.objects.filter(released_at=None).exists()
    sender.client.send(bytes(lock.raw))  # somebody kept the bytes: a node takes them, and no block ever does
    settle(near_devnet, near_watcher)
    assert locks() == 0


def test_a_lock_that_landed_before_its_cancellation_is_done(
    near_devnet: NearDevnet, near_watcher: NearWatcher, monkeypatch: pytest.MonkeyPatch, patient: None
) -> None:
    """A node that lags knows nothing of it: the cancellation is refused, and the lock counts."""
    sender = sender_for("near")
    intent = order(near_devnet, 1)
    near_devnet.rpc("devnet_pause")
    intent_send(intent_id=intent.pk)
    cancel(intent)
    transactions_tend(chain="near")
    near_devnet.rpc("devnet_resume")
    assert [kind for kind, _ in states()] == ["call", "cancellation"]
    for _ in range(3):
        settle(near_devnet, near_watcher)
    intent.refresh_from_db()
    assert (intent.state, states()) == (
        Intent.State.DONE,
        [("call", State.SUCCEEDED), ("cancellation", State.REPLACED)],
    )
    assert locks() == 1
    assert sender.client.outcome(ChainTransaction.objects.get(kind="call").hash, US).status == "succeeded"


def test_a_dead_lock_that_was_to_be_cancelled_is_withdrawn(
    near_devnet: NearDevnet, near_watcher: NearWatcher, monkeypatch: pytest.MonkeyPatch, patient: None
) -> None:
    sender = sender_for("near")
    intent = order(near_devnet, 1)
    with monkeypatch.context() as patch:
        patch.setattr(sender.client, "send", lambda _: None)
        intent_send(intent_id=intent.pk)
    lock = ChainTransaction.objects.get()
    elsewhere(sender.client, lock)
    cancel(intent)
    settle(near_devnet, near_watcher)
    intent.refresh_from_db()
    intent_send(intent_id=intent.pk)
    assert (intent.state, states(), locks()) == (Intent.State.WITHDRAWN, [("call", State.REPLACED)], 0)


def test_hot_key__caps_and_kill_switch_hold_for_each_key(
    near_devnet: NearDevnet, near_watcher: NearWatcher, settings: Any
) -> None:
    token = {"symbol": "NEAR", "id": "near", "decimals": 24, "max_per_day": AMOUNT}
    configure(settings, "near", tokens=[token])
    for number in range(4):
        intent_send(intent_id=order(near_devnet, number).pk)
    assert ChainTransaction.objects.count() == 3  # one for each key
    assert "may pay today" in Intent.objects.latest("pk").attention
    assert set(Outflow.objects.values_list("token", "amount")) == {("near", AMOUNT)}


def test_a_stopped_key_leaves_payments_to_the_others(near_devnet: NearDevnet, near_watcher: NearWatcher) -> None:
    sender = sender_for("near")
    account = sender.account_for(US, public(FULL[0]))
    Account.objects.filter(pk=account.pk).update(stopped_reason="leaked")
    for number in range(3):
        intent_send(intent_id=order(near_devnet, number).pk)
    assert ChainTransaction.objects.count() == 3
    assert not account.transactions.exists()


def test_nonce_drift__a_key_used_elsewhere_kills_ours_and_it_is_signed_anew(
    near_devnet: NearDevnet, near_watcher: NearWatcher, settings: Any, monkeypatch: pytest.MonkeyPatch, patient: None
) -> None:
    """A higher nonce landed: only when that is final, and our hash is absent, other bytes are signed."""
    configure(settings, "near", private_keys=FULL[:1])
    forget_clients()
    sender = sender_for("near")
    intent = order(near_devnet, 1)
    with monkeypatch.context() as patch:
        patch.setattr(sender.client, "send", lambda _: None)  # lost behind the node that took it
        intent_send(intent_id=intent.pk)
        dead = ChainTransaction.objects.get()
        transactions_tend(chain="near")
        assert ChainTransaction.objects.get().is_open
    elsewhere(sender.client, dead, ahead=5)
    settle(near_devnet, near_watcher)
    assert (states(), locks()) == ([("call", State.REPLACED)], 0)
    intent_send(intent_id=intent.pk)
    settle(near_devnet, near_watcher)
    assert (states(), locks()) == ([("call", State.REPLACED), ("call", State.SUCCEEDED)], 1)
    assert ChainTransaction.objects.latest("pk").nonce > dead.nonce + 5


def test_dropped_tx__an_expired_block_hash_is_signed_anew_only_at_final(
    near_devnet: NearDevnet, near_watcher: NearWatcher, monkeypatch: pytest.MonkeyPatch, patient: None
) -> None:
    sender = sender_for("near")
    intent = order(near_devnet, 1)
    with monkeypatch.context() as patch:
        patch.setattr(sender.client, "send", lambda _: None)
        intent_send(intent_id=intent.pk)
        height = Chain.objects.get(name="near").final_height or 0
        assert (ChainTransaction.objects.get().valid_until_height or 0) >= height + BLOCK_HASH_LIFE
        ChainTransaction.objects.update(valid_until_height=height)
        transactions_tend(chain="near")
        assert ChainTransaction.objects.get().is_open
        settle(near_devnet, near_watcher)
    assert (states(), ChainTransaction.objects.get().error) == ([("call", State.REPLACED)], "its block hash expired")
    intent_send(intent_id=intent.pk)
    settle(near_devnet, near_watcher)
    assert locks() == 1


def test_sent_long_ago_is_sent_again_with_the_same_bytes(
    near_devnet: NearDevnet, near_watcher: NearWatcher, monkeypatch: pytest.MonkeyPatch, patient: None
) -> None:
    """DROPPED-TX: the network forgot it while it may still land."""
    sender = sender_for("near")
    intent = order(near_devnet, 1)
    with monkeypatch.context() as patch:
        patch.setattr(sender.client, "send", lambda _: None)
        intent_send(intent_id=intent.pk)
    lost = ChainTransaction.objects.get()
    ChainTransaction.objects.update(last_broadcast_at=timezone.now())
    transactions_tend(chain="near")
    settle(near_devnet, near_watcher)
    again = ChainTransaction.objects.get()
    assert (again.hash, again.state, locks()) == (lost.hash, State.SUCCEEDED, 1)


def test_nonce_drift__the_networks_bound_is_kept(
    near_devnet: NearDevnet, near_watcher: NearWatcher, settings: Any
) -> None:
    """A nonce is below height x 10^6: one that we believed and that lies above it is not used."""
    configure(settings, "near", private_keys=FULL[:1])
    forget_clients()
    account = sender_for("near").account_for(US, public(FULL[0]))
    Account.objects.filter(pk=account.pk).update(next_nonce=2**62)
    intent_send(intent_id=order(near_devnet, 1).pk)
    settle(near_devnet, near_watcher)
    assert (states(), locks()) == ([("call", State.SUCCEEDED)], 1)
    assert ChainTransaction.objects.get().nonce < 2**62
