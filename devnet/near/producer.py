"""Making one block: transactions first, then the receipts that reached it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from devnet.near.blocks import Block, TransactionRecord
from devnet.near.errors import TransactionRejected
from devnet.near.execution.receipt import run_receipt
from devnet.near.execution.runs import BlockRun
from devnet.near.execution.transaction import run_transaction
from devnet.near.parameters import CHUNK_GAS_LIMIT
from devnet.near.receipts import ActionReceipt, DataReceipt, Postponed, Receipt, ReceiptRecord
from devnet.near.transactions import SignedTransaction


@dataclass(slots=True)
class Ledger:
    """Transactions and receipts by their ids, and receipts on their way."""

    transactions: dict[str, TransactionRecord] = field(default_factory=dict)
    receipts: dict[str, ReceiptRecord] = field(default_factory=dict)
    incoming: list[Receipt] = field(default_factory=list)
    postponed: Postponed = field(default_factory=Postponed)

    def forget(self, block: Block) -> None:
        """Drop what only an old block knew."""
        for transaction in block.transactions:
            self.transactions.pop(transaction.transaction.hash, None)
        for receipt_id in block.receipt_ids:
            record = self.receipts.get(receipt_id)
            # one that still waits for its data must be found when they come
            if record is not None and (record.outcome is not None or isinstance(record.receipt, DataReceipt)):
                del self.receipts[receipt_id]

    @property
    def is_settled(self) -> bool:
        return not self.incoming


def fill_block(
    run: BlockRun, ledger: Ledger, pending: Sequence[SignedTransaction], sift: Callable[[list[Receipt]], list[Receipt]]
) -> None:
    """Put pending transactions and arrived receipts into a block. Receipts beyond the chunk's gas wait for the next."""
    local = [_include(run, ledger, transaction) for transaction in pending]
    arrived = sift(ledger.incoming)
    run.block.receipts = arrived
    ledger.incoming = []
    late: list[Receipt] = []
    for receipt in [*(each for each in local if each is not None), *arrived]:
        if run.block.gas_used >= CHUNK_GAS_LIMIT:
            late.append(receipt)
        else:
            _accept(run, ledger, receipt)
    for transaction_hash, receipt in run.outgoing:
        ledger.receipts[receipt.receipt_id] = ReceiptRecord(receipt, transaction_hash)
    ledger.incoming += late + [receipt for _, receipt in run.outgoing]


def _include(run: BlockRun, ledger: Ledger, transaction: SignedTransaction) -> ActionReceipt | None:
    """Take a transaction in. Returns its receipt if it is to be executed in this block: one to the signer itself."""
    try:
        outcome, receipt = run_transaction(run, transaction)
    except TransactionRejected:
        # valid when it came, but no more: as in nearcore it is dropped without a word
        ledger.transactions.pop(transaction.hash, None)
        return None
    record = ledger.transactions[transaction.hash]
    record.block, record.outcome = run.block, outcome
    run.block.transactions.append(record)
    if transaction.signer_id == transaction.receiver_id:
        ledger.receipts[receipt.receipt_id] = ReceiptRecord(receipt, transaction.hash)
        return receipt
    run.outgoing.append((transaction.hash, receipt))
    return None


def _accept(run: BlockRun, ledger: Ledger, receipt: Receipt) -> None:
    run.block.receipt_ids.append(receipt.receipt_id)
    ledger.receipts[receipt.receipt_id].height = run.block.height
    ready = ledger.postponed.accept(receipt)
    if ready is None:
        return
    record = ledger.receipts[ready.receipt.receipt_id]
    record.outcome = run_receipt(run, ready, record.transaction_hash)
    record.height = run.block.height
