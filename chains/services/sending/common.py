"""What both families do alike: store before broadcasting, send the same bytes again, believe only final blocks."""

from abc import ABC, abstractmethod
from datetime import timedelta
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone

from access.sealing import Sealed, seal, unseal
from chains.config import ChainConfig, chain_config
from chains.errors import AlreadyKnown, ChainError, RpcRejected, TransportError
from chains.locks import lock_intent, lock_transaction
from chains.models import Account, Chain, ChainTransaction, Intent
from chains.registry import registry
from chains.services.intents import backoff, intent_defer

log = structlog.get_logger(__name__)
State = ChainTransaction.State


class Sender(ABC):
    """Sends one chain's intents. The family supplies `prepare`, `sign`, `broadcast` and `observe`."""

    def __init__(self, chain_name: str) -> None:
        self.config: ChainConfig = chain_config(chain_name)

    # The family's own

    @abstractmethod
    def prepare(self, intent: Intent) -> Any:
        """Everything signing needs from the node (fees, gas, block hash). Raises `ChainError`; nothing is locked."""

    @abstractmethod
    def sign(self, intent: Intent, prepared: Any) -> ChainTransaction:
        """Give out a nonce under the account's row lock, sign, and return the unsaved transaction."""

    @abstractmethod
    def broadcast(self, raw: bytes) -> None:
        """Hand bytes to a node. Raises `ChainError`."""

    @abstractmethod
    def observe(self, sent: ChainTransaction, chain: Chain) -> None:
        """Look for the transaction on chain and record what became of it, or send it again."""

    # Sending

    def send(self, intent: Intent) -> ChainTransaction | None:
        """See `intent_send`."""
        waiting = self._open_transaction(intent)
        if waiting is None:
            if intent.state != Intent.State.PENDING or (intent.not_before and intent.not_before > timezone.now()):
                return None
            waiting = self._sign_and_store(intent)
        if waiting is not None and waiting.state == State.SIGNED:
            self.push(waiting)
        return waiting

    def _open_transaction(self, intent: Intent) -> ChainTransaction | None:
        return intent.transactions.filter(state__in=ChainTransaction.OPEN_STATES).order_by("-pk").first()

    def _sign_and_store(self, intent: Intent) -> ChainTransaction | None:
        try:
            prepared = self.prepare(intent)
        except ChainError as error:
            self.postpone(intent, error)
            return None
        with transaction.atomic():
            locked = lock_intent(intent.pk)
            if locked.state != Intent.State.PENDING:
                return self._open_transaction(locked)
            sent = self.sign(locked, prepared)
            self._seal(sent)
            sent.save()
            locked.state, locked.last_error = Intent.State.SENT, ""
            locked.attempts += 1
            locked.save(update_fields=["state", "last_error", "attempts", "updated_at"])
        log.info(
            "transaction.stored", chain=self.config.name, tx=sent.hash, step=intent.step, subject=intent.subject_id
        )
        return sent

    def postpone(self, intent: Intent, error: ChainError) -> None:
        """Try again later: nothing was signed. An error is no evidence of anything."""
        with transaction.atomic():
            locked = lock_intent(intent.pk)
            if locked.state != Intent.State.PENDING:
                return
            locked.attempts += 1
            locked.last_error = str(error)[:500]
            locked.not_before = timezone.now() + backoff(locked.attempts)
            locked.save(update_fields=["attempts", "last_error", "not_before", "updated_at"])
            intent_defer(locked)
        log.warning("intent.postponed", intent=str(intent), error=str(error)[:300], attempts=locked.attempts)

    # Bytes at rest

    def _seal(self, sent: ChainTransaction) -> None:
        if not sent.intent.carries_secret:
            return
        sealed = seal(bytes(sent.raw), sent.hash.encode())
        sent.raw = sealed.nonce + sealed.ciphertext
        sent.sealed = True
        sent.fields = {**sent.fields, "sealKey": sealed.key_id}

    @staticmethod
    def raw_bytes(sent: ChainTransaction) -> bytes:
        """The signed bytes, opened if they are sealed."""
        stored = bytes(sent.raw)
        if not sent.sealed:
            return stored
        return unseal(Sealed(stored[12:], stored[:12], sent.fields["sealKey"]), sent.hash.encode())

    # Broadcasting

    def push(self, sent: ChainTransaction) -> None:
        """Hand the stored bytes to the network. Whatever the node answers, only a block tells what became of them."""
        now = timezone.now()
        try:
            self.broadcast(self.raw_bytes(sent))
            error = ""
        except AlreadyKnown:
            error = ""
        except TransportError as problem:
            error = f"no clear answer: {problem}"[:500]
        except RpcRejected as problem:
            error = f"rejected: {problem}"[:500]
            log.warning("transaction.rejected", chain=self.config.name, tx=sent.hash, error=error)
        rejected = error.startswith("rejected")
        changes: dict[str, Any] = {"error": error, "last_broadcast_at": now, "broadcasts": sent.broadcasts + 1}
        if not rejected:
            changes["state"] = State.BROADCAST
        if sent.first_broadcast_at is None and not rejected:
            changes["first_broadcast_at"] = now
        ChainTransaction.objects.filter(pk=sent.pk, state__in=(State.SIGNED, State.BROADCAST)).update(**changes)
        sent.refresh_from_db()
        if not rejected:
            log.info("transaction.broadcast", chain=self.config.name, tx=sent.hash, step=sent.intent.step)

    def is_due(self, sent: ChainTransaction, seconds: float) -> bool:
        """Whether the last broadcast is so long ago."""
        last = sent.last_broadcast_at
        return last is None or timezone.now() - last >= timedelta(seconds=seconds)

    # Looking after

    def tend(self) -> int:
        """See `transactions_tend`. One transaction's trouble does not keep the others from being looked at."""
        chain = Chain.objects.get(name=self.config.name)
        open_ones = list(
            ChainTransaction.objects.filter(chain=chain, state__in=ChainTransaction.OPEN_STATES)
            .select_related("intent", "account")
            .order_by("account_id", "nonce")
        )
        for sent in open_ones:
            try:
                self.observe(sent, chain)
            except ChainError as error:
                log.warning("transaction.not_observed", chain=chain.name, tx=sent.hash, error=str(error)[:300])
        return len(open_ones)

    @transaction.atomic
    def record_included(self, sent: ChainTransaction, height: int, block_hash: str) -> None:
        """It is in a block that is not final yet."""
        registry.lock_subject(sent.intent)
        locked = lock_transaction(sent.pk)
        if not locked.is_open or (locked.state, locked.block_hash) == (State.INCLUDED, block_hash):
            return
        locked.state, locked.block_height, locked.block_hash = State.INCLUDED, height, block_hash
        locked.first_broadcast_at = locked.first_broadcast_at or timezone.now()
        locked.save(update_fields=["state", "block_height", "block_hash", "first_broadcast_at"])
        registry.transaction_changed(locked)

    @transaction.atomic
    def record_missing(self, sent: ChainTransaction) -> None:
        """A reorg took it out of its block: it is merely broadcast again."""
        locked = lock_transaction(sent.pk)
        if locked.state == State.INCLUDED:
            locked.state, locked.block_height, locked.block_hash = State.BROADCAST, None, ""
            locked.save(update_fields=["state", "block_height", "block_hash"])

    @transaction.atomic
    def record_final(
        self, sent: ChainTransaction, *, succeeded: bool, height: int, block_hash: str, fee: int, detail: dict[str, Any]
    ) -> None:
        """Its block is final: the intent is done, or its attempt failed for good."""
        registry.lock_subject(sent.intent)
        intent = lock_intent(sent.intent_id)
        locked = lock_transaction(sent.pk)
        if locked.state in (State.SUCCEEDED, State.FAILED):
            return
        locked.state = State.SUCCEEDED if succeeded else State.FAILED
        locked.block_height, locked.block_hash = height, block_hash
        locked.fee_paid, locked.fee_detail = fee, detail
        locked.error = "" if succeeded else str(detail.get("failure", "reverted"))[:500]
        locked.save()
        siblings = intent.transactions.filter(state__in=ChainTransaction.OPEN_STATES).exclude(pk=locked.pk)
        siblings.filter(account=locked.account, nonce=locked.nonce).update(state=State.REPLACED)
        intent.state = Intent.State.DONE if succeeded else Intent.State.REVERTED
        intent.last_error = locked.error
        intent.save(update_fields=["state", "last_error", "updated_at"])
        level = log.info if succeeded else log.error
        level("transaction.final", chain=self.config.name, tx=locked.hash, step=intent.step, state=locked.state)
        locked.intent = intent
        registry.transaction_changed(locked)

    @transaction.atomic
    def record_dead(self, sent: ChainTransaction, why: str) -> None:
        """It can never land any more: the intent is pending again, and may be signed anew."""
        intent = lock_intent(sent.intent_id)
        locked = lock_transaction(sent.pk)
        if not locked.is_open:
            return
        locked.state, locked.error = State.REPLACED, why
        locked.save(update_fields=["state", "error"])
        if intent.state == Intent.State.SENT and self._open_transaction(intent) is None:
            intent.state = Intent.State.PENDING
            intent.save(update_fields=["state", "updated_at"])
            intent_defer(intent)
        log.warning("transaction.dead", chain=self.config.name, tx=locked.hash, why=why)

    def account_for(self, address: str, public_key: str = "") -> Account:
        """The row of one of our accounts, made when it is first used."""
        return Account.objects.get_or_create(
            chain_id=self.config.name, address=address, public_key=public_key, defaults={"next_nonce": None}
        )[0]
