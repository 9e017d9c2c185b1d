"""Following an EVM chain by polling: each block near the tip by its hash, a long gap by ranges of adaptive span."""

from collections.abc import Iterable

import structlog

from chains import cursor
from chains.clients.evm import EvmClient
from chains.codec.evm import EVENT_TOPICS, decode_log
from chains.config import client
from chains.errors import ChainError, NodeMisbehaving
from chains.events import BlockRef, EventKind, Forward, ObservedEvent
from chains.models import Chain, ChainBlock, ChainEvent
from chains.services import ingest
from chains.watchers.base import Watcher

log = structlog.get_logger(__name__)

BATCH = 16  # blocks stored in one transaction
Log = dict[str, object]


class EvmWatcher(Watcher):
    """Reads the factory's events and those of the escrows it made."""

    def __init__(self, chain: Chain) -> None:
        super().__init__(chain)
        self.client: EvmClient = client(chain.name)
        self.span = 500

    def poll(self) -> bool:
        head = self.client.head()
        ingest.head_note(chain=self.chain, head=head)
        if self.chain.seen_height is None:
            ingest.cursor_start(chain=self.chain, block=self._final_head(head))
        self._back_if_forked(head)
        more = self._forward(head)
        self._advance_final(head)
        return more

    # Forward

    def _forward(self, head: BlockRef) -> bool:
        seen = self._seen()
        span = cursor.next_span(seen, head.height, self.span)
        if span is not None:
            self._read_span(span)
            return True
        last = min(head.height, seen + BATCH)
        steps: list[Forward] = []
        parent = self.chain.seen_hash
        for height in range(seen + 1, last + 1):
            block = head if height == head.height else self.client.block(height)
            if block.parent_hash != parent:
                break  # the chain moved under us: the next poll walks back
            steps.append(Forward(block, self._events_at(block, steps)))
            parent = block.hash
        if steps:
            ingest.blocks_store(chain=self.chain, steps=steps)
        return last < head.height

    def _read_span(self, span: cursor.Span) -> None:
        try:
            logs = self.client.logs_between(span.first, span.last, EVENT_TOPICS)
        except ChainError:
            self.span = cursor.shrink(self.span)
            raise
        self.span = cursor.grow(self.span)
        by_height: dict[int, list[Log]] = {span.last: []}
        for entry in logs:
            by_height.setdefault(int(str(entry["blockNumber"]), 16), []).append(entry)
        steps: list[Forward] = []
        for height in sorted(by_height):
            block = self.client.block(height)
            if any(entry["blockHash"] != block.hash for entry in by_height[height]):
                raise NodeMisbehaving(f"logs of block {height} belong to another block than the node shows")
            steps.append(Forward(block, self._believed(by_height[height], block, steps)))
        ingest.blocks_store(chain=self.chain, steps=steps)

    def _events_at(self, block: BlockRef, before: Iterable[Forward] = ()) -> tuple[ObservedEvent, ...]:
        return self._believed(self.client.logs_at(block.hash, EVENT_TOPICS), block, before)

    def _believed(self, logs: Iterable[Log], block: BlockRef, before: Iterable[Forward]) -> tuple[ObservedEvent, ...]:
        """Decoded events of our factory and of escrows it is known to have made; anything else is not ours."""
        decoded = [
            decode_log(entry, block.timestamp, self.config.factory, self.chain.escrow_src_implementation)
            for entry in logs
        ]
        events = [event for event in decoded if event is not None]
        created = {event.lock_id for step in before for event in step.events if event.kind == EventKind.LOCK_CREATED}
        created |= {event.lock_id for event in events if event.kind == EventKind.LOCK_CREATED}
        asked = {event.lock_id for event in events} - created
        if asked:
            known = ChainEvent.objects.filter(chain=self.chain, kind=EventKind.LOCK_CREATED, lock_id__in=asked)
            created |= set(known.values_list("lock_id", flat=True))
        return tuple(event for event in events if event.lock_id in created)

    # Back

    def _back_if_forked(self, head: BlockRef) -> None:
        """Walk back to the common ancestor when the block we stand on is no longer the node's."""
        seen = self._seen()
        if head.height < seen:
            at_head = self._stored(head.height)
            if at_head is None or at_head.hash == head.hash:
                return  # the node is behind us, on the same chain
        elif self._still_there(seen, self.chain.seen_hash, head):
            return
        lowest = self.chain.final_height or 0
        height = cursor.common_ancestor(min(seen, head.height) - 1, lowest, self._stands)
        if height is None:
            ingest.money_halt(chain=self.chain, reason=f"a reorganisation reached below the final block {lowest}")
            raise NodeMisbehaving(f"{self.chain}: final block {lowest} is gone; money on this chain is halted")
        point = self._stored(height)
        assert point is not None
        ingest.blocks_orphan(
            chain=self.chain, point=BlockRef(point.height, point.hash, point.parent_hash, point.timestamp_ns)
        )

    def _still_there(self, height: int, block_hash: str, head: BlockRef) -> bool:
        if head.height == height:
            return head.hash == block_hash
        if head.height == height + 1:
            return head.parent_hash == block_hash
        return self.client.block(height).hash == block_hash

    def _stands(self, height: int) -> bool:
        stored = self._stored(height)
        return stored is not None and self.client.block(height).hash == stored.hash

    def _stored(self, height: int) -> ChainBlock | None:
        return ChainBlock.objects.filter(chain=self.chain, height=height, orphaned_at=None).first()

    # Final

    def _final_head(self, head: BlockRef) -> BlockRef:
        if isinstance(self.config.finality, int):
            return self.client.block(max(0, head.height - self.config.finality))
        return self.client.block(self.config.finality)

    def _advance_final(self, head: BlockRef) -> None:
        """Move the final watermark, reading each block's events a second time on the way: a node may have answered the
        first reading before it had indexed the block (go-ethereum #24078)."""
        final = self._final_head(head)
        before = self.chain.final_height or 0
        target = min(final.height, self._seen())
        if target <= before:
            return
        stored = {
            block.height: block
            for block in ChainBlock.objects.filter(
                chain=self.chain, height__gt=before, height__lte=target, orphaned_at=None
            )
        }
        if target in stored and target == final.height and stored[target].hash != final.hash:
            return  # forked since the head was read: the next poll walks back
        for block in (stored[height] for height in sorted(stored) if height > target - cursor.NEAR_TIP):
            reference = BlockRef(block.height, block.hash, block.parent_hash, block.timestamp_ns)
            ingest.block_reread(chain=self.chain, block=reference, events=self._events_at(reference))
        if target in stored:
            top = stored[target]
            ingest.final_advance(
                chain=self.chain, block=BlockRef(top.height, top.hash, top.parent_hash, top.timestamp_ns)
            )
        else:
            ingest.final_advance(chain=self.chain, block=self.client.block(target))

    def _seen(self) -> int:
        assert self.chain.seen_height is not None
        return self.chain.seen_height
