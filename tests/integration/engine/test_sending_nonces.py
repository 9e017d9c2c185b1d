"""Nonces on a real EVM node: no gap, no reuse, drift repaired from the chain."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chains.errors import NonceTooLow, TransportError
from chains.models import Account, ChainTransaction, Intent
from chains.services.sending import intent_send, sender_for, transactions_tend
from chains.watchers.evm import EvmWatcher
from devnet.evm.anvil import Anvil
from devnet.evm.deploy import EvmDeployment
from devnet.network import OPERATOR, send_evm
from tests.integration.engine.sending import State, locks, order, read_all, settle, states
from tests.threads import giving_back


def _send_all(intents: list[Intent]) -> None:
    @giving_back
    def send(intent: Intent) -> None:
        intent_send(intent_id=intent.pk)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(send, intents))


def test_nonce_drift__twenty_sends_at_once_leave_no_gap(
    anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher
) -> None:
    _send_all([order(suite, number) for number in range(1, 21)])
    settle(anvil, watcher)
    nonces = sorted(ChainTransaction.objects.values_list("nonce", flat=True))
    assert nonces == list(range(nonces[0], nonces[0] + 20))
    assert locks(anvil, suite) == 20


def test_nonce_drift__one_of_many_is_never_broadcast(
    anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its nonce stands below the others': it is sent by whoever looks next, and nobody else gets its nonce."""
    sender = sender_for("base")
    send_raw = sender.client.send_raw
    failing = {"left": 1}

    def lost_once(raw: bytes) -> str:
        if failing["left"]:
            failing["left"] = 0
            raise TransportError("no route")
        return str(send_raw(raw))

    with monkeypatch.context() as patch:
        patch.setattr(sender.client, "send_raw", lost_once)
        for number in range(1, 6):
            intent_send(intent_id=order(suite, number).pk)
    assert locks(anvil, suite) == 0  # the lowest nonce is missing: the others wait for it
    settle(anvil, watcher)
    settle(anvil, watcher)
    assert states() == [("call", State.SUCCEEDED)] * 5
    assert locks(anvil, suite) == 5


def test_nonce_drift__a_transaction_by_hand(anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher) -> None:
    """Somebody used our key elsewhere: the next transaction takes the chain's nonce, without a gap, and it is told."""
    intent_send(intent_id=order(suite, 1).pk)
    settle(anvil, watcher)
    anvil.receipt(send_evm(anvil.rpc, OPERATOR, OPERATOR.address, b""))
    intent_send(intent_id=order(suite, 2).pk)
    settle(anvil, watcher)
    assert locks(anvil, suite) == 2
    first, second = ChainTransaction.objects.order_by("pk")
    assert second.nonce == first.nonce + 2
    assert "used elsewhere" in Account.objects.get().attention


