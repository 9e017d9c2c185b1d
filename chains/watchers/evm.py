"""Following an EVM chain by polling: each block near the tip by its hash, a long gap by ranges of adaptive span."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from typing import NoReturn

import structlog
from django.db.models import Exists, OuterRef
from django.utils import timezone

from chains import cursor
from chains.clients.evm import EvmClient
from chains.codec.evm import EVENT_TOPICS, decode_log
from chains.config import client
from chains.errors import ChainError, NodeMisbehaving
from chains.events import BlockRef, EventKind, Forward, ObservedEvent
from chains.models import Chain, ChainBlock, ChainEvent, ChainTransaction
from chains.services import ingest
from chains.services.confirming import block_confirm
from chains.watchers.base import Watcher

log = structlog.get_logger(__name__)

OWN_UNTOLD = timedelta(days=1)  # for so long after a call of ours its block is read again for an event that is missing
OWN_AT_ONCE = 4
BATCH = 16  # blocks stored in one transaction
LOG_FIELDS = ("address", "topics", "data", "blockNumber", "blockHash", "transactionHash", "logIndex")
Log = dict[str, object]


class EvmWatcher(Watcher):
    """Reads the factory's events and those of the escrows it made."""

    def __init__(self, chain: Chain) -> None:
        super().__init__(chain)
        self.client: EvmClient = client(chain.name)
        self.span = 500

    def poll(self) -> bool:
        self.compare_providers()
        head = self.client.head()
        ingest.head_note(chain=self.chain, head=head)
        if self.chain.seen_height is None:
            ingest.cursor_start(chain=self.chain, block=self._agreed_block(self._final_height()))
        self._back_if_forked(head)
        more = self._forward(head)
        with self.patience():
            self._advance_final()
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
            steps.append(Forward(block, self._believed(self._decoded(by_height[height], block), steps)))
        ingest.blocks_store(chain=self.chain, steps=steps)

    def _events_at(self, block: BlockRef, before: Iterable[Forward] = ()) -> tuple[ObservedEvent, ...]:
        return self._believed(self._decoded(self.client.logs_at(block.hash, EVENT_TOPICS), block), before)

    def _decoded(self, logs: Iterable[Log], block: BlockRef) -> tuple[ObservedEvent, ...]:
        """The logs that have the shape of one of our events."""
        decoded = (
            decode_log(entry, block.timestamp, self.config.factory, self.chain.escrow_src_implementation)
            for entry in logs
        )
        return tuple(event for event in decoded if event is not None)

    def _believed(self, events: Sequence[ObservedEvent], before: Iterable[Forward]) -> tuple[ObservedEvent, ...]:
        """Events of our factory and of escrows it is known to have made; anything else is not ours."""
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
            self._halt_if_true(lowest)
        point = self._stored(height)
        assert point is not None
        ingest.blocks_orphan(
            chain=self.chain, point=BlockRef(point.height, point.hash, point.parent_hash, point.timestamp_ns)
        )

    def _halt_if_true(self, final: int) -> NoReturn:
        """One provider says that our final block is gone: the chain's money is halted when a quorum says so too."""
        if self._agreed_block(final).hash == self.chain.final_hash:
            raise NodeMisbehaving(f"{self.chain}: a provider denied final block {final}, which the others know")
        ingest.money_halt(chain=self.chain, reason=f"a reorganisation reached below the final block {final}")
        raise NodeMisbehaving(f"{self.chain}: final block {final} is gone; money on this chain is halted")

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

    def _final_height(self) -> int:
        """The height that as many providers call final as money needs."""
        return self.truth.at_least("final height", self._final_height_of)

    def _final_height_of(self, node: EvmClient) -> int:
        if isinstance(self.config.finality, int):
            return max(0, node.head().height - self.config.finality)
        return node.block(self.config.finality).height

    def _agreed_block(self, height: int) -> BlockRef:
        agreed: BlockRef = self.truth.ask(f"block {height}", lambda node: node.block(height))
        return agreed

    def _advance_final(self) -> None:
        """Move the final watermark to where a quorum agrees on the block, once its events are confirmed."""
        before = self.chain.final_height or 0
        target = min(self._final_height(), self._seen())
        if target <= before:
            return
        agreed = self._agreed_block(target)
        standing = ChainBlock.objects.filter(
            chain=self.chain, height__gt=before, height__lte=target, orphaned_at=None
        ).order_by("height")
        stored = {block.height: block for block in standing}
        if target in stored and stored[target].hash != agreed.hash:
            return  # another fork than the one we read: the next poll walks back
        self._confirm_gap(before + 1, target - cursor.NEAR_TIP)
        for block in stored.values():
            if block.height > target - cursor.NEAR_TIP:
                self._confirm(BlockRef(block.height, block.hash, block.parent_hash, block.timestamp_ns))
        ingest.final_advance(chain=self.chain, block=agreed)
        self._confirm_own()

    def _confirm(self, block: BlockRef) -> int:
        """Read a block's events again, from a quorum: one node may have answered before it had indexed the block, or
        may lie. How many rows changed."""
        told = self.truth.ask(
            f"events of block {block.height}",
            lambda node: self._decoded(node.logs_at(block.hash, EVENT_TOPICS), block),
        )
        return self._confirmed(block, self._believed(told, ()))

    def _confirm_own(self) -> None:
        """Once more the blocks in which calls of ours succeeded that left no event, as every call of ours does."""
        told = ChainEvent.objects.filter(chain=self.chain, tx_hash=OuterRef("hash"), orphaned_at=None)
        silent = ChainTransaction.objects.filter(
            ~Exists(told),
            chain=self.chain,
            kind=ChainTransaction.Kind.CALL,
            state=ChainTransaction.State.SUCCEEDED,
            created_at__gte=timezone.now() - OWN_UNTOLD,
        )
        for block_hash in set(silent.order_by("-pk").values_list("block_hash", flat=True)[:OWN_AT_ONCE]):
            self._confirm(self.truth.ask("a block of ours", partial(EvmClient.block, block_id=block_hash)))

    def _confirm_gap(self, first: int, last: int) -> None:
        """The same for blocks far behind the tip, by ranges. A lone provider had indexed those when it was asked first."""
        if not self.truth.is_alone:
            for _ in self.read_again(first, last):
                pass

    def read_again(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        while first <= last:
            end = min(last, first + self.span - 1)
            yield end, self._confirm_span(first, end)
            first = end + 1

    def read_block_again(self, block_hash: str) -> int:
        return self._confirm(self.truth.ask("a block", partial(EvmClient.block, block_id=block_hash)))

    def _confirm_span(self, first: int, end: int) -> int:
        """Confirm the blocks of a range that hold events, or of which we have some. How many rows changed."""
        logs, changed = self._logs_of_quorum(first, end), 0
        heights = {int(str(entry["blockNumber"]), 16) for entry in logs}
        rows = ChainEvent.objects.filter(
            chain=self.chain, block_height__gte=first, block_height__lte=end, orphaned_at=None
        )
        for height in sorted(heights | set(rows.values_list("block_height", flat=True))):
            block = self._agreed_block(height)
            mine = [entry for entry in logs if int(str(entry["blockNumber"]), 16) == height]
            changed += self._confirmed(block, self._believed(self._decoded(mine, block), ()))
        return changed

    def _logs_of_quorum(self, first: int, last: int) -> list[Log]:
        try:
            told = self.truth.ask(
                f"events of blocks {first} to {last}",
                lambda node: [_essence(entry) for entry in node.logs_between(first, last, EVENT_TOPICS)],
            )
        except ChainError:
            self.span = cursor.shrink(self.span)
            raise
        return told

    def _confirmed(self, block: BlockRef, events: Sequence[ObservedEvent]) -> int:
        alone = self.truth.is_alone
        return len(block_confirm(chain=self.chain, block=block, events=events, authoritative=not alone))

    def _seen(self) -> int:
        assert self.chain.seen_height is not None
        return self.chain.seen_height


def _essence(entry: Log) -> Log:
    """A log without what only some nodes add to it."""
    return {name: entry[name] for name in LOG_FIELDS}
