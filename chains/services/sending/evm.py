"""Sending on EVM chains: EIP-1559 transactions, one nonce after another for each account."""

from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from chains.clients.evm import EvmClient, Receipt
from chains.clients.quorum import Quorum
from chains.config import client, quorum, signers
from chains.errors import UnknownBlock, UnknownTransaction
from chains.locks import lock_account
from chains.models import Account, Chain, ChainTransaction, Intent
from chains.registry import registry
from chains.services.calls import evm as calls
from chains.services.calls.evm import EvmCall
from chains.services.sending.alerts import account_alert, intent_alert
from chains.services.sending.caps import outflow_book
from chains.services.sending.common import Sender, State
from chains.services.sending.evm_prices import Prices
from chains.services.sending.fees import Fees
from chains.services.sending.nonces import NodeNonces, evm_gap, evm_nonce, landed_top
from chains.services.sending.outcomes import (
    WAITING,
    record_dead,
    record_final,
    record_included,
    record_missing,
    rival_store,
    rival_wins,
    rivals,
)

GAS_MARGIN = (13, 10)  # estimates are short by up to a fifth (boltz #1340)
CLAIM_GAS = 120_000  # of a claim beyond the payment: contracts/evm/README.md has what it takes
MAX_GAS = 2**24  # of one transaction: EIP-7825
OUT_OF_GAS = (95, 100)  # a failure that used so much of its limit ran out: an inner call leaves 1/64 behind (EIP-150)
URGENT_BLOCKS = 3  # without inclusion, after which an urgent transaction pays more
FILLERS_AT_ONCE = 16
UNDERPRICED = ("rejected (FeeTooLow)", "rejected (ReplacementUnderpriced)")


Kind = ChainTransaction.Kind


@dataclass(frozen=True)
class Prepared:
    """What the node said, for signing."""

    gas: int
    fees: Fees
    nonces: NodeNonces


