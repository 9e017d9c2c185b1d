"""Sending on NEAR. Nonces need not be consecutive, but a higher one kills every lower one for ever; and stored bytes
expire with their block hash. So bytes are signed anew only when the old hash is absent at `final` and either the key's
nonce has passed theirs or their block hash has expired. Derived lock ids make a double harmless."""

from dataclasses import dataclass

from chains.clients.near import NearClient, Outcome
from chains.clients.quorum import Quorum
from chains.config import client, quorum, signers
from chains.errors import NoFreeKey, SigningRefused, UnknownAccessKey, UnknownTransaction
from chains.locks import lock_account
from chains.models import Account, Chain, ChainTransaction, Intent
from chains.registry import registry
from chains.services.calls import near as calls
from chains.services.calls.near import NearCall
from chains.services.sending.alerts import account_alert, intent_alert
from chains.services.sending.caps import outflow_book, outflow_check
from chains.services.sending.common import Kind, Sender, State
from chains.services.sending.keys import in_turn, is_busy, may_sign
from chains.services.sending.nonces import near_nonce
from chains.services.sending.outcomes import (
    record_dead,
    record_final,
    record_included,
    record_missing,
    rival_store,
    rival_wins,
    rivals,
)
from chains.signers.base import FunctionCall, NearSigner, Transfer

BLOCK_HASH_LIFE = 86_400  # blocks: nearcore's transaction_validity_period
GRACE_SECONDS = 3.0  # before the absence of a transaction is looked into


@dataclass(frozen=True)
class Prepared:
    """A free key, and what the node said, for signing: the key's nonce and a final block."""

    signer: NearSigner
    account_id: int
    key_nonce: int
    block_hash: str
    block_height: int