def test_nonce_drift__a_hole_below_ours_is_filled(
    anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A node told of a transaction in its pool that was not there: ours can never land until the hole is filled."""
    sender = sender_for("base")
    nonce = sender.client.nonce
    intent_send(intent_id=order(suite, 1).pk)
    with monkeypatch.context() as patch:
        patch.setattr(sender.client, "nonce", lambda a, b="latest": nonce(a, b) + 3 * (b == "pending"))
        intent_send(intent_id=order(suite, 2).pk)
    assert locks(anvil, suite) == 1
    settle(anvil, watcher)
    settle(anvil, watcher)
    settle(anvil, watcher)
    assert states() == [("call", State.SUCCEEDED)] * 2 + [("filler", State.SUCCEEDED)] * 3
    assert locks(anvil, suite) == 2
    assert set(Intent.objects.filter(step="fill_nonce").values_list("state", flat=True)) == {Intent.State.DONE}


def test_nonce_drift__a_node_absurdly_far_ahead_is_not_believed(
    suite: EvmDeployment, watcher: EvmWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    intent_send(intent_id=order(suite, 1).pk)
    sender = sender_for("base")
    monkeypatch.setattr(sender.client, "nonce", lambda a, b="latest": 10**9)
    intent = order(suite, 2)
    intent_send(intent_id=intent.pk)
    intent.refresh_from_db()
    assert (intent.state, ChainTransaction.objects.count()) == (Intent.State.PENDING, 1)
    assert "1000000000" in intent.attention


def test_nonce_drift__a_node_behind_what_is_final_gets_nothing_new(
    anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lags, or the chain was reset: a nonce that is used is not given out again."""
    intent_send(intent_id=order(suite, 1).pk)
    settle(anvil, watcher)
    used = ChainTransaction.objects.get().nonce
    sender = sender_for("base")
    intent = order(suite, 2)
    with monkeypatch.context() as patch:
        patch.setattr(sender.client, "nonce", lambda a, b="latest": used)
        intent_send(intent_id=intent.pk)
    intent.refresh_from_db()
    assert ChainTransaction.objects.count() == 1
    assert "final block" in intent.attention
    Intent.objects.update(not_before=None)
    intent_send(intent_id=intent.pk)
    settle(anvil, watcher)
    assert locks(anvil, suite) == 2


def test_nonce_drift__a_reset_behind_final_blocks_is_repaired_with_the_same_bytes(
    anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher
) -> None:
    """The chain forgot final blocks: what they held of ours goes out again, byte for byte, before anything new."""
    before = anvil.snapshot()
    intent_send(intent_id=order(suite, 1).pk)
    settle(anvil, watcher)
    anvil.pause_mining()
    intent_send(intent_id=order(suite, 2).pk)
    anvil.revert(before)
    assert locks(anvil, suite) == 0
    anvil.mine(8)
    anvil.pause_mining()
    transactions_tend(chain="base")
    anvil.resume_mining()
    first, second = ChainTransaction.objects.order_by("pk")
    assert [anvil.receipt(one.hash)["status"] for one in (first, second)] == ["0x1", "0x1"]
    assert locks(anvil, suite) == 2
    assert "went back" in Account.objects.get().attention


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
    transactions_tend(chain="base")
    assert ChainTransaction.objects.get().is_open  # in a block, but not in a final one
    settle(anvil, watcher)
    assert ChainTransaction.objects.get().state == State.REPLACED
    intent.refresh_from_db()
    assert intent.state == Intent.State.PENDING
    intent_send(intent_id=intent.pk)
    settle(anvil, watcher)
    assert locks(anvil, suite) == 1


def test_receipt_lag_false_revert__a_node_without_receipts_buries_nothing(
    anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The nonce is used in a final block and one node knows no receipt: another one is asked before it counts as dead."""
    intent_send(intent_id=order(suite, 1).pk)
    anvil.mine(4)
    read_all(watcher)
    sender = sender_for("base")
    monkeypatch.setattr(sender.client, "receipt", lambda _: None)
    transactions_tend(chain="base")
    assert ChainTransaction.objects.get().is_open
    monkeypatch.undo()
    transactions_tend(chain="base")
    assert ChainTransaction.objects.get().state == State.SUCCEEDED


@pytest.mark.parametrize("landed", [True, False])
def test_nonce_error_misclassified__looked_up_by_its_hash(
    landed: bool, anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ "nonce too low" for bytes that landed is no failure, and for bytes that did not it is one; neither signs anew."""
    sender = sender_for("base")
    send_raw = sender.client.send_raw

    def too_low(raw: bytes) -> None:
        if landed:
            send_raw(raw)
        raise NonceTooLow("nonce too low")

    with monkeypatch.context() as patch:
        patch.setattr(sender.client, "send_raw", too_low)
        intent_send(intent_id=order(suite, 1).pk)
    sent = ChainTransaction.objects.get()
    expected: tuple[Any, ...] = (State.BROADCAST, "") if landed else (State.SIGNED, "rejected (NonceTooLow)")
    assert (sent.state, sent.error[: len(expected[1])]) == expected
    settle(anvil, watcher)
    settle(anvil, watcher)
    assert ChainTransaction.objects.get().state == State.SUCCEEDED
    assert locks(anvil, suite) == 1
