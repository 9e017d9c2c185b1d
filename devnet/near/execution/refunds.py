"""Giving back what was prepaid and not used."""

from devnet.near.actions import Transfer
from devnet.near.execution.runs import ReceiptRun
from devnet.near.fees import deposits, execution_fees, prepaid_gas, prepaid_send_fees
from devnet.near.keys import EMPTY_PUBLIC_KEY
from devnet.near.parameters import ACTION_RECEIPT
from devnet.near.receipts import SYSTEM, ActionReceipt


def balance_refund(receiver_id: str, amount: int) -> ActionReceipt:
    """A receipt of the system that brings a deposit back."""
    return ActionReceipt(SYSTEM, receiver_id, SYSTEM, EMPTY_PUBLIC_KEY, 0, (Transfer(amount),))


def add_refunds(run: ReceiptRun) -> None:
    """Deposits go back to the predecessor when the receipt failed, unused gas always to the signer."""
    receipt = run.receipt
    if run.failure is not None:
        amount = deposits(receipt.actions)
        if amount:
            run.new_receipts.append(balance_refund(receipt.predecessor_id, amount))
    prepaid = prepaid_gas(receipt.actions) + prepaid_send_fees(receipt.actions)
    prepaid += ACTION_RECEIPT.execution + execution_fees(receipt.actions)
    spent = run.gas_burnt if run.failure is not None else run.gas_used
    amount = (prepaid - spent) * receipt.gas_price
    if amount:
        key = receipt.signer_public_key
        signer_id = receipt.signer_id
        run.new_receipts.append(ActionReceipt(SYSTEM, signer_id, signer_id, key, 0, (Transfer(amount),)))
