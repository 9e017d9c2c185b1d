"""Prices and gas on a real EVM node: a stuck transaction pays more under the same nonce, and never above the cap."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from chains.config import chain_config, forget_clients
from chains.models import ChainTransaction, Intent
from chains.services.sending import intent_send, sender_for, transactions_tend
from chains.watchers.evm import EvmWatcher
from devnet.evm.anvil import Anvil
from devnet.evm.deploy import EvmDeployment
from devnet.network import MAKER
from tests.integration.engine.sending import State, configure, locks, order, settle, states

GWEI = 10**9


def prices(sent: ChainTransaction) -> tuple[int, int]:
    return int(sent.fields["maxFeePerGas"]), int(sent.fields["maxPriorityFeePerGas"])


def test_stuck_fee__replaced_under_the_same_nonce(
    anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher, settings: Any
) -> None:
    """A second transaction at 12.5 % more of both prices takes the same nonce; one of the two lands."""
    configure(settings, "base", stuck_seconds=0.0)
    anvil.pause_mining()
    try:
        intent_send(intent_id=order(suite, 1).pk)
        transactions_tend(chain="base")
    finally:
        anvil.resume_mining()
    old, new = ChainTransaction.objects.order_by("pk")
    assert (old.state, new.state, old.nonce, new.replaces) == (State.REPLACED, State.BROADCAST, new.nonce, old)
    assert all(after * 8 >= before * 9 for before, after in zip(prices(old), prices(new), strict=True))
    settle(anvil, watcher)
    assert states() == [("call", State.REPLACED), ("call", State.SUCCEEDED)]
    assert locks(anvil, suite) == 1


def test_stuck_fee__the_base_fee_triples(
    anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher, settings: Any
) -> None:
    """What was offered no longer pays for a block: the same call goes out at today's price, with the same nonce."""
    configure(settings, "base", stuck_seconds=0.0)
    anvil.pause_mining()
    intent_send(intent_id=order(suite, 1).pk)
    offered = prices(ChainTransaction.objects.get())[0]
    anvil.set_next_base_fee(3 * offered)
    anvil.mine()  # an empty one: nobody pays that
    assert locks(anvil, suite) == 0
    transactions_tend(chain="base")
    anvil.resume_mining()
    old, new = ChainTransaction.objects.order_by("pk")
    assert prices(new)[0] > 2.5 * offered
    settle(anvil, watcher)
    assert (locks(anvil, suite), old.nonce) == (1, new.nonce)
    assert ChainTransaction.objects.get(pk=new.pk).state == State.SUCCEEDED


def test_stuck_fee__the_first_of_three_rivals_lands(
    anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher, settings: Any
) -> None:
    """Two replacements never reached anybody; the oldest bytes landed, and nothing is signed anew."""
    configure(settings, "base", stuck_seconds=0.0)
    anvil.pause_mining()
    intent = order(suite, 1)
    intent_send(intent_id=intent.pk)
    first = ChainTransaction.objects.get()
    for _ in range(2):
        transactions_tend(chain="base")
        anvil.drop_transaction(ChainTransaction.objects.latest("pk").hash)
    anvil.rpc.call("eth_sendRawTransaction", "0x" + bytes(first.raw).hex())
    anvil.resume_mining()
    settle(anvil, watcher)
    settle(anvil, watcher)
    assert states() == [("call", State.SUCCEEDED), ("call", State.REPLACED), ("call", State.REPLACED)]
    intent.refresh_from_db()
    assert (intent.state, locks(anvil, suite)) == (Intent.State.DONE, 1)


def test_stuck_fee__never_above_the_cap(anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher, settings: Any) -> None:
    """Replacements end below the cap: then an operator is told, the bytes are sent again, and they may still land."""
    anvil.pause_mining()
    intent = order(suite, 1)
    intent_send(intent_id=intent.pk)
    cap = prices(ChainTransaction.objects.get())[0] * 3 // 2
    configure(settings, "base", stuck_seconds=0.0, max_fee_wei=cap)
    for _ in range(12):
        transactions_tend(chain="base")
    made = list(ChainTransaction.objects.order_by("pk"))
    assert all(prices(sent)[0] <= cap for sent in made)
    assert len({sent.nonce for sent in made}) == 1 < len(made) < 12
    intent.refresh_from_db()
    assert "fee cap" in intent.attention
    anvil.resume_mining()
    settle(anvil, watcher)
    intent.refresh_from_db()
    assert (intent.state, intent.attention, locks(anvil, suite)) == (Intent.State.DONE, "", 1)


