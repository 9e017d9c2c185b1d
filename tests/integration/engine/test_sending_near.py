"""Sending on the NEAR devnet with the real HTLC: keys in turn, refusals looked up, one effect each."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chains.config import forget_clients
from chains.errors import InvalidNonce, TransportError
from chains.models import ChainTransaction, Intent
from chains.services.intents import intent_ensure
from chains.services.sending import common, intent_send, sender_for
from chains.services.sending.near import NearSender
from chains.signers.local_near import LocalNearSigner
from chains.watchers.near import NearWatcher
from devnet.near.process import NearDevnet
from tests.integration.engine.sending import Killed, State, configure, states
from tests.integration.engine.sending_near import FULL, LIMITED, locks, order, public, settle
from tests.threads import giving_back


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
    point: str, near_devnet: NearDevnet, near_watcher: NearWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies at a point of the sending; a new one makes exactly one lock, and no amount goes twice."""
    owner, name, afterwards = KILLS[point]
    intent = order(near_devnet, 1)
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, _after(getattr(owner, name)) if afterwards else _before)
        with pytest.raises(Killed):
            intent_send(intent_id=intent.pk)
    forget_clients()
    stored = list(ChainTransaction.objects.values_list("hash", flat=True))
    for _ in range(2):
        intent_send(intent_id=intent.pk)
        settle(near_devnet, near_watcher)
    done = ChainTransaction.objects.get()
    assert stored in ([], [done.hash])
    assert (done.state, done.intent.state, locks()) == (State.SUCCEEDED, Intent.State.DONE, 1)
    assert int(done.fee_paid or 0) > 0


def test_retry_nonidempotent__a_timeout_after_acceptance(
    near_devnet: NearDevnet, near_watcher: NearWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender = sender_for("near")
    send = sender.client.send

    def timeout_after(raw: bytes) -> str:
        send(raw)
        raise TransportError("no answer")

    with monkeypatch.context() as patch:
        patch.setattr(sender.client, "send", timeout_after)
        intent_send(intent_id=order(near_devnet, 1).pk)
    assert ChainTransaction.objects.get().error[:15] == "no clear answer"
    settle(near_devnet, near_watcher)
    settle(near_devnet, near_watcher)
    assert (states(), locks()) == ([("call", State.SUCCEEDED)], 1)


@pytest.mark.parametrize("landed", [True, False])
def test_nonce_error_misclassified__looked_up_by_its_hash(
    landed: bool, near_devnet: NearDevnet, near_watcher: NearWatcher, monkeypatch: pytest.MonkeyPatch
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
        intent_send(intent_id=order(near_devnet, 1).pk)
    assert ChainTransaction.objects.get().state == (State.BROADCAST if landed else State.SIGNED)
    settle(near_devnet, near_watcher)
    settle(near_devnet, near_watcher)
    assert (states(), locks()) == ([("call", State.SUCCEEDED)], 1)


def test_reverted_tx_as_success__a_failed_receipt(near_devnet: NearDevnet, near_watcher: NearWatcher) -> None:
    """Final, and its receipt failed: the intent has no success."""
    call = {"method": "refund", "id": "ab" * 32}
    intent = intent_ensure(subject_type="test", subject_id="s", step="refund", chain="near", call=call)
    intent_send(intent_id=intent.pk)
    settle(near_devnet, near_watcher)
    intent.refresh_from_db()
    assert (states(), intent.state) == ([("call", State.FAILED)], Intent.State.REVERTED)
    assert intent.last_error


def test_keys_sign_in_turn(near_devnet: NearDevnet, near_watcher: NearWatcher) -> None:
    for number in range(6):
        intent_send(intent_id=order(near_devnet, number).pk)
    settle(near_devnet, near_watcher)
    used = list(ChainTransaction.objects.order_by("pk").values_list("account__public_key", flat=True))
    assert used == [public(key) for key in FULL] * 2
    assert locks() == 6


def test_nonce_drift__a_crowd_on_three_keys(near_devnet: NearDevnet, near_watcher: NearWatcher) -> None:
    """Sixteen at once: no nonce twice on one key, nothing lost, and who found no free key was only put off."""
    intents = [order(near_devnet, number) for number in range(16)]

    @giving_back
    def send(intent: Intent) -> None:
        intent_send(intent_id=intent.pk)

    for _ in range(16):
        Intent.objects.update(not_before=None)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(send, intents))
        settle(near_devnet, near_watcher)
        if not Intent.objects.exclude(state=Intent.State.DONE).exists():
            break
    assert locks() == 16
    assert not Intent.objects.exclude(attempts=1).exclude(state=Intent.State.DONE).exists()
    given = list(ChainTransaction.objects.values_list("account", "nonce"))
    assert len(given) == len(set(given))


def test_a_busy_key_is_left_alone_and_the_next_one_taken(
    near_devnet: NearDevnet, near_watcher: NearWatcher, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a node has not clearly taken its transaction a key signs no other; with all keys busy an intent waits."""
    configure(settings, "near", resend_seconds=3600.0)
    sender = sender_for("near")

    def lost(raw: bytes) -> None:
        raise TransportError("no route")

    with monkeypatch.context() as patch:
        patch.setattr(sender.client, "send", lost)
        for number in range(3):
            intent_send(intent_id=order(near_devnet, number).pk)
    waiting = order(near_devnet, 3)
    intent_send(intent_id=waiting.pk)
    waiting.refresh_from_db()
    assert ChainTransaction.objects.values("account").distinct().count() == 3
    assert (waiting.state, waiting.attempts, waiting.attention) == (Intent.State.PENDING, 0, "")
    configure(settings, "near", resend_seconds=0.0)  # after a while a key is shared, lest it stop everything
    forget_clients()
    Intent.objects.update(not_before=None)
    intent_send(intent_id=waiting.pk)
    assert ChainTransaction.objects.count() == 4


def test_a_function_call_key_signs_what_it_may(
    near_devnet: NearDevnet, near_watcher: NearWatcher, settings: Any
) -> None:
    """Calls without a deposit for its contract; locks need a full-access key."""
    configure(settings, "near", private_keys=[LIMITED, FULL[0]])
    forget_clients()
    lock = order(near_devnet, 1)
    intent_send(intent_id=lock.pk)
    refund = intent_ensure(
        subject_type="test", subject_id="s", step="refund", chain="near", call={"method": "refund", "id": "cd" * 32}
    )
    intent_send(intent_id=refund.pk)
    assert [intent.transactions.get().account.public_key for intent in (lock, refund)] == [
        public(FULL[0]),
        public(LIMITED),
    ]
