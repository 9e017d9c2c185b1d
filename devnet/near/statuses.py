"""How far a transaction has come. Source: nearcore `chain/client/src/view_client_actor.rs`."""

from typing import Any

from devnet.near.blocks import TransactionRecord
from devnet.near.chain import Chain
from devnet.near.receipts import ActionReceipt, ReceiptRecord
from devnet.near.views import Json, outcome_view, receipt_view, transaction_view

LEVELS = ("NONE", "INCLUDED", "EXECUTED_OPTIMISTIC", "INCLUDED_FINAL", "EXECUTED", "FINAL")
# what each wish is content with
_SATISFIED_BY = {
    "NONE": set(LEVELS),
    "INCLUDED": set(LEVELS) - {"NONE"},
    "EXECUTED_OPTIMISTIC": {"EXECUTED_OPTIMISTIC", "EXECUTED", "FINAL"},
    "INCLUDED_FINAL": {"INCLUDED_FINAL", "EXECUTED", "FINAL"},
    "EXECUTED": {"EXECUTED", "FINAL"},
    "FINAL": {"FINAL"},
}


def satisfies(level: str, wanted: str) -> bool:
    """Whether a transaction at `level` is as far as `wanted`."""
    return level in _SATISFIED_BY[wanted]


def receipts_of(chain: Chain, record: TransactionRecord) -> list[ReceiptRecord]:
    """The action receipts of a transaction, depth first, as far as they are known."""
    found: list[ReceiptRecord] = []
    stack = list(record.outcome.receipt_ids) if record.outcome else []
    while stack:
        receipt = chain.ledger.receipts.get(stack.pop(0))
        if receipt is None:
            continue
        found.append(receipt)
        if receipt.outcome is not None:
            stack[:0] = receipt.outcome.receipt_ids
    return found


def level_of(chain: Chain, record: TransactionRecord) -> str:
    """One of `LEVELS`."""
    if record.block is None:
        return "NONE"
    receipts = receipts_of(chain, record)
    final = chain.blocks.heads.final.height
    executed = all(each.outcome is not None for each in receipts if not _is_refund(each))
    if record.block.height > final:
        return "EXECUTED_OPTIMISTIC" if executed else "INCLUDED"
    if not executed:
        return "INCLUDED_FINAL"
    if all(each.outcome is not None and each.height is not None and each.height <= final for each in receipts):
        return "FINAL"
    return "EXECUTED"


def status_view(chain: Chain, record: TransactionRecord, with_receipts: bool) -> Json:
    """A `FinalExecutionOutcomeView`, or the one with receipts."""
    assert record.outcome is not None
    receipts = receipts_of(chain, record)
    view = {
        "final_execution_status": level_of(chain, record),
        "status": _final_status(chain, record),
        "transaction": transaction_view(record.transaction),
        "transaction_outcome": outcome_view(record.outcome, of_transaction=True),
        "receipts_outcome": [outcome_view(each.outcome) for each in receipts if each.outcome is not None],
    }
    if with_receipts:
        view["receipts"] = [receipt_view(each.receipt) for each in receipts]
    return view


def _final_status(chain: Chain, record: TransactionRecord) -> Any:
    """The result of the first receipt, or of the one whose result it promised."""
    assert record.outcome is not None
    status = record.outcome.status
    while "SuccessReceiptId" in status:
        receipt = chain.ledger.receipts.get(status["SuccessReceiptId"])
        if receipt is None or receipt.outcome is None:
            return "Started"
        status = receipt.outcome.status
    return status


def _is_refund(record: ReceiptRecord) -> bool:
    return isinstance(record.receipt, ActionReceipt) and record.receipt.is_refund
