"""Making an intent impossible that is no longer wanted: a rival with its nonce that does nothing; the chain decides."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from chains.errors import TransportError
from chains.models import ChainTransaction, Intent, Outflow
from chains.registry import registry
from chains.services.intents import intent_cancel
from chains.services.sending import intent_send, sender_for, transactions_tend
from chains.watchers.evm import EvmWatcher
from devnet.evm.anvil import Anvil
from devnet.evm.deploy import EvmDeployment
from devnet.network import OPERATOR, send_evm
from tests.integration.engine.sending import Killed, State, configure, locks, order, read_all, settle, states
from tests.threads import giving_back

CANCELLED = [("call", State.REPLACED), ("cancellation", State.SUCCEEDED)]


def cancel(intent: Intent) -> str:
    return str(intent_cancel(intent, reason="no longer wanted").state)


@pytest.fixture
def told() -> Iterator[list[tuple[str, str]]]:
    """What the subject's app hears: the state of each transaction, and of its intent at that time."""
    heard: list[tuple[str, str]] = []
    registry.transaction["test"] = lambda sent: heard.append((sent.kind, sent.intent.state))
    yield heard
    del registry.transaction["test"]


def test_what_was_never_signed_is_withdrawn_at_once(anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher) -> None:
    intent = order(suite, 1)
    assert cancel(intent) == Intent.State.WITHDRAWN
    intent_send(intent_id=intent.pk)
    assert (ChainTransaction.objects.count(), locks(anvil, suite)) == (0, 0)


def test_a_waiting_lock_is_beaten_by_its_cancellation(
    anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher, told: list[tuple[str, str]]
) -> None:
    """Withdrawn only when the cancellation is final; the lock's bytes can never land after that."""
    intent = order(suite, 1)
    anvil.pause_mining()
    intent_send(intent_id=intent.pk)
    lock = ChainTransaction.objects.get()
    assert cancel(intent) == Intent.State.SENT
    transactions_tend(chain="base")
    anvil.resume_mining()
    transactions_tend(chain="base")
    intent.refresh_from_db()
    assert (intent.state, states()) == (Intent.State.SENT, [CANCELLED[0], ("cancellation", State.INCLUDED)])
    settle(anvil, watcher)
    intent.refresh_from_db()
    assert (intent.state, states()) == (Intent.State.WITHDRAWN, CANCELLED)
    cancellation = ChainTransaction.objects.get(kind="cancellation")
    assert (cancellation.nonce, cancellation.intent, cancellation.fee_paid) == (
        lock.nonce,
        intent,
        21000 * _price(cancellation),
    )
    assert told[-1] == ("cancellation", Intent.State.WITHDRAWN)
    assert not Outflow.objects.filter(released_at=None).exists()
    with pytest.raises(Exception, match="nonce too low"):
        anvil.rpc.call("eth_sendRawTransaction", "0x" + bytes(lock.raw).hex())
    assert locks(anvil, suite) == 0


def _price(sent: ChainTransaction) -> int:
    return int(sent.fee_detail["effectiveGasPrice"])


def test_the_lock_that_landed_first_is_done(anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher) -> None:
    """Its cancellation is refused by the chain, and the outcome is what landed."""
    intent = order(suite, 1)
    intent_send(intent_id=intent.pk)
    assert (cancel(intent), locks(anvil, suite)) == (Intent.State.SENT, 1)
    transactions_tend(chain="base")
    assert states() == [("call", State.INCLUDED)]
    settle(anvil, watcher)
    intent.refresh_from_db()
    assert intent.state == Intent.State.DONE


