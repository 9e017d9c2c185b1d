"""The NEAR watcher on a devnet with the real HTLC: following, long gaps, history that the node has pruned."""

import copy
import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings

from chains.codec.near import lock_id
from chains.config import forget_clients
from chains.errors import NodeMisbehaving
from chains.events import EventKind
from chains.models import Chain, ChainBlock, ChainEvent
from chains.services import ingest
from chains.watchers import watcher_for
from chains.watchers.near import WALK_BACK, NearWatcher
from devnet.near.process import NearDevnet
from devnet.network import ALICE, ARTIFACTS, HTLC, NEAR, US

HISTORY = 200  # blocks that the node keeps: more than the watcher walks back
RETENTION = 60
AMOUNT = NEAR


@pytest.fixture(scope="module")
def devnet() -> Iterator[NearDevnet]:
    accounts = dict.fromkeys((HTLC, US, ALICE), 10_000 * NEAR)
    with NearDevnet(accounts=accounts, state_history=HISTORY, block_history=HISTORY) as running:
        running.deploy(
            HTLC,
            (ARTIFACTS / "htlc.wasm").read_bytes(),
            "new",
            {"hash_function": "sha256", "retention_seconds": RETENTION},
        )
        for account in (US, ALICE):
            running.call(account, HTLC, "storage_deposit", {}, deposit=NEAR)
        yield running


@pytest.fixture
def near(devnet: NearDevnet, transactional_db: None, settings: Any) -> Iterator[Chain]:
    configured = copy.deepcopy(django_settings.CHAINS)
    configured["near"] |= {"network_id": "localnet", "rpc_urls": [devnet.url], "htlc": HTLC, "account": US}
    settings.CHAINS = configured
    forget_clients()
    yield watcher_for("near").chain
    forget_clients()


@pytest.fixture
def watcher(near: Chain) -> NearWatcher:
    made = watcher_for("near")
    assert isinstance(made, NearWatcher)
    made.process_one()
    return made


class Lock:
    """Alice's lock of one NEAR for us."""

    def __init__(self, devnet: NearDevnet, number: int, seconds: int = 3600) -> None:
        self.devnet = devnet
        self.secret = hashlib.sha256(b"secret %d" % number).digest()
        now = int(devnet.rpc("block", {"finality": "final"})["header"]["timestamp_nanosec"]) // 10**9
        self.terms: dict[str, Any] = {
            "receiver": US,
            "hashlock": hashlib.sha256(self.secret).hexdigest(),
            "timelock": now + seconds,
            "salt": hashlib.sha256(b"salt %d" % number).hexdigest(),
        }
        devnet.call(ALICE, HTLC, "lock", self.terms, deposit=AMOUNT)
        self.id = lock_id(
            sender=ALICE,
            receiver=US,
            token=None,
            amount=AMOUNT,
            hashlock=bytes.fromhex(self.terms["hashlock"]),
            timelock=self.terms["timelock"],
            salt=bytes.fromhex(self.terms["salt"]),
        )

    def claim(self) -> None:
        self.devnet.call(US, HTLC, "claim", {"id": self.id, "secret": self.secret.hex()})

    def refund(self) -> None:
        self.devnet.call(ALICE, HTLC, "refund", {"id": self.id})

    def kinds(self) -> list[str]:
        """The kinds of its events that stand, oldest first."""
        standing = ChainEvent.objects.filter(lock_id=self.id, orphaned_at=None)
        return list(standing.order_by("block_height", "index").values_list("kind", flat=True))


WHOLE_CLAIM = [EventKind.LOCK_CREATED, EventKind.LOCK_CLAIMED, EventKind.PAYOUT_SUCCEEDED]


def read_all(watcher: NearWatcher) -> None:
    while watcher.process_one():
        pass


def prune(devnet: NearDevnet, watcher: NearWatcher) -> None:
    """Blocks enough that the node's history begins after the cursor."""
    devnet.mine(HISTORY + 20)
    assert watcher.client.earliest_height() > (watcher.chain.seen_height or 0) + 1


def test_a_lock_made_and_claimed_between_two_polls_is_seen_whole(devnet: NearDevnet, watcher: NearWatcher) -> None:
    lock = Lock(devnet, 1)
    lock.claim()
    read_all(watcher)
    assert lock.kinds() == WHOLE_CLAIM
    assert all(event.tx_hash for event in ChainEvent.objects.filter(lock_id=lock.id))


