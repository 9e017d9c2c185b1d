"""Catching up with NEAR when the node no longer has the blocks between the cursor and now.

The HTLC's records at one final block stand for the changes that were pruned (docs/adr/0004). What cannot be told from
them, a lock of ours that was settled and removed meanwhile, halts the chain's money: nothing is guessed.
"""

from collections import defaultdict
from collections.abc import Iterator
from functools import partial

import structlog
from django.db.models import Q

from chains.clients.near import NearClient
from chains.clients.quorum import Quorum
from chains.codec.abi import integer
from chains.codec.near import LockRecord
from chains.codec.near_state import events_of_record, record_of_view
from chains.config import ChainConfig
from chains.errors import NodeMisbehaving
from chains.events import BlockRef, EventKind, Forward, ObservedEvent
from chains.models import Chain, ChainEvent
from chains.services import ingest

log = structlog.get_logger(__name__)

PAGE = 100  # the most that `get_locks` gives at once


def history_catch_up(*, chain: Chain, truth: Quorum[NearClient], config: ChainConfig, at: BlockRef) -> None:
    """Store what the HTLC's records at the final block `at` tell and the events we have do not, and go on from there."""
    known, events, present = _known_events(chain), list[ObservedEvent](), set[str]()
    for record in _records(truth, config.htlc, at):
        present.add(record.id)
        events += events_of_record(record, config.htlc, known[record.id], len(events))
    log.warning("chain.history_pruned", chain=chain.name, cursor=chain.seen_height, at=at.height, events=len(events))
    ended = [lock for lock, kinds in known.items() if lock not in present and EventKind.PAYOUT_SUCCEEDED not in kinds]
    untold = _of_account(chain, ended, config.account)
    ingest.blocks_store(chain=chain, steps=[Forward(at, tuple(events))])
    ingest.final_advance(chain=chain, block=at)
    if untold:
        reason = f"locks were settled and removed while nobody watched, and the node forgot how: {', '.join(untold)}"
        ingest.money_halt(chain=chain, reason=reason)


def _records(truth: Quorum[NearClient], contract: str, at: BlockRef) -> Iterator[LockRecord]:
    """Every lock that the contract has after that block, as a quorum tells.

    Raises `NodeMisbehaving` when the pages do not add up.
    """
    told = truth.ask("the number of locks", lambda node: node.view(contract, "get_locks_count", block=at.hash))
    count = integer(told)
    for start in range(0, count, PAGE):
        wanted = {"from_index": start, "limit": PAGE}
        page = truth.ask(
            "locks", partial(NearClient.view, contract=contract, method="get_locks", args=wanted, block=at.hash)
        )
        if len(page) != min(PAGE, count - start):
            raise NodeMisbehaving(f"{contract} has {count} locks, and a page from {start} gave {len(page)}")
        yield from map(record_of_view, page)


def _known_events(chain: Chain) -> dict[str, set[EventKind]]:
    """The kinds of event that we have of each lock."""
    known: dict[str, set[EventKind]] = defaultdict(set)
    standing = ChainEvent.objects.filter(chain=chain, orphaned_at=None)
    for lock_id, kind in standing.values_list("lock_id", "kind"):
        known[lock_id].add(EventKind(kind))
    return known


def _of_account(chain: Chain, lock_ids: list[str], account: str) -> list[str]:
    """Those of the locks that this account made or is paid from."""
    created = ChainEvent.objects.filter(
        chain=chain, lock_id__in=lock_ids, kind=EventKind.LOCK_CREATED, orphaned_at=None
    )
    ours = created.filter(Q(payload__sender=account) | Q(payload__receiver=account))
    return sorted(ours.values_list("lock_id", flat=True))
