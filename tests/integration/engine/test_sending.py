"""Sending on a real node: stored before broadcast, one effect however often it is tried, and belief only in final blocks."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from chains.config import chain_config, forget_clients
from chains.errors import TransportError
from chains.models import ChainTransaction, Intent
from chains.registry import registry
from chains.services.ingest import money_halt, money_resume
from chains.services.intents import intent_ensure
from chains.services.sending import common, intent_send, sender_for, transactions_tend
from chains.services.sending.evm import EvmSender
from chains.signers.local_evm import LocalEvmSigner
from chains.watchers.evm import EvmWatcher
from devnet.evm.anvil import Anvil
from devnet.evm.deploy import EvmDeployment
from tests.integration.engine.conftest import NATIVE, immutables
from tests.integration.engine.sending import Killed, State, locks, order, settle
from tests.threads import giving_back


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


def test_double_lockup__four_workers_at_once(anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher) -> None:
    """The same intent sent by four threads at once becomes one transaction."""
    intent = order(suite, 1)

    @giving_back
    def send(_: int) -> None:
        intent_send(intent_id=intent.pk)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(send, range(4)))
    assert ChainTransaction.objects.count() == 1
    assert locks(anvil, suite) == 1


def _before(*_: Any, **__: Any) -> None:
    raise Killed


def _after(function: Callable[..., Any]) -> Callable[..., Any]:
    def done_and_killed(*args: Any, **kwargs: Any) -> None:
        function(*args, **kwargs)
        raise Killed

    return done_and_killed


KILLS: dict[str, tuple[Any, str, bool]] = {
    "before_preparing": (EvmSender, "prepare", False),
    "after_preparing": (EvmSender, "prepare", True),
    "before_signing": (LocalEvmSigner, "sign_transaction", False),
    "after_signing": (LocalEvmSigner, "sign_transaction", True),
    "before_storing": (common.Sender, "_store", False),
    "after_storing": (common.Sender, "_store", True),
    "before_broadcast": (EvmSender, "broadcast", False),
    "after_broadcast": (EvmSender, "broadcast", True),
    "after_noting_the_broadcast": (common.Sender, "push", True),
}


@pytest.mark.parametrize("point", KILLS)
def test_double_lockup__killed_at(
    point: str, anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies at a point of the sending; a new one is told the same again, and makes exactly one lock."""
    owner, name, afterwards = KILLS[point]
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, _after(getattr(owner, name)) if afterwards else _before)
        with pytest.raises(Killed):
            intent_send(intent_id=order(suite, 1).pk)
    forget_clients()
    stored = list(ChainTransaction.objects.values_list("hash", flat=True))
    for _ in range(2):
        intent_send(intent_id=order(suite, 1).pk)
        settle(anvil, watcher)
    done = ChainTransaction.objects.get()
    assert stored in ([], [done.hash])
    assert (done.state, done.intent.state) == (State.SUCCEEDED, Intent.State.DONE)
    assert locks(anvil, suite) == 1


