"""Sending on NEAR. Nonces need not be consecutive, but a higher one kills every lower one for ever; and stored bytes
expire with their block hash. So bytes are signed anew only when the old hash is absent at `final` and either the key's
nonce has passed theirs or their block hash has expired. Derived lock ids make a double harmless."""

from dataclasses import dataclass
from typing import Any

from chains.clients.near import NearClient
from chains.config import client, signers
from chains.locks import lock_account
from chains.models import Chain, ChainTransaction, Intent
from chains.registry import registry
from chains.services.calls import near as calls
from chains.services.sending.common import Sender, State

BLOCK_HASH_LIFE = 86_400  # blocks: nearcore's transaction_validity_period
GRACE_SECONDS = 3.0  # before the absence of a transaction is looked into


@dataclass(frozen=True)
class Prepared:
    """What the node said, for signing: the key's nonce and a final block."""

    key_nonce: int
    block_hash: str
    block_height: int


class NearSender(Sender):
    """Several access keys may sign; each has nonces of its own. The key with the fewest open transactions is used."""

    def __init__(self, chain_name: str) -> None:
        super().__init__(chain_name)
        self.client: NearClient = client(chain_name)

    def prepare(self, intent: Intent) -> tuple[Any, Prepared]:
        signer = self._least_busy()
        block = self.client.head("final")
        key = self.client.access_key(self.config.account, signer.public_key)
        return signer, Prepared(key.nonce, block.hash, block.height)

    def _least_busy(self) -> Any:
        def open_ones(signer: Any) -> int:
            account = self.account_for(self.config.account, signer.public_key)
            return account.transactions.filter(state__in=ChainTransaction.OPEN_STATES).count()

        available = signers(self.config.name)
        return available[0] if len(available) == 1 else min(available, key=open_ones)

    def sign(self, intent: Intent, prepared: tuple[Any, Prepared]) -> ChainTransaction:
        signer, node = prepared
        account = lock_account(self.account_for(self.config.account, signer.public_key).pk)
        nonce = max(account.next_nonce or 0, node.key_nonce + 1)
        account.next_nonce = nonce + 1
        account.save(update_fields=["next_nonce"])
        secret = registry.open_secret(intent) if intent.carries_secret else None
        call = calls.encode(intent.call, self.config, secret)
        raw, tx_hash = signer.sign_function_call(
            receiver=call.receiver,
            method=call.method,
            args=call.args,
            gas=call.gas,
            deposit=call.deposit,
            nonce=nonce,
            block_hash=node.block_hash,
        )
        return ChainTransaction(
            intent=intent,
            chain=intent.chain,
            account=account,
            nonce=nonce,
            hash=tx_hash,
            raw=raw,
            fields={
                "receiver": call.receiver,
                "method": call.method,
                "gas": str(call.gas),
                "deposit": str(call.deposit),
            },
            valid_until_height=node.block_height + BLOCK_HASH_LIFE,
        )

    def broadcast(self, raw: bytes) -> None:
        self.client.send(raw)

    def observe(self, sent: ChainTransaction, chain: Chain) -> None:
        outcome = self.client.outcome(sent.hash, self.config.account)
        if outcome.status == "unknown":
            self._unseen(sent, chain)
        elif outcome.final and outcome.status in ("succeeded", "failed"):
            self.record_final(
                sent,
                succeeded=outcome.status == "succeeded",
                height=chain.final_height or 0,
                block_hash=outcome.block_hash,
                fee=outcome.tokens_burnt,
                detail={"tokensBurnt": str(outcome.tokens_burnt), "failure": outcome.failure or ""},
            )
        else:
            self.record_included(sent, chain.final_height or 0, outcome.block_hash)

    def _unseen(self, sent: ChainTransaction, chain: Chain) -> None:
        if sent.state != State.SIGNED and not self.is_due(sent, GRACE_SECONDS):
            return
        final_nonce = self.client.access_key(sent.account.address, sent.account.public_key, finality="final").nonce
        expired = sent.valid_until_height is not None and (chain.final_height or 0) > sent.valid_until_height
        if final_nonce >= sent.nonce or expired:
            if self.client.outcome(sent.hash, self.config.account).status == "unknown":
                self.record_dead(
                    sent, "its nonce was passed" if final_nonce >= sent.nonce else "its block hash expired"
                )
        elif sent.state == State.SIGNED or self.is_due(sent, self.config.resend_seconds):
            self.push(sent)
