"""Contract calls: from an action to the VM, and from its outcome back to state and receipts."""

from dataclasses import replace

from devnet.near.accounts import Account, is_valid_account_id
from devnet.near.actions import FunctionCall
from devnet.near.errors import ActionFailed
from devnet.near.execution.runs import ReceiptRun
from devnet.near.keys import public_key_bytes
from devnet.near.parameters import EPOCH_BLOCKS
from devnet.near.receipts import ActionReceipt
from devnet.near.state import DATA, Key, Overlay, read_code
from devnet.near.vm.context import CallContext, CallOutcome, PromisedCall, PromisedReceipt, ReceiptIndex


class ContractStorage:
    """The records of one contract in some state."""

    def __init__(self, state: Overlay, account_id: str) -> None:
        self._state = state
        self._account_id = account_id

    def get(self, key: bytes) -> bytes | None:
        value: bytes | None = self._state.get(Key(DATA, self._account_id, key))
        return value

    def set(self, key: bytes, value: bytes) -> None:
        self._state.set(Key(DATA, self._account_id, key), value)

    def remove(self, key: bytes) -> None:
        self._state.set(Key(DATA, self._account_id, key), None)


def run_function_call(run: ReceiptRun, account: Account, action: FunctionCall) -> None:
    """Call a method. Raises `ActionFailed`."""
    account_id = run.receipt.receiver_id
    code = read_code(run.state, account_id)
    if not code:
        missing = {"CompilationError": {"CodeDoesNotExist": {"account_id": account_id}}}
        raise ActionFailed({"FunctionCallError": missing})
    storage = ContractStorage(run.state, account_id)
    outcome = run.block.runner.run(code, action.method_name, _context(run, account, action), storage)
    run.gas_burnt += outcome.burnt_gas
    run.gas_used += outcome.used_gas
    run.gas_burnt_in_calls += outcome.burnt_gas
    run.logs += outcome.logs
    if outcome.error is not None:
        raise ActionFailed({"FunctionCallError": outcome.error.failure()})
    run.put_account(replace(account, amount=outcome.balance, storage_usage=outcome.storage_usage))
    _take_over(run, outcome)


def epoch_height(height: int) -> int:
    """The number of the epoch that a block is in."""
    return height // EPOCH_BLOCKS + 1


def _context(run: ReceiptRun, account: Account, action: FunctionCall) -> CallContext:
    receipt, block = run.receipt, run.block.block
    return CallContext(
        current_account_id=receipt.receiver_id,
        signer_account_id=receipt.signer_id,
        signer_public_key=public_key_bytes(receipt.signer_public_key),
        predecessor_account_id=receipt.predecessor_id,
        input=action.args,
        block_height=block.height,
        block_timestamp=block.timestamp,
        epoch_height=epoch_height(block.height),
        account_balance=account.amount,
        account_locked=account.locked,
        storage_usage=account.storage_usage,
        prepaid_gas=action.gas,
        attached_deposit=action.deposit,
        random_seed=block.random_value,
        promise_results=run.results,
        output_receivers=tuple(account_id for _, account_id in receipt.output_receivers),
    )


def _take_over(run: ReceiptRun, outcome: CallOutcome) -> None:
    receipts = [_receipt(run, promised) for promised in outcome.receipts]
    _check_receivers(receipts)
    for promised, receipt in zip(outcome.receipts, receipts, strict=True):
        for index in promised.depends_on:
            data_id = run.new_data_id()
            receipts[index].output_receivers.append((data_id, receipt.receiver_id))
            receipt.input_data_ids.append(data_id)
    run.new_receipts += receipts
    returned = outcome.returned
    run.returned = receipts[returned.index] if isinstance(returned, ReceiptIndex) else returned


def _check_receivers(receipts: list[ActionReceipt]) -> None:
    """A contract may name any text as an account; the receipt to it is refused, and the call with it."""
    for receipt in receipts:
        if not is_valid_account_id(receipt.receiver_id):
            who = {"account_id": receipt.receiver_id}
            raise ActionFailed({"NewReceiptValidationError": {"InvalidReceiverId": who}})


def _receipt(run: ReceiptRun, promised: PromisedReceipt) -> ActionReceipt:
    caller = run.receipt
    return ActionReceipt(
        caller.receiver_id,
        promised.receiver_id,
        caller.signer_id,
        caller.signer_public_key,
        caller.gas_price,
        tuple(
            FunctionCall(action.method_name, action.args, action.gas, action.deposit)
            if isinstance(action, PromisedCall)
            else action
            for action in promised.actions
        ),
    )
