"""Sending on a real node: stored before broadcast, one effect however often it is tried, and belief only in final blocks."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections

from chains.config import chain_config
from chains.errors import TransportError
from chains.models import ChainTransaction, Intent
from chains.registry import registry
from chains.services.intents import intent_ensure
from chains.services.sending import intent_send, sender_for, transactions_tend
from chains.watchers.evm import EvmWatcher
from devnet.evm.anvil import Anvil
from devnet.evm.deploy import EvmDeployment
from devnet.network import OPERATOR, send_evm
from tests.integration.engine.conftest import NATIVE, immutables, read_all

State = ChainTransaction.State


def order(suite: EvmDeployment, number: int, latest: int = 2**40) -> Intent:
    """A small native destination lock from the Resolver's inventory."""
    call = {
        "method": "deploy_dst",
        "immutables": immutables(suite, number).to_json(),
        "sourceCancellation": str(latest),
        "value": "0",
    }
    return intent_ensure(subject_type="test", subject_id=f"s{number}", step="destination_lock", chain="base", call=call)


def locks(anvil: Anvil, suite: EvmDeployment) -> int:
    """How many destination escrows our factory has made, by the chain's word."""
    from chains.codec.evm import DST_ESCROW_CREATED

    query = {"fromBlock": "0x0", "address": suite.factory, "topics": [DST_ESCROW_CREATED]}
    return len(anvil.rpc.call("eth_getLogs", query))


def settle(anvil: Anvil, watcher: EvmWatcher) -> None:
    """Let blocks become final, read them, and look after what is open."""
    anvil.mine(4)
    read_all(watcher)
    transactions_tend(chain="base")


@pytest.fixture
def told() -> Iterator[list[str]]:
    """What the subject's app hears of its transactions."""
    heard: list[str] = []
    registry.transaction["test"] = lambda sent: heard.append(sent.state)
    yield heard
    del registry.transaction["test"]


def test_sent_once_and_done_when_final(
    anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher, told: list[str]
) -> None:
    intent = order(suite, 1)
    for _ in range(3):
        intent_send(intent_id=intent.pk)
    sent = ChainTransaction.objects.get()
    assert (sent.state, locks(anvil, suite)) == (State.BROADCAST, 1)
    transactions_tend(chain="base")
    sent.refresh_from_db()
    assert sent.state == State.INCLUDED
    settle(anvil, watcher)
    sent.refresh_from_db()
    intent.refresh_from_db()
    assert (sent.state, intent.state) == (State.SUCCEEDED, Intent.State.DONE)
    receipt = anvil.receipt(sent.hash)
    assert int(sent.fee_paid or 0) == int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)
    assert told == ["included", "succeeded"]


def test_double_lockup_two_workers_make_one_transaction(
    anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher
) -> None:
    """DOUBLE-LOCKUP: the same intent sent by four threads at once."""
    intent = order(suite, 1)

    def send(_: int) -> None:
        intent_send(intent_id=intent.pk)
        connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(send, range(4)))
    assert ChainTransaction.objects.count() == 1
    assert locks(anvil, suite) == 1