def test_the_lock_lands_while_its_cancellation_is_out(
    anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A node that lags shows no receipt: a cancellation is signed and refused, and the lock counts."""
    intent = order(suite, 1)
    intent_send(intent_id=intent.pk)
    cancel(intent)
    with monkeypatch.context() as patch:
        patch.setattr(sender_for("base").client, "receipt", lambda _: None)
        transactions_tend(chain="base")
    assert [kind for kind, _ in states()] == ["call", "cancellation"]
    settle(anvil, watcher)
    intent.refresh_from_db()
    assert (intent.state, states()) == (
        Intent.State.DONE,
        [("call", State.SUCCEEDED), ("cancellation", State.REPLACED)],
    )
    assert locks(anvil, suite) == 1


def test_an_included_lock_that_falls_out_is_cancelled_then(
    anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher
) -> None:
    """While it is in a block the chain may keep it; out of it, it is sent no more."""
    anvil.mine(1)
    intent = order(suite, 1)
    intent_send(intent_id=intent.pk)
    transactions_tend(chain="base")
    cancel(intent)
    anvil.reorg(1)
    read_all(watcher)
    transactions_tend(chain="base")
    settle(anvil, watcher)
    settle(anvil, watcher)
    intent.refresh_from_db()
    assert (intent.state, states(), locks(anvil, suite)) == (Intent.State.WITHDRAWN, CANCELLED, 0)


def test_stored_and_never_sent_is_cancelled_without_being_sent(
    anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bytes in a database may be on their way: only a used nonce makes them harmless. A sweep does not send them."""

    def killed(*_: Any) -> None:
        raise Killed

    intent = order(suite, 1)
    with monkeypatch.context() as patch:
        patch.setattr(sender_for("base").client, "send_raw", killed)
        with pytest.raises(Killed):
            intent_send(intent_id=intent.pk)
    assert cancel(intent) == Intent.State.SENT
    intent_send(intent_id=intent.pk)
    assert locks(anvil, suite) == 0
    settle(anvil, watcher)
    settle(anvil, watcher)
    intent.refresh_from_db()
    assert (intent.state, states(), locks(anvil, suite)) == (Intent.State.WITHDRAWN, CANCELLED, 0)


def test_a_stuck_cancellation_pays_more_and_stays_a_cancellation(
    anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher, settings: Any
) -> None:
    configure(settings, "base", stuck_seconds=0.0)
    anvil.pause_mining()
    intent = order(suite, 1)
    intent_send(intent_id=intent.pk)
    cancel(intent)
    for _ in range(3):
        transactions_tend(chain="base")
    anvil.resume_mining()
    settle(anvil, watcher)
    intent.refresh_from_db()
    kinds = [kind for kind, _ in states()]
    assert (kinds, intent.state) == (["call", *["cancellation"] * 3], Intent.State.WITHDRAWN)
    assert (locks(anvil, suite), ChainTransaction.objects.filter(state=State.SUCCEEDED).count()) == (0, 1)


def test_a_lock_at_its_cap_can_still_be_cancelled(
    anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher, settings: Any
) -> None:
    """What is in no hurry leaves an eighth below the cap."""
    anvil.pause_mining()
    intent = order(suite, 1)
    intent_send(intent_id=intent.pk)
    offered = int(ChainTransaction.objects.get().fields["maxFeePerGas"])
    configure(settings, "base", stuck_seconds=0.0, max_fee_wei=offered * 3 // 2)
    for _ in range(20):
        transactions_tend(chain="base")
        intent.refresh_from_db()
        if intent.attention:
            break
    assert "fee cap" in intent.attention
    cancel(intent)
    transactions_tend(chain="base")
    anvil.resume_mining()
    settle(anvil, watcher)
    intent.refresh_from_db()
    assert (intent.state, locks(anvil, suite)) == (Intent.State.WITHDRAWN, 0)


def test_a_nonce_taken_by_hand_withdraws_what_was_to_be_cancelled(
    anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher, told: list[tuple[str, str]]
) -> None:
    """Dead by another's transaction: nothing of it can land, and it is not signed anew."""
    anvil.pause_mining()
    intent = order(suite, 1)
    intent_send(intent_id=intent.pk)
    anvil.drop_transaction(ChainTransaction.objects.get().hash)
    send_evm(anvil.rpc, OPERATOR, OPERATOR.address, b"")
    cancel(intent)
    anvil.resume_mining()
    settle(anvil, watcher)
    intent.refresh_from_db()
    intent_send(intent_id=intent.pk)
    assert (intent.state, told[-1][1], locks(anvil, suite)) == (Intent.State.WITHDRAWN, Intent.State.WITHDRAWN, 0)
    assert not ChainTransaction.objects.exclude(state=State.REPLACED).exists()


def test_double_lockup__locks_and_their_cancellations_race(
    anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher
) -> None:
    """Six locks wait while blocks are made, cancellations ordered and transactions looked after, all at once: at the end
    each intent is done with a lock, or withdrawn without one."""
    anvil.pause_mining()
    intents = [order(suite, number) for number in range(1, 7)]
    for intent in intents:
        intent_send(intent_id=intent.pk)

    @giving_back
    def act(job: tuple[int, Intent]) -> None:
        turn, intent = job
        if turn == 0:
            cancel(intent)
        elif turn == 1:
            transactions_tend(chain="base")
        elif intent.pk % 3 == 0:
            anvil.mine()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(act, [(turn, intent) for intent in intents for turn in range(3)]))
    anvil.resume_mining()
    for _ in range(4):
        settle(anvil, watcher)
    ends = list(Intent.objects.filter(subject_type="test").values_list("state", flat=True))
    assert set(ends) <= {Intent.State.DONE, Intent.State.WITHDRAWN}
    assert locks(anvil, suite) == ends.count(Intent.State.DONE)


@pytest.mark.parametrize("accepted", [True, False])
def test_retry_nonidempotent__a_cancellation_without_an_answer(
    accepted: bool, anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its bytes are stored, and go out again until one of the two is final."""
    sender = sender_for("base")
    send_raw = sender.client.send_raw
    anvil.pause_mining()
    intent = order(suite, 1)
    intent_send(intent_id=intent.pk)
    cancel(intent)

    def unanswered(raw: bytes) -> None:
        if accepted:
            send_raw(raw)
        raise TransportError("no answer")

    with monkeypatch.context() as patch:
        patch.setattr(sender.client, "send_raw", unanswered)
        transactions_tend(chain="base")
    stored = ChainTransaction.objects.get(kind="cancellation").hash
    ChainTransaction.objects.update(last_broadcast_at=timezone.now() - timedelta(hours=1))
    transactions_tend(chain="base")
    anvil.resume_mining()
    settle(anvil, watcher)
    assert ChainTransaction.objects.get(kind="cancellation").hash == stored
    intent.refresh_from_db()
    assert (intent.state, locks(anvil, suite)) == (Intent.State.WITHDRAWN, 0)
