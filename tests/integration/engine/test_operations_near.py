"""Operators' actions on NEAR, against a devnet with the real contract."""

import pytest

from access.actions.errors import ActionRefused
from chains.models import Chain, ChainEvent, Intent
from chains.registry import registry
from chains.services.sending import intent_send
from chains.watchers.near import NearWatcher
from devnet.near.process import NearDevnet
from tests.integration.engine.operating import asked
from tests.integration.engine.sending_near import order, settle


def test_a_transaction_is_looked_for_again_with_the_events_it_left(
    near_devnet: NearDevnet, near_watcher: NearWatcher, patient: None
) -> None:
    looked: list[str] = []
    registry.look_again["test"] = looked.append
    sent = intent_send(intent_id=order(near_devnet, 60).pk)
    near_devnet.mine(6)
    while near_watcher.process_one():
        pass
    ChainEvent.objects.all().delete()
    proposal = asked("transaction.reobserve", sent.pk)
    del registry.look_again["test"]
    assert proposal.state == "executed", proposal.outcome
    assert "1 events of its block had been missed" in proposal.outcome
    assert (Intent.objects.get().state, ChainEvent.objects.count(), looked) == ("done", 1, ["s60"])
    assert "No event of its block was missing" in asked("transaction.reobserve", sent.pk).outcome
    assert ChainEvent.objects.count() == 1


def test_blocks_are_read_again_and_nothing_is_doubled(
    near_devnet: NearDevnet, near_watcher: NearWatcher, patient: None
) -> None:
    first = Chain.objects.get().final_height or 0
    intent_send(intent_id=order(near_devnet, 61).pk)
    intent_send(intent_id=order(near_devnet, 62).pk)
    settle(near_devnet, near_watcher)
    known = list(ChainEvent.objects.order_by("pk").values_list("lock_id", "kind"))
    assert len(known) == 2
    ChainEvent.objects.first().delete()  # type: ignore[union-attr]
    before = Chain.objects.get()
    for found in ("1 events had been missed", "0 events had been missed"):
        proposal = asked("chain.rescan", "near", first=first, last=before.final_height)
        assert found in proposal.outcome
        assert proposal.state == "executed"
    assert sorted(ChainEvent.objects.values_list("lock_id", "kind")) == sorted(known)
    after = Chain.objects.get()
    assert (after.seen_height, after.final_height) == (before.seen_height, before.final_height)


def test_what_a_catch_up_told_without_receipts_is_not_told_again(
    near_devnet: NearDevnet, near_watcher: NearWatcher, patient: None
) -> None:
    """An event that stands for pruned blocks has another block; a rescan by a node that has them adds no second one."""
    first = Chain.objects.get().final_height or 0
    intent_send(intent_id=order(near_devnet, 63).pk)
    settle(near_devnet, near_watcher)
    final = Chain.objects.get().final_height or 0
    assert ChainEvent.objects.update(block_height=final, block_hash="elsewhere", tx_hash="") == 1
    assert "0 events had been missed" in asked("chain.rescan", "near", first=first, last=final).outcome
    assert ChainEvent.objects.filter(orphaned_at=None).count() == 1


def test_a_transaction_is_not_replaced_and_the_page_says_why(
    near_devnet: NearDevnet, near_watcher: NearWatcher, patient: None
) -> None:
    sent = intent_send(intent_id=order(near_devnet, 64).pk)
    with pytest.raises(ActionRefused, match="NEAR knows no replacement by price"):
        asked("transaction.replace", sent.pk)