def test_retry_nonidempotent_a_timeout_after_acceptance(
    anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RETRY-NONIDEMPOTENT: the node takes the transaction and then times out; the same bytes go out again, one effect."""
    sender = sender_for("base")
    send_raw = sender.client.send_raw

    def timeout_after(raw: bytes) -> str:
        send_raw(raw)
        raise TransportError("no answer")

    monkeypatch.setattr(sender.client, "send_raw", timeout_after)
    intent = order(suite, 1)
    intent_send(intent_id=intent.pk)
    sent = ChainTransaction.objects.get()
    assert (sent.state, sent.error[:15]) == (State.BROADCAST, "no clear answer")
    monkeypatch.setattr(sender.client, "send_raw", send_raw)
    settle(anvil, watcher)
    assert ChainTransaction.objects.get().state == State.SUCCEEDED
    assert locks(anvil, suite) == 1


def test_a_kill_between_the_commit_and_the_broadcast(
    anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bytes were stored and never sent: whoever comes next sends the same ones."""
    sender = sender_for("base")

    class Killed(BaseException):
        pass

    def killed(raw: bytes) -> str:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(sender.client, "send_raw", killed)
        intent = order(suite, 1)
        with pytest.raises(Killed):
            intent_send(intent_id=intent.pk)
    stored = ChainTransaction.objects.get()
    assert stored.state == State.SIGNED
    intent_send(intent_id=intent.pk)
    again = ChainTransaction.objects.get()
    assert (again.hash, again.state) == (stored.hash, State.BROADCAST)
    assert locks(anvil, suite) == 1


def test_dropped_transaction_is_sent_again_with_the_same_bytes(
    anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher
) -> None:
    """DROPPED-TX: the node forgets it; the next look sends the stored bytes."""
    anvil.pause_mining()
    try:
        intent = order(suite, 1)
        intent_send(intent_id=intent.pk)
        sent = ChainTransaction.objects.get()
        anvil.drop_transaction(sent.hash)
    finally:
        anvil.resume_mining()
    transactions_tend(chain="base")
    assert ChainTransaction.objects.get().broadcasts == 2
    settle(anvil, watcher)
    assert ChainTransaction.objects.get().state == State.SUCCEEDED
    assert locks(anvil, suite) == 1


def test_stuck_fee_is_replaced_under_the_same_nonce(
    anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher, settings: Any
) -> None:
    """STUCK-FEE: a second transaction at 12.5 % more takes the same nonce; one of the two lands."""
    settings.CHAINS = {**settings.CHAINS, "base": {**settings.CHAINS["base"], "stuck_seconds": 0.0}}
    anvil.pause_mining()
    try:
        intent_send(intent_id=order(suite, 1).pk)
        transactions_tend(chain="base")
    finally:
        anvil.resume_mining()
    old, new = ChainTransaction.objects.order_by("pk")
    assert (old.state, new.state, old.nonce) == (State.REPLACED, State.BROADCAST, new.nonce)
    assert int(new.fields["maxFeePerGas"]) * 1000 >= int(old.fields["maxFeePerGas"]) * 1125
    settings.CHAINS = {**settings.CHAINS, "base": {**settings.CHAINS["base"], "stuck_seconds": 3600.0}}
    settle(anvil, watcher)
    settle(anvil, watcher)
    assert locks(anvil, suite) == 1
    assert ChainTransaction.objects.filter(state=State.SUCCEEDED).count() == 1


def test_nonce_drift_after_a_transaction_by_hand(anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher) -> None:
    """NONCE-DRIFT: somebody used our key elsewhere; the next transaction takes the chain's nonce, without a gap."""
    intent_send(intent_id=order(suite, 1).pk)
    settle(anvil, watcher)
    anvil.receipt(send_evm(anvil.rpc, OPERATOR, OPERATOR.address, b""))
    intent_send(intent_id=order(suite, 2).pk)
    settle(anvil, watcher)
    assert locks(anvil, suite) == 2
    first, second = ChainTransaction.objects.order_by("pk")
    assert second.nonce == first.nonce + 2


def test_a_nonce_taken_by_another_transaction_is_buried_and_signed_anew(
    anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher
) -> None:
    """Ours can never land: its nonce went to a transaction by hand. Only a final block says so, and then it is made anew."""
    anvil.pause_mining()
    try:
        intent = order(suite, 1)
        intent_send(intent_id=intent.pk)
        anvil.drop_transaction(ChainTransaction.objects.get().hash)
        send_evm(anvil.rpc, OPERATOR, OPERATOR.address, b"")
    finally:
        anvil.resume_mining()
    settle(anvil, watcher)
    assert ChainTransaction.objects.get().state == State.REPLACED
    intent.refresh_from_db()
    assert intent.state == Intent.State.PENDING
    intent_send(intent_id=intent.pk)
    settle(anvil, watcher)
    assert locks(anvil, suite) == 1


def test_reverted_tx_is_not_success(anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher, told: list[str]) -> None:
    """REVERTED-TX-AS-SUCCESS: right when it was estimated, and too late when it was mined."""
    anvil.pause_mining()
    try:
        intent = order(suite, 1, latest=anvil.time + 130)
        intent_send(intent_id=intent.pk)
        anvil.rpc.call("evm_increaseTime", 600)
    finally:
        anvil.resume_mining()
    settle(anvil, watcher)
    intent.refresh_from_db()
    sent = ChainTransaction.objects.get()
    assert (sent.state, intent.state) == (State.FAILED, Intent.State.REVERTED)
    assert locks(anvil, suite) == 0
    assert told == ["failed"]
    assert sent.fee_paid


def test_a_call_that_would_revert_is_not_signed(anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher) -> None:
    """The estimate says no: nothing is signed, no nonce is used, and it is tried again later."""
    terms = immutables(suite, 1)
    call = {"method": "cancel", "escrow": "0x" + "77" * 20, "immutables": terms.to_json()}
    intent = intent_ensure(subject_type="test", subject_id="x", step="refund", chain="base", call=call)
    intent_send(intent_id=intent.pk)
    intent.refresh_from_db()
    assert (intent.state, intent.attempts) == (Intent.State.PENDING, 1)
    assert intent.last_error
    assert not ChainTransaction.objects.exists()


def test_a_reorg_that_takes_our_transaction_out_brings_it_back(
    anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher
) -> None:
    """REORG-AFTER-ACT: it was included, its block went, the same bytes go out again."""
    anvil.mine(1)
    intent_send(intent_id=order(suite, 1).pk)
    read_all(watcher)
    transactions_tend(chain="base")
    assert ChainTransaction.objects.get().state == State.INCLUDED
    anvil.reorg(1)
    anvil.mine(1)
    read_all(watcher)
    transactions_tend(chain="base")
    settle(anvil, watcher)
    settle(anvil, watcher)
    assert ChainTransaction.objects.get().state == State.SUCCEEDED
    assert locks(anvil, suite) == 1


def test_twenty_sends_at_once_leave_no_gap(anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher) -> None:
    """NONCE GAP: parallel sends from one account get consecutive nonces, and all land."""
    intents = [order(suite, number) for number in range(1, 21)]

    def send(intent: Intent) -> None:
        intent_send(intent_id=intent.pk)
        connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(send, intents))
    settle(anvil, watcher)
    nonces = sorted(ChainTransaction.objects.values_list("nonce", flat=True))
    assert nonces == list(range(nonces[0], nonces[0] + 20))
    assert locks(anvil, suite) == 20


def test_the_native_coin_is_the_zero_address(watcher: EvmWatcher) -> None:
    assert chain_config("base").native_token == NATIVE
