"""Calling a block's events final: what the first reading stored is held against what a quorum of providers tells."""

import json
from collections.abc import Sequence

import structlog
from django.db import transaction
from django.utils import timezone

from chains.events import BlockRef, ObservedEvent
from chains.models import Chain, ChainEvent
from chains.registry import registry
from chains.services.ingest import events_store

log = structlog.get_logger(__name__)


@transaction.atomic
def block_confirm(
    *, chain: Chain, block: BlockRef, events: Sequence[ObservedEvent], authoritative: bool
) -> list[ChainEvent]:
    """Store the events of a stored block that its first reading missed; a node may have answered before it had indexed
    the block (go-ethereum #24078).

    When several providers gave these `events` alike they are `authoritative`: what one of them had told besides is
    orphaned. A single provider that answers less the second time proves nothing. Returns the rows that changed.
    """
    standing = list(ChainEvent.objects.filter(chain=chain, block_hash=block.hash, orphaned_at=None))
    known = {(row.tx_hash, row.index) for row in standing}
    changed: list[ChainEvent] = []
    if authoritative:
        told = {(event.tx_hash, event.index): event for event in events}
        false = [row for row in standing if not _tells(row, told.get((row.tx_hash, row.index)))]
        changed += _orphan(chain, false)
        known -= {(row.tx_hash, row.index) for row in false}
    missed = [event for event in events if (event.tx_hash, event.index) not in known]
    if missed:
        log.warning("chain.events_missed_at_first", chain=chain.name, height=block.height, count=len(missed))
        changed += _restored(chain, block, missed)
    registry.events_stored(chain, changed)
    return changed


def _tells(row: ChainEvent, event: ObservedEvent | None) -> bool:
    """Whether the stored row says what the event says."""
    if event is None or (row.kind, row.lock_id, row.contract) != (event.kind, event.lock_id, event.contract):
        return False
    return bool(row.payload == json.loads(json.dumps(event.payload)))


def _orphan(chain: Chain, rows: list[ChainEvent]) -> list[ChainEvent]:
    now = timezone.now()
    for row in rows:
        row.orphaned_at = now
        log.error("chain.event_unconfirmed", chain=chain.name, height=row.block_height, kind=row.kind, lock=row.lock_id)
    ChainEvent.objects.filter(pk__in=[row.pk for row in rows]).update(orphaned_at=now)
    return rows


def _restored(chain: Chain, block: BlockRef, missed: Sequence[ObservedEvent]) -> list[ChainEvent]:
    """New rows; one whose place is taken by a row that a lie had left is corrected."""
    for event in missed:
        stale = ChainEvent.objects.filter(chain=chain, block_hash=block.hash, tx_hash=event.tx_hash, index=event.index)
        stale.update(
            kind=event.kind,
            lock_id=event.lock_id,
            contract=event.contract,
            hashlock=str(event.payload.get("hashlock") or "").removeprefix("0x"),
            payload=event.payload,
            orphaned_at=None,
        )
    stored = events_store(chain, block, missed)
    places = {(event.tx_hash, event.index) for event in missed}
    return [row for row in stored if (row.tx_hash, row.index) in places]
