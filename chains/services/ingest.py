"""Storing what a watcher read. Each function is one transaction; the cursor moves in it by compare-and-swap."""

from collections.abc import Sequence

import structlog
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from access.services import audit_record
from chains.events import BlockRef, Forward, ObservedEvent
from chains.models import Chain, ChainBlock, ChainEvent
from chains.registry import registry

log = structlog.get_logger(__name__)


class CursorMoved(Exception):
    """Another watcher moved the cursor: nothing was stored."""


@transaction.atomic
def blocks_store(*, chain: Chain, steps: Sequence[Forward]) -> list[ChainEvent]:
    """Store consecutive blocks with their events and move the cursor from where `chain` has it to the last of them.

    Raises `CursorMoved` when the cursor is no longer there.
    """
    last = steps[-1].block
    moved = Chain.objects.filter(pk=chain.pk, seen_height=chain.seen_height, seen_hash=chain.seen_hash).update(
        seen_height=last.height, seen_hash=last.hash, seen_time_ns=last.timestamp_ns, watched_at=timezone.now()
    )
    if moved != 1:
        raise CursorMoved(f"{chain}: the cursor is no longer at {chain.seen_height}")
    _restore_or_create([step.block for step in steps], chain)
    stored = [event for step in steps for event in events_store(chain, step.block, step.events)]
    chain.seen_height, chain.seen_hash, chain.seen_time_ns = last.height, last.hash, last.timestamp_ns
    registry.events_stored(chain, stored)
    return stored


def _restore_or_create(blocks: list[BlockRef], chain: Chain) -> None:
    """A block that a reorg brings back stands again; its events with it."""
    hashes = [block.hash for block in blocks]
    restored = ChainBlock.objects.filter(chain=chain, hash__in=hashes).update(orphaned_at=None)
    if restored:
        ChainEvent.objects.filter(chain=chain, block_hash__in=hashes).update(orphaned_at=None)
    ChainBlock.objects.bulk_create(
        [
            ChainBlock(
                chain=chain,
                height=block.height,
                hash=block.hash,
                parent_hash=block.parent_hash,
                timestamp_ns=block.timestamp_ns,
            )
            for block in blocks
        ],
        ignore_conflicts=True,
    )


def events_store(chain: Chain, block: BlockRef, events: Sequence[ObservedEvent]) -> list[ChainEvent]:
    """Insert the events that are new; the unique key makes a second reading harmless. Returns the block's events."""
    if not events:
        return []
    ChainEvent.objects.bulk_create([_row(chain, block, event) for event in events], ignore_conflicts=True)
    return list(ChainEvent.objects.filter(chain=chain, block_hash=block.hash))


def _row(chain: Chain, block: BlockRef, event: ObservedEvent) -> ChainEvent:
    return ChainEvent(
        chain=chain,
        kind=event.kind,
        lock_id=event.lock_id,
        hashlock=str(event.payload.get("hashlock") or "").removeprefix("0x"),
        contract=event.contract,
        block_height=block.height,
        block_hash=block.hash,
        block_time_ns=block.timestamp_ns,
        tx_hash=event.tx_hash,
        index=event.index,
        payload=event.payload,
    )


@transaction.atomic
def blocks_orphan(*, chain: Chain, point: BlockRef) -> int:
    """Go back to `point`, a stored block that still stands: what is above it is marked orphaned. Returns how many."""
    now = timezone.now()
    moved = Chain.objects.filter(pk=chain.pk, seen_height=chain.seen_height, seen_hash=chain.seen_hash).update(
        seen_height=point.height, seen_hash=point.hash, seen_time_ns=point.timestamp_ns
    )
    if moved != 1:
        raise CursorMoved(f"{chain}: the cursor is no longer at {chain.seen_height}")
    above = Q(chain=chain, orphaned_at__isnull=True)
    events = list(ChainEvent.objects.filter(above, block_height__gt=point.height))
    ChainEvent.objects.filter(pk__in=[event.pk for event in events]).update(orphaned_at=now)
    count = ChainBlock.objects.filter(above, height__gt=point.height).update(orphaned_at=now)
    log.warning("chain.reorg", chain=chain.name, depth=count, events=len(events), back_to=point.height)
    chain.seen_height, chain.seen_hash, chain.seen_time_ns = point.height, point.hash, point.timestamp_ns
    registry.events_stored(chain, events)
    return count


@transaction.atomic
def final_advance(*, chain: Chain, block: BlockRef) -> None:
    """Move the final watermark up to a stored block. It never goes back."""
    after = chain.final_height if chain.final_height is not None else block.height - 1
    moved = (
        Chain.objects.filter(pk=chain.pk)
        .filter(Q(final_height__isnull=True) | Q(final_height__lt=block.height))
        .filter(seen_height__gte=block.height)
        .update(final_height=block.height, final_hash=block.hash, final_time_ns=block.timestamp_ns)
    )
    if moved:
        chain.final_height, chain.final_hash, chain.final_time_ns = block.height, block.hash, block.timestamp_ns
        passed = Q(block_height__gt=after, block_height__lte=block.height, orphaned_at=None, final_at=None)
        ChainEvent.objects.filter(passed, chain=chain).update(final_at=timezone.now())
        registry.final_moved(chain, after, block.height)


def head_note(*, chain: Chain, head: BlockRef) -> None:
    """Remember the newest block that the node has told of, and that we looked."""
    Chain.objects.filter(pk=chain.pk).update(
        head_height=head.height, head_time_ns=head.timestamp_ns, watched_at=timezone.now()
    )
    chain.head_height, chain.head_time_ns = head.height, head.timestamp_ns


@transaction.atomic
def cursor_start(*, chain: Chain, block: BlockRef) -> None:
    """Set the cursor of a chain that was never watched to `block`, which counts as read and final."""
    Chain.objects.filter(pk=chain.pk, seen_height__isnull=True).update(
        seen_height=block.height,
        seen_hash=block.hash,
        seen_time_ns=block.timestamp_ns,
        final_height=block.height,
        final_hash=block.hash,
        final_time_ns=block.timestamp_ns,
    )
    _restore_or_create([block], chain)
    chain.refresh_from_db()


def money_halt(*, chain: Chain, reason: str) -> None:
    """Stop everything that moves money on a chain we no longer understand; an operator lifts it."""
    if Chain.objects.filter(pk=chain.pk, halted_reason="").update(halted_reason=reason):
        log.error("chain.halted", chain=chain.name, reason=reason)


@transaction.atomic
def money_resume(*, chain: Chain, actor: str, reason: str) -> None:
    """Lift the halt, and look at everything on the chain again."""
    audit_record(
        action="chain_resumed",
        actor_kind="operator",
        actor_id=actor,
        target=chain.name,
        detail={"reason": reason, "halted": chain.halted_reason},
    )
    Chain.objects.filter(pk=chain.pk).update(halted_reason="")
    chain.refresh_from_db()
    registry.final_moved(chain, (chain.final_height or 0) - 1, chain.final_height or 0)