class Killed(BaseException):
    """In the place of the process's end."""


def test_the_watermark_is_moved_by_whoever_comes_after_a_death_before_it(
    devnet: NearDevnet, watcher: NearWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The block is stored, its watermark is not, and the chain stands still: money would wait for a block that may not come."""
    Lock(devnet, 11)

    def dies(**_: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(ingest, "final_advance", dies)
        with pytest.raises(Killed):
            read_all(watcher)
    stored = Chain.objects.get(pk=watcher.chain.pk)
    assert (stored.final_height or 0) < (stored.seen_height or 0)
    successor = watcher_for("near")
    successor.process_one()
    stored.refresh_from_db()
    assert stored.final_height == stored.seen_height == watcher.client.final_head().height


def test_missed_events_at_restart__a_long_gap_with_skipped_heights(devnet: NearDevnet, watcher: NearWatcher) -> None:
    lock = Lock(devnet, 2)
    devnet.mine(WALK_BACK)
    devnet.rpc("devnet_skip_heights", {"count": 3})
    devnet.mine(10)
    read_all(watcher)
    assert lock.kinds() == [EventKind.LOCK_CREATED]
    assert not watcher.chain.halted_reason
    assert watcher.chain.final_height == watcher.client.final_head().height


def test_missed_events_at_restart__history_pruned(devnet: NearDevnet, watcher: NearWatcher) -> None:
    """What happened while the node forgot its blocks is read from the records: locked, claimed and refunded alike."""
    known = Lock(devnet, 3)
    read_all(watcher)
    standing, claimed, refunded = Lock(devnet, 4), Lock(devnet, 5), Lock(devnet, 6, seconds=5)
    known.claim()
    claimed.claim()
    devnet.advance_time(10)
    refunded.refund()
    prune(devnet, watcher)
    read_all(watcher)

    assert known.kinds() == WHOLE_CLAIM
    assert standing.kinds() == [EventKind.LOCK_CREATED]
    assert claimed.kinds() == WHOLE_CLAIM
    assert refunded.kinds() == [EventKind.LOCK_CREATED, EventKind.LOCK_REFUNDED, EventKind.PAYOUT_SUCCEEDED]
    told = ChainEvent.objects.get(lock_id=claimed.id, kind=EventKind.LOCK_CLAIMED)
    assert told.payload["secret"] == claimed.secret.hex()
    assert "secret" not in ChainEvent.objects.get(lock_id=claimed.id, kind=EventKind.LOCK_CREATED).payload
    chain = Chain.objects.get(name="near")
    assert not chain.halted_reason
    assert (chain.seen_height, chain.final_height) == (told.block_height, told.block_height)


def test_after_a_pruned_gap_the_watcher_follows_blocks_again(devnet: NearDevnet, watcher: NearWatcher) -> None:
    prune(devnet, watcher)
    read_all(watcher)
    lock = Lock(devnet, 7)
    lock.claim()
    read_all(watcher)
    assert lock.kinds() == WHOLE_CLAIM
    assert ChainEvent.objects.filter(lock_id=lock.id).exclude(tx_hash="").count() == 3


def test_a_lock_of_ours_that_nobody_can_tell_of_halts_the_chains_money(
    devnet: NearDevnet, watcher: NearWatcher
) -> None:
    lock = Lock(devnet, 8, seconds=30)
    read_all(watcher)
    lock.claim()
    devnet.advance_time(RETENTION + 60)
    devnet.call(ALICE, HTLC, "remove", {"ids": [lock.id]})
    prune(devnet, watcher)
    read_all(watcher)
    assert lock.id in Chain.objects.get(name="near").halted_reason
    assert lock.kinds() == [EventKind.LOCK_CREATED]


def test_broken_finality_halts_and_stores_nothing(devnet: NearDevnet, watcher: NearWatcher) -> None:
    """A final block that does not follow ours, with nothing pruned, is no gap."""
    Chain.objects.filter(name="near").update(seen_hash="9" * 44)
    watcher.chain.refresh_from_db()
    stored = ChainBlock.objects.count()
    devnet.mine(5)
    with pytest.raises(NodeMisbehaving, match="finality was broken"):
        read_all(watcher)
    assert Chain.objects.get(name="near").halted_reason
    assert ChainBlock.objects.count() == stored