class EvmSender(Sender):
    """One account signs for us on an EVM chain: the first configured key."""

    def __init__(self, chain_name: str) -> None:
        super().__init__(chain_name)
        self.client: EvmClient = client(chain_name)
        self.truth: Quorum[EvmClient] = quorum(chain_name)
        self.signer = signers(chain_name)[0]
        self.prices = Prices(self.client, self.config, self.signer.address)

    # Signing

    def prepare(self, intent: Intent) -> Prepared:
        gas = min(MAX_GAS, max(self._gas_for(intent), self._gas_after_running_out(intent)))
        offered = self.prices.first(gas, urgent=self.is_urgent(intent, intent.chain))
        return Prepared(gas, offered, self._node_nonces())

    def _gas_for(self, intent: Intent) -> int:
        """No node hears of a secret before it has the signed claim: of a claim the payment is estimated, and what the escrow does
        besides is known."""
        if intent.carries_secret:
            return self._gas_of(calls.payment(intent.call, self.config), besides=CLAIM_GAS)
        return self._gas_of(self._call(intent))

    def _gas_of(self, call: EvmCall, besides: int = 0) -> int:
        """What the node estimates, and a margin."""
        sender = call.sender or self.signer.address
        request = {"from": sender, "to": call.to, "data": "0x" + call.data.hex(), "value": hex(call.value)}
        return (self.client.estimate_gas(request) + besides) * GAS_MARGIN[0] // GAS_MARGIN[1]

    @staticmethod
    def _gas_after_running_out(intent: Intent) -> int:
        """Twice the limit of a transaction that ran out of gas, whatever the estimate says."""
        ran_out = intent.transactions.filter(state=State.FAILED, fee_detail__outOfGas=True).order_by("-pk").first()
        return 2 * int(ran_out.fields["gas"]) if ran_out else 0

    def _node_nonces(self) -> NodeNonces:
        address = self.signer.address
        return NodeNonces(self.client.nonce(address, "latest"), self.client.nonce(address, "pending"))

    def _call(self, intent: Intent) -> EvmCall:
        secret = registry.open_secret(intent) if intent.carries_secret else None
        return calls.encode(intent.call, self.config, secret)

    def sign(self, intent: Intent, prepared: Prepared) -> ChainTransaction:
        account = lock_account(self.account_for(self.signer.address.lower()).pk)
        nonce, remark = evm_nonce(account, prepared.nonces)
        moves = calls.outflow(intent.call, self.config)
        outflow_book(account=account, intent=intent, nonce=nonce, moves=moves, config=self.config)
        self.nonce_given(account, nonce, remark)
        return self._signed(intent, account, nonce, self._call(intent), prepared.gas, prepared.fees, Kind.CALL)

    def _signed(
        self, intent: Intent, account: Account, nonce: int, call: EvmCall, gas: int, offered: Fees, kind: str
    ) -> ChainTransaction:
        prices = {"gas": gas, "maxFeePerGas": offered.max_fee, "maxPriorityFeePerGas": offered.tip}
        raw, tx_hash = self.signer.sign_transaction(
            {
                "chainId": int(self.config.network_id),
                "nonce": nonce,
                "to": call.to,
                "data": call.data,
                "value": call.value,
                **prices,
            }
        )
        fields = {**{key: str(value) for key, value in prices.items()}, "to": call.to, "value": str(call.value)}
        sent = ChainTransaction(
            intent=intent, chain_id=self.config.name, account=account, nonce=nonce, hash=tx_hash, raw=raw, fields=fields
        )
        sent.kind = kind
        return sent

    def broadcast(self, raw: bytes) -> None:
        self.client.send_raw(raw)

    def is_known(self, sent: ChainTransaction) -> bool:
        return self.client.transaction(sent.hash) is not None

    # Looking after

    def observe(self, sent: ChainTransaction, chain: Chain) -> None:
        found = self._landed(sent)
        if found is None:
            self._unseen(sent, chain)
            return
        landed, receipt = found
        if landed.pk != sent.pk:
            landed = rival_wins(sent, landed)
        if receipt.block_height > (chain.final_height or -1):
            record_included(landed, receipt.block_height, receipt.block_hash)
        else:
            self._record_receipt(landed, self._confirmed(landed))

    def _confirmed(self, sent: ChainTransaction) -> Receipt:
        """The receipt by a quorum's word, its logs left out. Raises `ChainError` while there is none in a block that
        stands."""

        def ask(node: EvmClient) -> Receipt:
            receipt = node.receipt(sent.hash)
            if receipt is None:
                raise UnknownTransaction(f"no receipt of {sent.hash} yet")
            if node.block(receipt.block_height).hash != receipt.block_hash:
                raise UnknownBlock(f"the block of {sent.hash} no longer stands")
            return replace(receipt, logs=())

        return self.truth.ask(f"the receipt of {sent.hash}", ask)

    def has_succeeded(self, sent: ChainTransaction) -> bool:
        return self._confirmed(sent).status == 1

    def outbid_now(self, sent: ChainTransaction, chain: Chain) -> None:
        """An operator wants it to pay more at once; one that is in a block is recorded instead. Raises `ChainError`."""
        if self._landed(sent) is not None:
            self.observe(sent, chain)
        else:
            self._outbid(sent, chain, sent.kind)

    def _landed(self, sent: ChainTransaction) -> tuple[ChainTransaction, Receipt] | None:
        """Whichever of one nonce landed, and its receipt."""
        for rival in rivals(sent):
            receipt = self.client.receipt(rival.hash)
            if receipt is not None:
                return rival, receipt
        return None

    def _record_receipt(self, sent: ChainTransaction, receipt: Receipt) -> None:
        detail: dict[str, Any] = {
            "gasUsed": str(receipt.gas_used),
            "effectiveGasPrice": str(receipt.effective_gas_price),
            "l1Fee": str(receipt.l1_fee or 0),
            "operatorFee": str(receipt.operator_fee or 0),
        }
        succeeded = receipt.status == 1
        if not succeeded and receipt.gas_used * OUT_OF_GAS[1] >= int(sent.fields["gas"]) * OUT_OF_GAS[0]:
            detail |= {"outOfGas": True, "failure": f"out of gas: {receipt.gas_used} of {sent.fields['gas']} used"}
        record_final(
            sent,
            succeeded=succeeded,
            height=receipt.block_height,
            block_hash=receipt.block_hash,
            fee=receipt.fee,
            detail=detail,
        )

    def _unseen(self, sent: ChainTransaction, chain: Chain) -> None:
        """In no block: bury it when its nonce is finally taken, cancel it when it is not wanted, pay more when it is
        stuck, and otherwise send the same bytes again."""
        fell_out = sent.state == State.INCLUDED
        if fell_out:
            record_missing(sent)
        if self._is_dead(sent, chain):
            record_dead(sent, f"nonce {sent.nonce} was taken by another transaction in a final block")
        elif sent.kind == Kind.CALL and sent.intent.cancel_requested_at is not None:
            self._outbid(sent, chain, Kind.CANCELLATION)
        elif self._is_stuck(sent, chain):
            self._outbid(sent, chain, sent.kind)
        elif fell_out or sent.state == State.SIGNED or self.is_due(sent, self.config.resend_seconds):
            self.push(sent)

    def _is_dead(self, sent: ChainTransaction, chain: Chain) -> bool:
        """Its nonce is used in a final block, and by none of ours. One node alone may lag, or forget receipts."""
        at_final = hex(chain.final_height or 0)
        if self.client.nonce(sent.account.address, at_final) <= sent.nonce:
            return False
        hashes = list(rivals(sent).values_list("hash", flat=True))

        def ask(node: EvmClient) -> bool:
            is_used = node.nonce(sent.account.address, at_final) > sent.nonce
            return is_used and not any(_in_a_block(node, tx_hash) for tx_hash in hashes)

        return self.truth.ask(f"whether {sent.hash} can still land", ask)

    def _is_stuck(self, sent: ChainTransaction, chain: Chain) -> bool:
        """Refused as too cheap, or next in line and in no block for too long."""
        if sent.state == State.SIGNED:
            return sent.error.startswith(UNDERPRICED)
        patience = self.config.stuck_seconds
        if self.is_urgent(sent.intent, chain):
            patience = min(patience, URGENT_BLOCKS * self.config.block_seconds)
        if (timezone.now() - sent.waiting_since).total_seconds() < patience:
            return False
        return self.client.nonce(sent.account.address, "latest") >= sent.nonce

    def _outbid(self, sent: ChainTransaction, chain: Chain, kind: str) -> None:
        """Sign and send a rival with the same nonce at a higher price: the same call, or nothing at all. Where none can
        be made an operator is told, and what is out goes on, unless it is not wanted."""
        urgent = kind != Kind.CANCELLATION and self.is_urgent(sent.intent, chain)
        offered = self.prices.rival(sent, kind, urgent=urgent)
        is_ours = sent.account.address == self.signer.address.lower()
        if offered is None or not is_ours:
            cap = f"the fee cap of {self.config.name} ({self.config.max_fee_wei} wei)"
            intent_alert(sent.intent, f"{sent.hash} is stuck at {cap if is_ours else 'a key that is not configured'}")
            if kind == sent.kind and self.is_due(sent, self.config.resend_seconds):
                self.push(sent)
            return
        call = self._nothing()
        if kind == sent.kind == Kind.CALL:
            call, gas = self._call(sent.intent), int(sent.fields["gas"])
        else:
            gas = self._gas_of(call)
        rival = self._signed(sent.intent, sent.account, sent.nonce, call, gas, offered, kind)
        self.seal(rival)
        if rival_store(sent, rival):
            self.push(rival)

    def _nothing(self) -> EvmCall:
        """A transfer of nothing to ourselves."""
        return EvmCall(self.signer.address.lower(), b"", 0)

    # Accounts

    def observe_accounts(self, chain: Chain) -> None:
        """Send again what a chain that went back has lost, and fill nonces that are missing below open ones."""
        account = self.account_for(self.signer.address.lower())
        waiting = account.transactions.filter(state__in=WAITING)
        top = landed_top(account)
        if top is None and not waiting.exists():
            return
        node = self._node_nonces()
        if top is not None and node.latest <= top:
            self._resend_landed(account, chain)
        elif waiting.exists():
            self._fill_gap(account, waiting, node)

    def _fill_gap(self, account: Account, waiting: QuerySet[ChainTransaction], node: NodeNonces) -> None:
        """Nonces that nothing known will take, once those above have waited for some time."""
        since = timezone.now() - waiting.order_by("waiting_since")[0].waiting_since
        gap = evm_gap(account, node)
        if gap and since.total_seconds() >= self.config.resend_seconds:
            account_alert(account, f"nonces {gap[0]} to {gap[-1]} are missing below ours: they are filled")
            for nonce in gap[:FILLERS_AT_ONCE]:
                self._fill(account, nonce)

    def _resend_landed(self, account: Account, chain: Chain) -> None:
        """A final block no longer holds what it held: nothing new is signed, and the very bytes are sent again."""
        final_nonce = self.client.nonce(account.address, hex(chain.final_height or 0))
        landed = account.transactions.filter(
            state__in=(State.SUCCEEDED, State.FAILED), nonce__gte=final_nonce, block_height__lte=chain.final_height or 0
        )
        for sent in landed.select_related("intent").order_by("nonce"):
            account_alert(account, f"{self.config.name} went back behind final blocks: it is at nonce {final_nonce}")
            self.hand_over(sent)

    def _fill(self, account: Account, nonce: int) -> None:
        """Take a missing nonce with a transfer of nothing."""
        gas = self._gas_of(self._nothing())
        offered = self.prices.first(gas)
        with transaction.atomic():
            locked = lock_account(account.pk)
            if locked.transactions.filter(nonce=nonce).exists():
                return
            intent = Intent.objects.create(
                chain_id=self.config.name,
                subject_type="account",
                subject_id=f"{account.pk}:{nonce}",
                step="fill_nonce",
                call={"method": "nothing"},
                state=Intent.State.SENT,
            )
            filler = self._signed(intent, locked, nonce, self._nothing(), gas, offered, Kind.FILLER)
            filler.save()
            self.nonce_given(locked, nonce)
        self.push(filler)


def _in_a_block(node: EvmClient, tx_hash: str) -> bool:
    """Whether the node has it in a block, by either of two questions: receipts are indexed late, and pruned."""
    known = node.transaction(tx_hash)
    return node.receipt(tx_hash) is not None or bool(known and known.get("blockHash"))
