"""Following NEAR: final blocks only, each with the changes of our contract's state. No rewind is expected.

Where the node no longer has those blocks, the contract's records tell what happened: `near_history.py`."""

from collections.abc import Iterator

import structlog

from chains.clients.near import NearClient
from chains.codec.near import events_of_changes
from chains.config import client
from chains.errors import NodeMisbehaving, UnknownBlock
from chains.events import BlockRef, EventKind, Forward, ObservedEvent
from chains.models import Chain, ChainEvent
from chains.services import ingest
from chains.services.confirming import block_confirm
from chains.watchers.base import Watcher
from chains.watchers.near_history import history_catch_up

log = structlog.get_logger(__name__)

BATCH = 32  # blocks stored in one transaction
AT_ONCE = 25  # blocks read again between two words of how far it is
RECEIPTS_AFTER = 10  # blocks after a transaction's within which its receipts are run
WALK_BACK = 64  # a shorter gap is read backwards by parent hashes, a longer one forwards by heights


class NearWatcher(Watcher):
    """Reads the HTLC's records as they change; heights may be skipped, so blocks are linked by their parent hashes."""

    def __init__(self, chain: Chain) -> None:
        super().__init__(chain)
        self.client: NearClient = client(chain.name)

    def poll(self) -> bool:
        self.compare_providers()
        with self.patience():
            return self._read()
        return False

    def _read(self) -> bool:
        final = self._agreed_final()
        ingest.head_note(chain=self.chain, head=self.client.head("optimistic"))
        if self.chain.seen_height is None:
            ingest.cursor_start(chain=self.chain, block=final)
        seen = self.chain.seen_height or 0
        if final.height <= seen:
            if final.height == seen:
                self._stand_at(final)
            return False
        if final.height - seen > WALK_BACK and self._pruned():
            return self._catch_up(final)
        try:
            return self._read_on(final)
        except UnknownBlock:
            if not self._pruned():
                raise
            return self._catch_up(final)

    def _stand_at(self, final: BlockRef) -> None:
        """Nothing new. Who died after it had stored the block, and before the watermark, has left that to do."""
        if final.hash != self.chain.seen_hash:
            self._halt(final)
        if self.chain.final_height != final.height:
            ingest.final_advance(chain=self.chain, block=final)

    def _agreed_final(self) -> BlockRef:
        """The newest block that as many providers call final as money needs, and agree on."""
        if self.truth.is_alone:
            return self.client.head("final")
        return self._block(self.truth.at_least("final height", lambda node: node.head("final").height))

    def _block(self, block_id: int | str) -> BlockRef:
        agreed: BlockRef = self.truth.ask(f"block {block_id}", lambda node: node.block(block_id))
        return agreed

    def _read_on(self, final: BlockRef) -> bool:
        gap = final.height - (self.chain.seen_height or 0)
        blocks = self._walk_back(final) if gap <= WALK_BACK else self._walk_forward(final)
        for start in range(0, len(blocks), BATCH):
            self._store(blocks[start : start + BATCH])
        return bool(blocks) and blocks[-1].height < final.height

    def _pruned(self) -> bool:
        """Whether the node's history begins after what comes next."""
        return self.client.earliest_height() > (self.chain.seen_height or 0) + 1

    def _catch_up(self, final: BlockRef) -> bool:
        history_catch_up(chain=self.chain, truth=self.truth, config=self.config, at=final)
        return False

    def _store(self, blocks: list[BlockRef]) -> None:
        steps = [Forward(block, self._events_at(block)) for block in blocks]
        ingest.blocks_store(chain=self.chain, steps=steps)
        ingest.final_advance(chain=self.chain, block=blocks[-1])

    def read_again(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        """Adds only what no other block has told: after a gap in the node's history, records stand for the changes that were
        pruned, and their events have no receipts."""
        for height in range(first, last + 1):
            try:
                block = self._block(height)
            except UnknownBlock:
                self._refuse_pruned(height)
                continue  # no block has this height
            told = self._untold(block, self._events_at(block))
            if told or height == last or (height - first) % AT_ONCE == AT_ONCE - 1:
                yield height, len(block_confirm(chain=self.chain, block=block, events=told, authoritative=False))

    def read_block_again(self, block_hash: str) -> int:
        height = self._block(block_hash).height
        last = min(height + RECEIPTS_AFTER, self.chain.final_height or 0)
        return sum(changed for _, changed in self.read_again(height, last))

    def _refuse_pruned(self, height: int) -> None:
        """Raises `UnknownBlock` for a height that the node has forgotten, which is not one that was skipped."""
        if self.client.earliest_height() > height:
            raise UnknownBlock(f"{self.chain}: the block {height} is pruned; ask a provider that keeps all blocks")

    def _untold(self, block: BlockRef, events: tuple[ObservedEvent, ...]) -> tuple[ObservedEvent, ...]:
        """Those that happen to a lock once, and that another block has told of, left out."""
        locks = {event.lock_id for event in events}
        rows = ChainEvent.objects.filter(chain=self.chain, lock_id__in=locks, orphaned_at=None)
        known = set(rows.exclude(block_hash=block.hash).values_list("lock_id", "kind"))
        again = EventKind.PAYOUT_FAILED
        return tuple(event for event in events if event.kind is again or (event.lock_id, event.kind) not in known)

    def _events_at(self, block: BlockRef) -> tuple[ObservedEvent, ...]:
        told: tuple[ObservedEvent, ...] = self.truth.ask(
            f"changes of block {block.height}", lambda node: self._events_told(node, block)
        )
        return told

    def _events_told(self, node: NearClient, block: BlockRef) -> tuple[ObservedEvent, ...]:
        """What one provider tells. A lone one is asked in two ways: nobody else could notice that it forgot something.

        Raises `NodeMisbehaving` when the contract's state was touched and no change is told.
        """
        changes = node.changes(block.hash, [self.config.htlc])
        if not changes and self.truth.is_alone and node.touches_state(block.hash, self.config.htlc):
            raise NodeMisbehaving(f"block {block.height} changed {self.config.htlc}, and no change is told")
        return tuple(events_of_changes(changes, self.config.htlc))

    def _walk_back(self, final: BlockRef) -> list[BlockRef]:
        """The blocks between the cursor and `final`, oldest first, found by parent hashes."""
        blocks = [final]
        while blocks[-1].parent_hash != self.chain.seen_hash:
            parent = self._block(blocks[-1].parent_hash)
            if parent.height <= (self.chain.seen_height or 0):
                self._halt(parent)
            blocks.append(parent)
        return blocks[::-1]

    def _walk_forward(self, final: BlockRef) -> list[BlockRef]:
        """Up to `BATCH` blocks after the cursor by height, passing over heights that have no block."""
        blocks: list[BlockRef] = []
        parent = self.chain.seen_hash
        height = self.chain.seen_height or 0
        while len(blocks) < BATCH and height < final.height:
            height += 1
            try:
                block = self._block(height)
            except UnknownBlock:
                continue
            if block.parent_hash != parent:
                self._refuse_gap(block, blocks[-1].height if blocks else self.chain.seen_height or 0)
                self._halt(block)
            blocks.append(block)
            parent = block.hash
        return blocks

    def _refuse_gap(self, block: BlockRef, before: int) -> None:
        """Raises `NodeMisbehaving` when a height that was said to be skipped has a block after all."""
        if self._block(block.parent_hash).height > before:
            raise NodeMisbehaving(f"{self.chain}: a block before {block.height} was denied, and exists")

    def _halt(self, block: BlockRef) -> None:
        if self._pruned():
            raise UnknownBlock(f"{self.chain}: the blocks before {block.height} are pruned")
        ingest.money_halt(chain=self.chain, reason=f"final block {block.height} does not follow the one we had")
        raise NodeMisbehaving(f"{self.chain}: finality was broken at {block.height}; money on this chain is halted")
