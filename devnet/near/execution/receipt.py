"""Executing a receipt as a whole: all of its actions take effect, or none. Source: nearcore `runtime/src/lib.rs`."""

import base64
from dataclasses import replace
from typing import Any

from devnet.near.accounts import missing_storage_stake
from devnet.near.errors import ActionFailed, Json
from devnet.near.execution.actions import run_action
from devnet.near.execution.refunds import add_refunds
from devnet.near.execution.runs import BlockRun, ReceiptRun, child_id
from devnet.near.fees import action_fee, deposits
from devnet.near.parameters import ACTION_RECEIPT, GAS_PRICE, GAS_REWARD
from devnet.near.receipts import ActionReceipt, Outcome, Ready
from devnet.near.state import ACCOUNT, Key


def run_receipt(block: BlockRun, ready: Ready, transaction_hash: str) -> Outcome:
    """Execute a receipt in a block and return what came of it; new receipts are put on their way."""
    receipt = ready.receipt
    run = ReceiptRun(block, receipt, ready.results, block.overlay(), actor_id=receipt.predecessor_id)
    run.burn(ACTION_RECEIPT.execution)
    _run_actions(run)
    if run.failure is None:
        block.keep(run.state, {"type": "receipt_processing", "receipt_hash": receipt.receipt_id})
    tokens_burnt = _settle(run)
    status = _send_result(run)
    return Outcome(
        id=receipt.receipt_id,
        block_hash=block.block.hash,
        executor_id=receipt.receiver_id,
        status=status,
        receipt_ids=_send(run, transaction_hash),
        gas_burnt=run.gas_burnt,
        tokens_burnt=tokens_burnt,
        logs=run.logs,
    )


def _run_actions(run: ReceiptRun) -> None:
    for index, action in enumerate(run.receipt.actions):
        run.returned = b""
        run.burn(action_fee(action).execution)
        try:
            run_action(run, action)
        except ActionFailed as failed:
            return _fail(run, index, failed.kind)
    account = run.account
    missing = missing_storage_stake(account) if account is not None else 0
    if missing:
        lacking = {"account_id": run.receipt.receiver_id, "amount": str(missing)}
        _fail(run, None, {"LackBalanceForState": lacking})
    return None


def _fail(run: ReceiptRun, index: int | None, kind: Json) -> None:
    run.failure = {"ActionError": {"index": index, "kind": kind}}
    run.new_receipts.clear()
    run.returned = b""


def _settle(run: ReceiptRun) -> int:
    """Refund what is left, reward the contract, and return the yoctoNEAR burnt."""
    receipt = run.receipt
    run.block.block.gas_used += run.gas_burnt
    if receipt.is_refund:
        # refunds are free; one that finds no account is lost
        if run.failure is not None:
            run.block.burnt += deposits(receipt.actions)
        return 0
    add_refunds(run)
    tokens_burnt = run.gas_burnt * GAS_PRICE
    run.block.burnt += tokens_burnt - _reward(run)
    return tokens_burnt


def _reward(run: ReceiptRun) -> int:
    """The contract's account earns a share of the gas that its code burnt."""
    numerator, denominator = GAS_REWARD
    amount = run.gas_burnt_in_calls * numerator // denominator * GAS_PRICE
    state = run.block.overlay()
    account = state.account(run.receipt.receiver_id)
    if not amount or account is None:
        return 0
    state.set(Key(ACCOUNT, run.receipt.receiver_id), replace(account, amount=account.amount + amount))
    run.block.keep(state, {"type": "action_receipt_gas_reward", "receipt_hash": run.receipt.receipt_id})
    return amount


def _send_result(run: ReceiptRun) -> dict[str, Any]:
    """Give the result to those who wait for it; returns the status, of a promised result without the receipt's id."""
    if run.failure is not None:
        run.send_data(None)
        return {"Failure": run.failure}
    if isinstance(run.returned, ActionReceipt):
        run.returned.output_receivers += run.receipt.output_receivers
        index = next(i for i, receipt in enumerate(run.new_receipts) if receipt is run.returned)
        return {"SuccessReceiptId": child_id(run.receipt.receipt_id, run.block.block.height, index)}
    run.send_data(run.returned)
    return {"SuccessValue": base64.b64encode(run.returned).decode()}


def _send(run: ReceiptRun, transaction_hash: str) -> list[str]:
    """Name the new receipts and put them on their way; returns the ids of those that act."""
    ids = []
    for index, receipt in enumerate(run.new_receipts):
        receipt.receipt_id = child_id(run.receipt.receipt_id, run.block.block.height, index)
        run.block.outgoing.append((transaction_hash, receipt))
        if isinstance(receipt, ActionReceipt):
            ids.append(receipt.receipt_id)
    return ids
