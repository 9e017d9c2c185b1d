"""What both families do alike: store before broadcasting, send the same bytes again, believe only final blocks."""

from abc import ABC, abstractmethod
from datetime import timedelta
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone

from access import tracing
from access.sealing import Sealed, seal, unseal
from access.trails import trail
from chains.clients.quorum import Quorum
from chains.config import ChainConfig, chain_config, quorum
from chains.errors import (
    AlreadyKnown,
    CallReverted,
    ChainError,
    ChainHalted,
    InsufficientFunds,
    InvalidNonce,
    NodeMisbehaving,
    NoFreeKey,
    NonceDrift,
    NonceTooLow,
    RpcRejected,
    SigningRefused,
)
from chains.locks import lock_intent
from chains.models import Account, Chain, ChainTransaction, Intent
from chains.services.intents import backoff_before, intent_defer, tend_defer
from chains.services.sending.alerts import account_alert, intent_alert

log = structlog.get_logger(__name__)
State = ChainTransaction.State
Kind = ChainTransaction.Kind
URGENT_INCLUSIONS = 3  # times the longest inclusion: so close to its deadline an intent pays what the cap allows


class Sender(ABC):
    """Sends one chain's intents. The family supplies how to prepare, sign, broadcast and look after a transaction.

    `truth` is asked for what money rests on: that a transaction is final, or that it can never land.
    """

    def __init__(self, chain_name: str) -> None:
        self.config: ChainConfig = chain_config(chain_name)
        self.truth: Quorum[Any] = quorum(chain_name)

    # The family's own

    @abstractmethod
    def prepare(self, intent: Intent) -> Any:
        """Everything signing needs from the node (fees, gas, nonces, block hash). Raises `ChainError`; nothing is
        locked."""

    @abstractmethod
    def sign(self, intent: Intent, prepared: Any) -> ChainTransaction:
        """Give out a nonce under the account's row lock, book the outflow, sign, and return the unsaved transaction.
        Raises `SigningRefused`."""

    @abstractmethod
    def broadcast(self, raw: bytes) -> None:
        """Hand bytes to a node. Raises `ChainError`."""

    @abstractmethod
    def is_known(self, sent: ChainTransaction) -> bool:
        """Whether a node knows the transaction by its hash, waiting or in a block. Raises `ChainError`."""

    @abstractmethod
    def observe(self, sent: ChainTransaction, chain: Chain) -> None:
        """Look for the transaction on chain and record what became of it, or send it, or a rival of it."""

    @abstractmethod
    def has_succeeded(self, sent: ChainTransaction) -> bool:
        """How a transaction that is in a final block ended, by a quorum's word. Raises `ChainError`."""

    @abstractmethod
    def observe_accounts(self, chain: Chain) -> None:
        """Look after the accounts that have open transactions, after those themselves."""

    # Sending

    def send(self, intent: Intent) -> ChainTransaction | None:
        """See `intent_send`."""
        waiting = self._open_transaction(intent)
        if waiting is None:
            if intent.state != Intent.State.PENDING or (intent.not_before and intent.not_before > timezone.now()):
                return None
            waiting = self._sign_and_store(intent)
        halted = bool(intent.chain.halted_reason)
        if waiting is not None and waiting.state == State.SIGNED and not halted and self._is_wanted(waiting):
            self.push(waiting)
        return waiting

    @staticmethod
    def _open_transaction(intent: Intent) -> ChainTransaction | None:
        return intent.transactions.filter(state__in=ChainTransaction.OPEN_STATES).order_by("-pk").first()

    @staticmethod
    def _is_wanted(waiting: ChainTransaction) -> bool:
        """A call whose cancellation was asked for is not sent again, lest it lands before its rival."""
        cancelled = Intent.objects.filter(pk=waiting.intent_id, cancel_requested_at__isnull=False)
        return waiting.kind != Kind.CALL or not cancelled.exists()

    def _sign_and_store(self, intent: Intent) -> ChainTransaction | None:
        try:
            if intent.chain.halted_reason:
                raise ChainHalted(f"{self.config.name} is halted: {intent.chain.halted_reason}")
            with self._told("transaction.sign", intent) as told:
                stored = self._store(intent, self.prepare(intent))
                if told is not None and stored is not None:
                    told.set_attribute("tx", stored.hash)
            return stored
        except ChainError as error:
            self.postpone(intent, error)
            return None

    def _told(self, name: str, intent: Intent, **more: Any) -> Any:
        """A span of the subject's trace that comes after the order, in whatever process."""
        step = intent.step
        return tracing.span(
            name, subject=intent.subject_id, after=f"intent:{step}", chain=self.config.name, step=step, **more
        )

    @transaction.atomic
    def _store(self, intent: Intent, prepared: Any) -> ChainTransaction | None:
        locked = lock_intent(intent.pk)
        if locked.state != Intent.State.PENDING:
            return self._open_transaction(locked)
        sent = self.sign(locked, prepared)
        self.seal(sent)
        sent.save()
        locked.state, locked.last_error, locked.attention, locked.delays = Intent.State.SENT, "", "", 0
        locked.attempts += 1
        locked.save(update_fields=["state", "last_error", "attention", "delays", "attempts", "updated_at"])
        log.info(
            "transaction.stored", chain=self.config.name, tx=sent.hash, step=locked.step, subject=locked.subject_id
        )
        return sent

    def postpone(self, intent: Intent, error: ChainError) -> None:
        """Try again later: nothing was signed. Only a call that would revert counts against the call; any other error
        is no evidence of anything."""
        with transaction.atomic():
            locked = lock_intent(intent.pk)
            if locked.state != Intent.State.PENDING:
                return
            counted = "attempts" if isinstance(error, CallReverted) else "delays"
            setattr(locked, counted, getattr(locked, counted) + 1)
            wait = backoff_before(locked.deadline, getattr(locked, counted))
            if isinstance(error, NoFreeKey):
                wait = timedelta(seconds=self.config.block_seconds)
            locked.last_error = str(error)[:500]
            locked.not_before = timezone.now() + wait
            locked.save(update_fields=[counted, "last_error", "not_before", "updated_at"])
            intent_defer(locked)
            if isinstance(error, NonceDrift):
                tend_defer(self.config.name)
        log.warning("intent.postponed", intent=str(intent), error=str(error)[:300], seconds=wait.total_seconds())
        if isinstance(error, SigningRefused | InsufficientFunds) and not isinstance(error, NoFreeKey):
            intent_alert(intent, str(error)[:500])

    def is_urgent(self, intent: Intent, chain: Chain) -> bool:
        """Whether its deadline is so near that price matters less. Time is the later of the newest head's and ours."""
        if intent.deadline is None:
            return False
        left = intent.deadline.timestamp() - max(timezone.now().timestamp(), chain.head_time_ns / 10**9)
        return left <= URGENT_INCLUSIONS * self.config.inclusion_seconds

    # Bytes at rest

    @staticmethod
    def seal(sent: ChainTransaction) -> None:
        """Encrypt bytes that carry a secret, before they are stored."""
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
        with self._told("transaction.broadcast", sent.intent, tx=sent.hash):
            rejected, error = self.hand_over(sent)
        now = timezone.now()
        changes: dict[str, Any] = {"error": error, "last_broadcast_at": now, "broadcasts": sent.broadcasts + 1}
        if not rejected:
            changes["state"] = State.BROADCAST
        if sent.first_broadcast_at is None and not rejected:
            changes["first_broadcast_at"] = now
        ChainTransaction.objects.filter(pk=sent.pk, state__in=(State.SIGNED, State.BROADCAST)).update(**changes)
        sent.refresh_from_db()
        if not rejected:
            log.info("transaction.broadcast", chain=self.config.name, tx=sent.hash, step=sent.intent.step)

    def hand_over(self, sent: ChainTransaction) -> tuple[bool, str]:
        """Whether the node refused the bytes, and what was wrong; nothing is recorded. A used nonce may be used by these
        very bytes: only their hash tells."""
        try:
            self.broadcast(self.raw_bytes(sent))
        except AlreadyKnown:
            return False, ""
        except RpcRejected as problem:
            used = isinstance(problem, NonceTooLow | InvalidNonce)
            try:
                if used and self.is_known(sent):
                    return False, ""
            except ChainError as unanswered:
                return False, f"no clear answer: {unanswered}"[:500]
            return True, self._refused(sent, problem)
        except ChainError as problem:
            return False, f"no clear answer: {problem}"[:500]
        return False, ""

    def _refused(self, sent: ChainTransaction, problem: RpcRejected) -> str:
        error = f"rejected ({type(problem).__name__}): {problem}"[:500]
        log.warning("transaction.rejected", chain=self.config.name, tx=sent.hash, error=error)
        if isinstance(problem, InsufficientFunds):
            intent_alert(sent.intent, f"{sent.account} must be topped up: {problem}"[:500])
        return error

    @staticmethod
    def is_due(sent: ChainTransaction, seconds: float) -> bool:
        """Whether the last broadcast is so long ago."""
        last = sent.last_broadcast_at
        return last is None or timezone.now() - last >= timedelta(seconds=seconds)

    # Looking after

    def tend(self) -> int:
        """See `transactions_tend`. One transaction's trouble does not keep the others from being looked at; while the
        chain is halted none is."""
        chain = Chain.objects.get(name=self.config.name)
        if chain.halted_reason:
            return 0
        open_ones = list(
            ChainTransaction.objects.filter(chain=chain, state__in=ChainTransaction.OPEN_STATES)
            .select_related("intent", "account")
            .order_by("account_id", "nonce")
        )
        for sent in open_ones:
            with trail(sent.intent.subject_id):
                self._observe_one(sent, chain)
        try:
            self.observe_accounts(chain)
        except ChainError as error:
            log.warning("accounts.not_observed", chain=chain.name, error=str(error)[:300])
        return len(open_ones)

    def _observe_one(self, sent: ChainTransaction, chain: Chain) -> None:
        try:
            with tracing.span("transaction.observe", subject=sent.intent.subject_id, chain=chain.name, tx=sent.hash):
                self.observe(sent, chain)
        except ChainError as error:
            log.warning("transaction.not_observed", chain=chain.name, tx=sent.hash, error=str(error)[:300])

    def reobserve(self, sent: ChainTransaction, chain: Chain) -> None:
        """Look for a transaction because an operator asks. One that is open, or has an open rival, is looked after as ever; of
        one that ended a quorum is asked again. Raises `ChainError`, and `NodeMisbehaving` for another end than we recorded."""
        rivals = ChainTransaction.objects.filter(account=sent.account_id, nonce=sent.nonce)
        waiting = rivals.filter(state__in=ChainTransaction.OPEN_STATES).select_related("intent", "account").first()
        if waiting is not None:
            self.observe(waiting, chain)
        elif sent.state != State.REPLACED and self.has_succeeded(sent) != (sent.state == State.SUCCEEDED):
            raise NodeMisbehaving(f"{sent.hash} ended otherwise than we recorded ({sent.state}): reconcile the books")

    def account_for(self, address: str, public_key: str = "") -> Account:
        """The row of one of our accounts, made when it is first used."""
        return Account.objects.get_or_create(
            chain_id=self.config.name, address=address, public_key=public_key, defaults={"next_nonce": None}
        )[0]

    @staticmethod
    def nonce_given(account: Account, nonce: int, remark: str = "") -> None:
        """Write down that a nonce of a locked account was given out; `remark` is for an operator."""
        account.next_nonce = max(nonce + 1, account.next_nonce or 0)
        account.last_used_at = timezone.now()
        account.save(update_fields=["next_nonce", "last_used_at"])
        if remark:
            account_alert(account, remark)
