"""Recording what became of a transaction. Each function is one database transaction, and takes its locks in the order of
`chains/locks.py`."""

from typing import Any

import structlog
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from chains.locks import lock_intent, lock_transaction
from chains.models import ChainTransaction, Intent
from chains.registry import registry
from chains.services.intents import intent_defer, intent_has_open_transaction
from chains.services.sending.caps import outflow_release

log = structlog.get_logger(__name__)
State, Kind = ChainTransaction.State, ChainTransaction.Kind
WAITING = (State.SIGNED, State.BROADCAST)


def rivals(sent: ChainTransaction) -> QuerySet[ChainTransaction]:
    """Everything that was ever signed for its account and nonce, itself included, newest first. At most one lands."""
    return ChainTransaction.objects.filter(account=sent.account_id, nonce=sent.nonce).order_by("-pk")


@transaction.atomic
def record_included(sent: ChainTransaction, height: int, block_hash: str) -> None:
    """It is in a block that is not final yet."""
    registry.lock_subject(sent.intent)
    locked = lock_transaction(sent.pk)
    if not locked.is_open or (locked.state, locked.block_hash) == (State.INCLUDED, block_hash):
        return
    locked.state, locked.block_height, locked.block_hash = State.INCLUDED, height, block_hash
    locked.first_broadcast_at = locked.first_broadcast_at or timezone.now()
    locked.error = ""
    locked.save(update_fields=["state", "block_height", "block_hash", "first_broadcast_at", "error"])
    registry.transaction_changed(locked)


@transaction.atomic
def record_missing(sent: ChainTransaction) -> None:
    """A reorg took it out of its block: it is merely broadcast again, and waits from now on."""
    locked = lock_transaction(sent.pk)
    if locked.state == State.INCLUDED:
        locked.state, locked.block_height, locked.block_hash = State.BROADCAST, None, ""
        locked.waiting_since = timezone.now()
        locked.save(update_fields=["state", "block_height", "block_hash", "waiting_since"])
        log.warning("transaction.fell_out", chain=sent.chain_id, tx=sent.hash, nonce=sent.nonce)
    sent.refresh_from_db()


@transaction.atomic
def rival_store(sent: ChainTransaction, rival: ChainTransaction) -> bool:
    """Put a newly signed rival in the place of a transaction that waits. False when that one no longer does.

    The replaced bytes stay: whichever of the two lands is believed.
    """
    lock_intent(sent.intent_id)
    locked = lock_transaction(sent.pk)
    if locked.state not in WAITING:
        return False
    locked.state = State.REPLACED
    locked.save(update_fields=["state"])
    rival.replaces = locked
    rival.save()
    log.info("transaction.rival", chain=sent.chain_id, tx=rival.hash, replaces=sent.hash, kind=rival.kind)
    return True


@transaction.atomic
def rival_wins(sent: ChainTransaction, winner: ChainTransaction) -> ChainTransaction:
    """An earlier rival landed after all: it is the open one again. Returns it."""
    lock_intent(sent.intent_id)
    newer, older = lock_transaction(sent.pk), lock_transaction(winner.pk)
    if newer.is_open and older.state == State.REPLACED:
        newer.state = State.REPLACED
        newer.save(update_fields=["state"])
        older.state = State.BROADCAST
        older.save(update_fields=["state"])
    return older


@transaction.atomic
def record_final(
    sent: ChainTransaction, *, succeeded: bool, height: int, block_hash: str, fee: int, detail: dict[str, Any]
) -> None:
    """Its block is final: the intent is done, or withdrawn by its cancellation, or its attempt failed for good."""
    registry.lock_subject(sent.intent)
    intent = lock_intent(sent.intent_id)
    locked = lock_transaction(sent.pk)
    if locked.state in (State.SUCCEEDED, State.FAILED):
        return
    locked.state = State.SUCCEEDED if succeeded else State.FAILED
    locked.block_height, locked.block_hash = height, block_hash
    locked.fee_paid, locked.fee_detail = fee, detail
    locked.error = "" if succeeded else str(detail.get("failure") or "reverted")[:500]
    rivals(sent).filter(state__in=ChainTransaction.OPEN_STATES).exclude(pk=sent.pk).update(state=State.REPLACED)
    locked.save()
    if locked.kind != Kind.CALL or not succeeded:
        outflow_release(account_id=sent.account_id, nonce=sent.nonce)
    intent.state = _state_after(intent, locked)
    intent.last_error, intent.attention = locked.error, ""
    intent.save(update_fields=["state", "last_error", "attention", "updated_at"])
    level = log.info if succeeded else log.error
    level(
        "transaction.final", chain=sent.chain_id, tx=locked.hash, step=intent.step, kind=locked.kind, state=locked.state
    )
    locked.intent = intent
    registry.transaction_changed(locked)


def _state_after(intent: Intent, landed: ChainTransaction) -> Intent.State:
    """A cancellation that is final leaves nothing that could land; neither does a failure, but that is tried again."""
    if landed.kind == Kind.CANCELLATION:
        return Intent.State.WITHDRAWN
    if landed.state == State.SUCCEEDED or landed.kind == Kind.FILLER:
        return Intent.State.DONE
    return Intent.State.WITHDRAWN if intent.cancel_requested_at else Intent.State.REVERTED


@transaction.atomic
def record_dead(sent: ChainTransaction, why: str) -> None:
    """Neither it nor a rival can ever land: the intent may be signed anew, or is withdrawn if it was to be cancelled."""
    registry.lock_subject(sent.intent)
    intent = lock_intent(sent.intent_id)
    locked = lock_transaction(sent.pk)
    if not locked.is_open:
        return
    locked.state, locked.error = State.REPLACED, why
    locked.save(update_fields=["state", "error"])
    outflow_release(account_id=sent.account_id, nonce=sent.nonce)
    log.warning("transaction.dead", chain=sent.chain_id, tx=locked.hash, why=why)
    if intent.state != Intent.State.SENT or intent_has_open_transaction(intent):
        return
    wanted = locked.kind == Kind.CALL and intent.cancel_requested_at is None
    intent.state = Intent.State.PENDING if wanted else Intent.State.WITHDRAWN
    intent.save(update_fields=["state", "updated_at"])
    if wanted:
        intent_defer(intent)
    locked.intent = intent
    registry.transaction_changed(locked)