def test_retry_nonidempotent__a_timeout_after_acceptance(
    anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The node takes the transaction and then times out; the same bytes go out again, one effect."""
    sender = sender_for("base")
    send_raw = sender.client.send_raw

    def timeout_after(raw: bytes) -> str:
        send_raw(raw)
        raise TransportError("no answer")

    monkeypatch.setattr(sender.client, "send_raw", timeout_after)
    intent_send(intent_id=order(suite, 1).pk)
    sent = ChainTransaction.objects.get()
    assert (sent.state, sent.error[:15]) == (State.BROADCAST, "no clear answer")
    monkeypatch.setattr(sender.client, "send_raw", send_raw)
    settle(anvil, watcher)
    assert ChainTransaction.objects.get().state == State.SUCCEEDED
    assert locks(anvil, suite) == 1


def test_dropped_tx__is_sent_again_with_the_same_bytes(anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher) -> None:
    """The node forgets it; the next look sends the stored bytes."""
    anvil.pause_mining()
    try:
        intent_send(intent_id=order(suite, 1).pk)
        sent = ChainTransaction.objects.get()
        anvil.drop_transaction(sent.hash)
    finally:
        anvil.resume_mining()
    transactions_tend(chain="base")
    assert ChainTransaction.objects.get().broadcasts == 2
    settle(anvil, watcher)
    assert ChainTransaction.objects.get().state == State.SUCCEEDED
    assert locks(anvil, suite) == 1


def test_reverted_tx_as_success__status_0(
    anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher, told: list[str]
) -> None:
    """Right when it was estimated, and too late when it was mined."""
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
    assert (intent.state, intent.attempts, intent.delays) == (Intent.State.PENDING, 1, 0)
    assert intent.last_error
    assert not ChainTransaction.objects.exists()


def test_rpc_error_as_evidence__silence_counts_against_no_call(
    suite: EvmDeployment, watcher: EvmWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A node that does not answer delays an intent; only a call that would revert is an attempt of it."""

    def silent(*_: Any) -> None:
        raise TransportError("no answer")

    monkeypatch.setattr(sender_for("base").client, "estimate_gas", silent)
    intent = order(suite, 1)
    for _ in range(8):
        Intent.objects.update(not_before=None)
        intent_send(intent_id=intent.pk)
    intent.refresh_from_db()
    assert (intent.state, intent.attempts, intent.delays) == (Intent.State.PENDING, 0, 8)


def test_a_claim_does_not_sleep_through_its_deadline(
    suite: EvmDeployment, watcher: EvmWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long the node was away, several tries are left before a claim stops being possible."""
    sender = sender_for("base")
    monkeypatch.setattr(sender.client, "estimate_gas", _silent)
    deadline = timezone.now() + timedelta(seconds=60)
    intent = order(suite, 1, deadline=deadline)
    for _ in range(8):
        Intent.objects.update(not_before=None)
        intent_send(intent_id=intent.pk)
    intent.refresh_from_db()
    assert intent.not_before is not None
    assert intent.not_before < timezone.now() + timedelta(seconds=8)


def _silent(*_: Any) -> None:
    raise TransportError("no answer")


def test_reorg_after_act__a_halted_chain_gets_nothing_signed_or_sent(
    anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deeper than finality: what was not signed is not, what was not sent is not, until an operator lifts the halt."""
    with monkeypatch.context() as patch:
        patch.setattr(EvmSender, "broadcast", _before)
        with pytest.raises(Killed):
            intent_send(intent_id=order(suite, 1).pk)
    money_halt(chain=watcher.chain, reason="a final block is gone")
    for number in (1, 2):
        intent_send(intent_id=order(suite, number).pk)
    transactions_tend(chain="base")
    assert (ChainTransaction.objects.get().state, locks(anvil, suite)) == (State.SIGNED, 0)
    assert "a final block is gone" in Intent.objects.latest("pk").attention
    money_resume(chain=watcher.chain, actor="olga", reason="looked")
    Intent.objects.update(not_before=None)
    for number in (1, 2):
        intent_send(intent_id=order(suite, number).pk)
    settle(anvil, watcher)
    assert locks(anvil, suite) == 2


@pytest.mark.parametrize("state", [Intent.State.DONE, Intent.State.WITHDRAWN])
def test_replayed__what_is_over_is_never_sent_again(
    state: str, anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher
) -> None:
    """A restart replays every order and every job: an intent that is done or withdrawn is kept, and makes nothing."""
    intent = order(suite, 1)
    Intent.objects.filter(pk=intent.pk).update(state=state)
    for _ in range(2):
        intent_send(intent_id=order(suite, 1).pk)
        settle(anvil, watcher)
    intent.refresh_from_db()
    assert (intent.state, ChainTransaction.objects.count(), locks(anvil, suite)) == (state, 0, 0)


def test_the_native_coin_is_the_zero_address(watcher: EvmWatcher) -> None:
    assert chain_config("base").native_token == NATIVE
