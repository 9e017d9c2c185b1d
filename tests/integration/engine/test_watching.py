"""The watcher against a real node: nothing is missed at a restart, a reorg orphans and restores, finality is guarded."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from random import Random
from typing import Any

import pytest

from chains.errors import ChainError, NodeMisbehaving
from chains.models import Chain, ChainBlock, ChainEvent
from chains.services.ingest import CursorMoved, blocks_store
from chains.watchers import watcher_for
from chains.watchers.evm import EvmWatcher
from devnet.evm.anvil import Anvil
from devnet.evm.deploy import EvmDeployment
from tests.integration.engine.conftest import lock_source, read_all
from tests.threads import giving_back


def standing() -> list[ChainEvent]:
    return list(ChainEvent.objects.filter(orphaned_at=None).order_by("block_height", "index"))


def test_a_lock_is_seen_then_final(anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher) -> None:
    sent = lock_source(anvil, suite, 1)
    read_all(watcher)
    event = ChainEvent.objects.get()
    assert (event.kind, event.tx_hash, event.hashlock) == ("lock_created", sent, "01" * 32)
    assert Chain.objects.get().final_height < event.block_height
    anvil.mine(3)
    read_all(watcher)
    assert Chain.objects.get().final_height >= event.block_height


def test_missed_events_at_restart(anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher) -> None:
    """MISSED-EVENTS-AT-RESTART: what happened while no watcher ran is read by the next one."""
    lock_source(anvil, suite, 1)
    anvil.mine(40)
    lock_source(anvil, suite, 2)
    read_all(EvmWatcher(Chain.objects.get()))
    assert [event.hashlock for event in standing()] == ["01" * 32, "02" * 32]


def test_rescan_storm_a_long_gap_is_read_by_ranges(anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher) -> None:
    """RESCAN-STORM: a gap of more than a thousand blocks costs a bounded number of calls, and loses nothing in it."""
    anvil.mine(400)
    lock_source(anvil, suite, 1)
    anvil.mine(800)
    polls = 1
    while watcher.process_one():
        polls += 1
    assert polls < 20
    assert len(standing()) == 1
    assert Chain.objects.get().seen_height == anvil.head


def test_duplicate_events_are_stored_once(anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher) -> None:
    """DUPLICATE-EVENTS: two watchers that read the same blocks; the second finds the cursor moved."""
    second = EvmWatcher(Chain.objects.get())
    lock_source(anvil, suite, 1)
    read_all(watcher)
    read_all(second)
    assert ChainEvent.objects.count() == 1


def test_duplicate_events__three_watchers_at_once_on_a_chain_that_goes_back(
    anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each reads while the others do, and while blocks come and go: one row for each event, and one block at each height. What they
    have read is stored a while later, when another one may have been quicker."""
    over, dawdling = threading.Event(), Random(7)

    def store_late(**what: Any) -> Any:
        time.sleep(dawdling.uniform(0, 0.3))
        return blocks_store(**what)

    monkeypatch.setattr("chains.services.ingest.blocks_store", store_late)

    @giving_back
    def watch(one: EvmWatcher) -> None:
        while not over.is_set():
            with suppress(ChainError):  # a block that it was told of is gone: it asks again
                one.process_one()

    watchers = [EvmWatcher(Chain.objects.get()) for _ in range(3)]
    with ThreadPoolExecutor(len(watchers)) as pool:
        watching = [pool.submit(watch, one) for one in watchers]
        try:
            for number in range(1, 7):
                lock_source(anvil, suite, number)
                for _ in range(4):  # so that there is always somebody who has read what is gone by now
                    if number % 2:
                        anvil.reorg(1)
                    anvil.mine(1)
                    time.sleep(dawdling.uniform(0, 0.2))
            caught_up(anvil.head)
        finally:
            over.set()
        for one in watching:
            one.result()
    assert Chain.objects.get().halted_reason == ""
    told = [(event.block_hash, event.tx_hash, event.index) for event in ChainEvent.objects.all()]
    assert len(set(told)) == len(told)
    assert [event.hashlock for event in standing()] == ["02" * 32, "04" * 32, "06" * 32]


def caught_up(height: int, patience: float = 60.0) -> None:
    ends = time.monotonic() + patience
    while Chain.objects.get().seen_height < height:
        assert time.monotonic() < ends, "no watcher reads on"
        time.sleep(0.02)


def test_the_cursor_is_a_compare_and_swap(watcher: EvmWatcher) -> None:
    """CURSOR-BEFORE-SCAN: blocks are stored only from where the cursor is."""
    stale = Chain.objects.get()
    Chain.objects.update(seen_hash="elsewhere")
    block = ChainBlock.objects.first()
    assert block is not None
    from chains.events import BlockRef, Forward

    with pytest.raises(CursorMoved):
        blocks_store(chain=stale, steps=[Forward(BlockRef(10**6, "0xff", "0xfe", 1), ())])
    assert not ChainBlock.objects.filter(height=10**6).exists()


def test_reorg_orphans_an_event_and_keeps_its_row(anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher) -> None:
    """REORG: the block with the lock is gone; the event is orphaned, never deleted, and others take the heights."""
    anvil.mine(1)
    lock_source(anvil, suite, 1)
    read_all(watcher)
    assert len(standing()) == 1
    anvil.reorg(1)
    anvil.mine(1)
    read_all(watcher)
    assert standing() == []
    assert ChainEvent.objects.count() == 1
    canonical = ChainBlock.objects.filter(orphaned_at=None).values_list("height", flat=True)
    assert len(set(canonical)) == len(canonical)


def test_a_reorg_below_finality_halts_the_chains_money(anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher) -> None:
    """Finality broken: nothing is guessed, the chain's money stops."""
    anvil.mine(6)
    lock_source(anvil, suite, 1)  # an empty block that is made again has the same hash
    anvil.mine(1)
    read_all(watcher)
    Chain.objects.update(final_height=anvil.head, final_hash=Chain.objects.get().seen_hash)
    anvil.reorg(3)
    anvil.mine(1)
    broken = EvmWatcher(Chain.objects.get())
    with pytest.raises(NodeMisbehaving, match="halted"):
        read_all(broken)
    assert "below the final block" in Chain.objects.get().halted_reason


def test_an_event_that_the_node_had_not_indexed_is_found_at_finality(
    anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RPC-EMPTY-LOGS: the first answer for the block was empty; the second reading, before it counts as final, is not."""
    answers = watcher.client.logs_at
    monkeypatch.setattr(watcher.client, "logs_at", lambda *_: [])
    lock_source(anvil, suite, 1)
    watcher.process_one()
    assert standing() == []
    monkeypatch.setattr(watcher.client, "logs_at", answers)
    anvil.mine(3)
    read_all(watcher)
    assert len(standing()) == 1


def test_a_strangers_escrow_event_is_not_believed(anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher) -> None:
    """Only escrows that our factory made are believed: another factory's locks leave no row."""
    from devnet.evm.deploy import deploy_suite
    from devnet.network import OPERATOR

    other = deploy_suite(anvil, OPERATOR.key, tokens=())
    lock_source(anvil, other, 3)
    read_all(watcher)
    assert ChainEvent.objects.count() == 0


def test_a_second_row_of_the_chain_says_the_same(base: Chain) -> None:
    assert watcher_for("base").chain.hash_function == "sha256"
