"""Sending on EVM chains: EIP-1559 transactions, one nonce after another for each account."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from chains.clients.evm import EvmClient, Receipt
from chains.config import client, signers
from chains.locks import lock_account, lock_transaction
from chains.models import Account, Chain, ChainTransaction, Intent
from chains.registry import registry
from chains.services.calls import evm as calls
from chains.services.sending.common import Sender, State

GAS_MARGIN = (13, 10)  # estimates are short by up to a fifth (boltz #1340)
BUMP = (1125, 1000)  # a replacement must pay 12.5 % more
BASE_FEE_ROOM = 2  # the base fee may double before the transaction is stuck


@dataclass(frozen=True)
class Prepared:
    """What the node said, for signing."""

    gas: int
    base_fee: int
    priority_fee: int
    node_nonce: int


class EvmSender(Sender):
    """One account signs for us on an EVM chain: the first configured key."""

    def __init__(self, chain_name: str) -> None:
        super().__init__(chain_name)
        self.client: EvmClient = client(chain_name)
        self.signer = signers(chain_name)[0]

    def prepare(self, intent: Intent) -> Prepared:
        secret = registry.open_secret(intent) if intent.carries_secret else None
        call = calls.encode(intent.call, self.config, secret)
        base_fee, priority_fee = self.client.fees()
        estimate = self.client.estimate_gas(
            {"from": self.signer.address, "to": call.to, "data": "0x" + call.data.hex(), "value": hex(call.value)}
        )
        return Prepared(
            gas=estimate * GAS_MARGIN[0] // GAS_MARGIN[1],
            base_fee=base_fee,
            priority_fee=priority_fee,
            node_nonce=self.client.nonce(self.signer.address, "pending"),
        )

    def sign(self, intent: Intent, prepared: Prepared) -> ChainTransaction:
        account = lock_account(self.account_for(self.signer.address.lower()).pk)
        nonce = self._next_nonce(account, prepared.node_nonce)
        account.next_nonce = nonce + 1
        account.save(update_fields=["next_nonce"])
        max_fee = min(self.config.max_fee_wei, BASE_FEE_ROOM * prepared.base_fee + prepared.priority_fee)
        fees = {
            "gas": prepared.gas,
            "maxFeePerGas": max_fee,
            "maxPriorityFeePerGas": min(prepared.priority_fee, max_fee),
        }
        return self._signed(intent, account, nonce, fees)

    @staticmethod
    def _next_nonce(account: Account, node_nonce: int) -> int:
        """Ours, unless the chain is ahead (a transaction was sent by hand), or nothing of ours is open (a gap)."""
        ours = account.next_nonce
        if ours is None or ours < node_nonce:
            return node_nonce
        if account.transactions.filter(state__in=ChainTransaction.OPEN_STATES).exists():
            return ours
        landed = account.transactions.filter(state__in=(State.SUCCEEDED, State.FAILED)).aggregate(top=Max("nonce"))
        return max(node_nonce, (landed["top"] if landed["top"] is not None else -1) + 1)

    def _signed(self, intent: Intent, account: Account, nonce: int, fees: dict[str, int]) -> ChainTransaction:
        secret = registry.open_secret(intent) if intent.carries_secret else None
        call = calls.encode(intent.call, self.config, secret)
        raw, tx_hash = self.signer.sign_transaction(
            {
                "chainId": int(self.config.network_id),
                "nonce": nonce,
                "to": call.to,
                "data": call.data,
                "value": call.value,
                **fees,
            }
        )
        fields = {**{key: str(value) for key, value in fees.items()}, "to": call.to, "value": str(call.value)}
        return ChainTransaction(
            intent=intent, chain=intent.chain, account=account, nonce=nonce, hash=tx_hash, raw=raw, fields=fields
        )

    def broadcast(self, raw: bytes) -> None:
        self.client.send_raw(raw)

    # Looking after

    def observe(self, sent: ChainTransaction, chain: Chain) -> None:
        receipt = self._receipt(sent)
        if receipt is None:
            self._unseen(sent, chain)
        elif receipt.block_height > (chain.final_height or -1):
            self.record_included(sent, receipt.block_height, receipt.block_hash)
        elif self.client.block(receipt.block_height).hash == receipt.block_hash:
            self._record_receipt(sent, receipt)

    def _receipt(self, sent: ChainTransaction) -> Receipt | None:
        """Its receipt, or that of a transaction it replaced: whichever of one nonce landed is the one that counts."""
        receipt = self.client.receipt(sent.hash)
        if receipt is None and sent.replaces is not None:
            earlier = sent.replaces
            if self.client.receipt(earlier.hash) is not None:
                self._swap_back(sent, earlier)
        return receipt

    @transaction.atomic
    def _swap_back(self, sent: ChainTransaction, earlier: ChainTransaction) -> None:
        """The replaced transaction landed after all: it is the open one again, and its replacement is not."""
        newer, older = lock_transaction(sent.pk), lock_transaction(earlier.pk)
        if newer.is_open and older.state == State.REPLACED:
            newer.state = State.REPLACED
            newer.save(update_fields=["state"])
            older.state = State.BROADCAST
            older.save(update_fields=["state"])

    def _record_receipt(self, sent: ChainTransaction, receipt: Receipt) -> None:
        fee = receipt.gas_used * receipt.effective_gas_price + (receipt.l1_fee or 0) + (receipt.operator_fee or 0)
        detail: dict[str, Any] = {
            "gasUsed": str(receipt.gas_used),
            "effectiveGasPrice": str(receipt.effective_gas_price),
            "l1Fee": str(receipt.l1_fee or 0),
            "operatorFee": str(receipt.operator_fee or 0),
        }
        self.record_final(
            sent,
            succeeded=receipt.status == 1,
            height=receipt.block_height,
            block_hash=receipt.block_hash,
            fee=fee,
            detail=detail,
        )

    def _unseen(self, sent: ChainTransaction, chain: Chain) -> None:
        """Not in any block: send it again, pay more when it is stuck, or bury it when its nonce is finally taken."""
        if sent.state == State.INCLUDED:
            self.record_missing(sent)
        final_nonce = self.client.nonce(sent.account.address, hex(chain.final_height or 0))
        if final_nonce > sent.nonce and self._receipt(sent) is None:
            self.record_dead(sent, f"nonce {sent.nonce} was taken by another transaction in a final block")
        elif sent.state == State.BROADCAST and self._is_stuck(sent):
            self._replace(sent)
        elif sent.state == State.SIGNED or self.is_due(sent, self.config.resend_seconds):
            self.push(sent)

    def _is_stuck(self, sent: ChainTransaction) -> bool:
        age = (timezone.now() - sent.created_at).total_seconds()
        newest = int(sent.fields["maxFeePerGas"]) < self.config.max_fee_wei
        return newest and age >= self.config.stuck_seconds

    def _replace(self, sent: ChainTransaction) -> None:
        """The same call and nonce at a higher price; the old bytes stay, and whichever lands is believed."""
        base_fee, priority_fee = self.client.fees()
        priority = max(self._bumped(int(sent.fields["maxPriorityFeePerGas"])), priority_fee)
        max_fee = max(self._bumped(int(sent.fields["maxFeePerGas"])), BASE_FEE_ROOM * base_fee + priority)
        max_fee = min(max_fee, self.config.max_fee_wei)
        fees = {
            "gas": int(sent.fields["gas"]),
            "maxFeePerGas": max_fee,
            "maxPriorityFeePerGas": min(priority, max_fee),
        }
        with transaction.atomic():
            locked = lock_transaction(sent.pk)
            if locked.state != State.BROADCAST:
                return
            newer = self._signed(locked.intent, locked.account, locked.nonce, fees)
            newer.replaces = locked
            self._seal(newer)
            locked.state = State.REPLACED
            locked.save(update_fields=["state"])
            newer.save()
        self.push(newer)

    @staticmethod
    def _bumped(fee: int) -> int:
        return -(-fee * BUMP[0] // BUMP[1])