class NearSender(Sender):
    """Several access keys may sign, each with nonces of its own, in turn."""

    def __init__(self, chain_name: str) -> None:
        super().__init__(chain_name)
        self.client: NearClient = client(chain_name)
        self.truth: Quorum[NearClient] = quorum(chain_name)
        self.signers: dict[str, NearSigner] = {signer.public_key: signer for signer in signers(chain_name)}

    # Signing

    def prepare(self, intent: Intent) -> Prepared:
        call, moves = self._call(intent), calls.outflow(intent.call, self.config)
        refusal: SigningRefused = NoFreeKey(
            f"no access key of {self.config.account} is free to sign {call.method} for {call.receiver}"
        )
        accounts = [self.account_for(self.config.account, public_key) for public_key in self.signers]
        for account in in_turn(accounts):
            if is_busy(account, self.config.resend_seconds):
                continue
            try:
                outflow_check(account=account, moves=moves, config=self.config)
                key = self.client.access_key(self.config.account, account.public_key)
            except UnknownAccessKey as missing:
                account_alert(account, str(missing))
            except SigningRefused as refused:
                refusal = refused
            else:
                if may_sign(key, call):
                    return self._prepared(account, key.nonce)
        raise refusal

    def _prepared(self, account: Account, key_nonce: int) -> Prepared:
        block = self.client.head("final")
        return Prepared(self.signers[account.public_key], account.pk, key_nonce, block.hash, block.height)

    def _call(self, intent: Intent) -> NearCall:
        secret = registry.open_secret(intent) if intent.carries_secret else None
        return calls.encode(intent.call, self.config, secret)

    def sign(self, intent: Intent, prepared: Prepared) -> ChainTransaction:
        account = lock_account(prepared.account_id)
        if is_busy(account, self.config.resend_seconds):
            raise NoFreeKey(f"{account.public_key} was taken by another transaction")
        nonce = near_nonce(account, key_nonce=prepared.key_nonce, height=prepared.block_height)
        moves = calls.outflow(intent.call, self.config)
        outflow_book(account=account, intent=intent, nonce=nonce, moves=moves, config=self.config)
        self.nonce_given(account, nonce)
        call = self._call(intent)
        action = FunctionCall(call.method, call.args, call.gas, call.deposit)
        raw, tx_hash = prepared.signer.sign(call.receiver, [action], nonce=nonce, block_hash=prepared.block_hash)
        fields = {
            "receiver": call.receiver,
            "method": call.method,
            "gas": str(call.gas),
            "deposit": str(call.deposit),
        }
        sent = self._unsaved(intent, prepared, nonce, tx_hash, raw)
        sent.fields = fields
        return sent

    def _unsaved(self, intent: Intent, prepared: Prepared, nonce: int, tx_hash: str, raw: bytes) -> ChainTransaction:
        return ChainTransaction(
            intent=intent,
            chain_id=self.config.name,
            account_id=prepared.account_id,
            nonce=nonce,
            hash=tx_hash,
            raw=raw,
            valid_until_height=prepared.block_height + BLOCK_HASH_LIFE,
        )

    def broadcast(self, raw: bytes) -> None:
        self.client.send(raw)

    def is_known(self, sent: ChainTransaction) -> bool:
        return self.client.outcome(sent.hash, self.config.account).status != "unknown"

    # Looking after

    def observe(self, sent: ChainTransaction, chain: Chain) -> None:
        found = self._landed(sent)
        if found is None:
            self._unseen(sent, chain)
            return
        landed, outcome = found
        if landed.pk != sent.pk:
            landed = rival_wins(sent, landed)
        if outcome.final and outcome.status in ("succeeded", "failed"):
            outcome = self._confirmed(landed)
            record_final(
                landed,
                succeeded=outcome.status == "succeeded",
                height=chain.final_height or 0,
                block_hash=outcome.block_hash,
                fee=outcome.tokens_burnt,
                detail={
                    "tokensBurnt": str(outcome.tokens_burnt),
                    "gasBurnt": str(outcome.gas_burnt),
                    "depositTaken": outcome.deposit_taken,
                    "failure": outcome.failure or "",
                },
            )
        else:
            record_included(landed, chain.final_height or 0, outcome.block_hash)

    def _confirmed(self, sent: ChainTransaction) -> Outcome:
        """The outcome by a quorum's word. Raises `ChainError` while it is not final."""

        def ask(node: NearClient) -> Outcome:
            outcome = node.outcome(sent.hash, self.config.account)
            if not outcome.final:
                raise UnknownTransaction(f"{sent.hash} is not final yet")
            return outcome

        return self.truth.ask(f"the outcome of {sent.hash}", ask)

    def has_succeeded(self, sent: ChainTransaction) -> bool:
        return self._confirmed(sent).status == "succeeded"

    def _landed(self, sent: ChainTransaction) -> tuple[ChainTransaction, Outcome] | None:
        """Whichever of one nonce is in a block, and how far it has come."""
        for rival in rivals(sent):
            outcome = self.client.outcome(rival.hash, self.config.account)
            if outcome.block_hash:
                return rival, outcome
        return None

    def _unseen(self, sent: ChainTransaction, chain: Chain) -> None:
        """In no block: bury it when it can no longer land, cancel it when it is not wanted, or send the same bytes."""
        fell_out = sent.state == State.INCLUDED
        if fell_out:
            record_missing(sent)
        elif sent.state == State.BROADCAST and not self.is_due(sent, GRACE_SECONDS) and self._is_wanted(sent):
            return
        why = self._why_dead(sent, chain)
        if why:
            record_dead(sent, why)
        elif sent.kind == Kind.CALL and sent.intent.cancel_requested_at is not None:
            self._cancel(sent)
        elif fell_out or sent.state == State.SIGNED or self.is_due(sent, self.config.resend_seconds):
            self.push(sent)

    def _why_dead(self, sent: ChainTransaction, chain: Chain) -> str:
        """Why it can never land any more; "" while it may. One node alone may lag, or forget what it saw."""

        def key_nonce(node: NearClient) -> int:
            return node.access_key(sent.account.address, sent.account.public_key, finality="final").nonce

        expired = sent.valid_until_height is not None and (chain.final_height or 0) > sent.valid_until_height
        if not expired and key_nonce(self.client) < sent.nonce:
            return ""
        hashes = list(rivals(sent).values_list("hash", flat=True))

        def ask(node: NearClient) -> bool:
            is_over = expired or key_nonce(node) >= sent.nonce
            return is_over and all(node.outcome(each, self.config.account).status == "unknown" for each in hashes)

        if not self.truth.ask(f"whether {sent.hash} can still land", ask):
            return ""
        return "its block hash expired" if expired else "its nonce was passed"

    def observe_accounts(self, chain: Chain) -> None:
        """Nothing: a nonce that is missing below others blocks nothing here."""

    def _cancel(self, sent: ChainTransaction) -> None:
        """Use up the key's nonce with a transfer of nothing to ourselves: whichever lands first kills the other."""
        key = self.client.access_key(sent.account.address, sent.account.public_key)
        signer = self.signers.get(sent.account.public_key)
        if key.nonce >= sent.nonce:
            return  # one of the two landed, or neither can: the next look at the final block tells
        if signer is None or not key.full_access:
            intent_alert(sent.intent, f"{sent.hash} cannot be cancelled with its key: it is waited for, or expires")
            return
        prepared = self._prepared(sent.account, key.nonce)
        raw, tx_hash = signer.sign(self.config.account, [Transfer(0)], nonce=sent.nonce, block_hash=prepared.block_hash)
        rival = self._unsaved(sent.intent, prepared, sent.nonce, tx_hash, raw)
        rival.kind, rival.fields = Kind.CANCELLATION, {"receiver": self.config.account, "deposit": "0"}
        self.seal(rival)
        if rival_store(sent, rival):
            self.push(rival)