def test_stuck_fee__above_the_cap_nothing_is_signed(
    anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher, settings: Any
) -> None:
    """A chain that costs more than we pay: no nonce is used up, and it goes on when the price has fallen."""
    configure(settings, "base", max_fee_wei=1)
    intent = order(suite, 1)
    intent_send(intent_id=intent.pk)
    intent.refresh_from_db()
    assert (intent.state, intent.delays, ChainTransaction.objects.count()) == (Intent.State.PENDING, 1, 0)
    assert "max_fee_wei" in intent.attention
    configure(settings, "base", max_fee_wei=500 * GWEI)
    Intent.objects.update(not_before=None)
    intent_send(intent_id=intent.pk)
    settle(anvil, watcher)
    assert locks(anvil, suite) == 1


def test_stuck_fee__near_its_deadline_the_cap_is_offered_at_once(
    anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher
) -> None:
    config = chain_config("base")
    soon = timezone.now() + timedelta(seconds=2 * config.inclusion_seconds)
    later = timezone.now() + timedelta(seconds=20 * config.inclusion_seconds)
    for number, deadline in ((1, later), (2, soon)):
        intent_send(intent_id=order(suite, number, deadline=deadline).pk)
    calm, urgent = ChainTransaction.objects.order_by("pk")
    assert prices(calm)[0] < config.max_fee_wei == prices(urgent)[0]
    assert prices(urgent)[1] > prices(calm)[1]


def test_stuck_fee__only_the_next_in_line_pays_more(
    anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher, settings: Any
) -> None:
    """Those above wait for it, not for a better price."""
    configure(settings, "base", stuck_seconds=0.0)
    anvil.pause_mining()
    for number in (1, 2, 3):
        intent_send(intent_id=order(suite, number).pk)
    transactions_tend(chain="base")
    anvil.resume_mining()
    first = ChainTransaction.objects.order_by("nonce")[0].nonce
    assert list(ChainTransaction.objects.filter(state=State.REPLACED).values_list("nonce", flat=True)) == [first]


def test_stuck_fee__another_key_makes_no_rival(
    anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher, settings: Any
) -> None:
    """The key was changed while a transaction of the old one waits: its nonce is none of the new key's."""
    anvil.pause_mining()
    intent = order(suite, 1)
    intent_send(intent_id=intent.pk)
    configure(settings, "base", stuck_seconds=0.0, private_keys=[MAKER.key])
    forget_clients()
    transactions_tend(chain="base")
    intent.refresh_from_db()
    assert "not configured" in intent.attention
    anvil.resume_mining()
    settle(anvil, watcher)
    assert (states(), locks(anvil, suite)) == ([("call", State.SUCCEEDED)], 1)


@pytest.mark.parametrize("percent", [80, 100])
def test_underpaid_gas__an_estimate_short_by_a_fifth(
    percent: int, anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """boltz #1340: what the node says is a fifth too little, and the transaction succeeds all the same."""
    sender = sender_for("base")
    estimate = sender.client.estimate_gas
    monkeypatch.setattr(sender.client, "estimate_gas", lambda call: estimate(call) * percent // 100)
    intent_send(intent_id=order(suite, 1).pk)
    settle(anvil, watcher)
    assert states() == [("call", State.SUCCEEDED)]
    assert locks(anvil, suite) == 1


def test_underpaid_gas__out_of_gas_is_tried_again_with_more(
    anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An estimate short by half runs out of gas, whatever it goes on saying; each attempt doubles the limit."""
    sender = sender_for("base")
    estimate = sender.client.estimate_gas
    monkeypatch.setattr(sender.client, "estimate_gas", lambda call: estimate(call) // 2)
    intent_send(intent_id=order(suite, 1).pk)
    settle(anvil, watcher)
    failed = ChainTransaction.objects.get()
    assert (failed.state, failed.error[:10]) == (State.FAILED, "out of gas")
    intent = order(suite, 1)  # whoever ordered it still wants it
    Intent.objects.update(not_before=None)
    intent_send(intent_id=intent.pk)
    settle(anvil, watcher)
    assert states() == [("call", State.FAILED), ("call", State.SUCCEEDED)]
    assert locks(anvil, suite) == 1
    assert int(ChainTransaction.objects.latest("pk").fields["gas"]) == 2 * int(failed.fields["gas"])
