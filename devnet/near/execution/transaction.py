"""Taking a transaction into a block: its signer pays, and its receipt is made."""

from devnet.near.admission import apply_charge, charge
from devnet.near.execution.runs import BlockRun, child_id
from devnet.near.parameters import GAS_PRICE
from devnet.near.receipts import ActionReceipt, Outcome
from devnet.near.transactions import SignedTransaction


def run_transaction(block: BlockRun, transaction: SignedTransaction) -> tuple[Outcome, ActionReceipt]:
    """Charge the signer and return the outcome and the receipt. Raises `TransactionRejected`."""
    state = block.overlay()
    charged = charge(transaction, state, block.block.height)
    apply_charge(charged, transaction, state)
    block.keep(state, {"type": "transaction_processing", "tx_hash": transaction.hash})
    block.burnt += charged.tokens_burnt
    block.block.gas_used += charged.gas_burnt
    receipt = ActionReceipt(
        transaction.signer_id,
        transaction.receiver_id,
        transaction.signer_id,
        transaction.public_key,
        GAS_PRICE,
        transaction.actions,
        receipt_id=child_id(transaction.hash, block.block.height, 0),
    )
    outcome = Outcome(
        id=transaction.hash,
        block_hash=block.block.hash,
        executor_id=transaction.signer_id,
        status={"SuccessReceiptId": receipt.receipt_id},
        receipt_ids=[receipt.receipt_id],
        gas_burnt=charged.gas_burnt,
        tokens_burnt=charged.tokens_burnt,
    )
    return outcome, receipt
