"""What each action does to the account it is sent to. Source: nearcore `runtime/src/actions.rs`."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from devnet.near import parameters
from devnet.near.accounts import (
    NO_CODE,
    AccessKey,
    Account,
    access_key_storage,
    is_implicit,
    is_near_implicit,
    is_sub_account_of,
    is_top_level,
)
from devnet.near.actions import (
    Action,
    AddKey,
    CreateAccount,
    Delegate,
    DeleteAccount,
    DeleteKey,
    DeployContract,
    FunctionCall,
    Stake,
    Transfer,
)
from devnet.near.errors import ActionFailed
from devnet.near.execution.delegate import run_delegate
from devnet.near.execution.function_call import run_function_call
from devnet.near.execution.refunds import balance_refund
from devnet.near.execution.runs import ReceiptRun
from devnet.near.keys import public_key_text
from devnet.near.state import ACCESS_KEY, CODE, DATA, Key, read_code

_NEEDS_OWNER = (DeployContract, Stake, AddKey, DeleteKey, DeleteAccount)


def run_action(run: ReceiptRun, action: Action) -> None:
    """Execute one action. Raises `ActionFailed`."""
    account_id = run.receipt.receiver_id
    account = run.account
    if isinstance(action, CreateAccount):
        return _create_account(run)
    if account is None and isinstance(action, Transfer) and _comes_to_be(run):
        return _create_implicit(run, action)
    if account is None:
        raise ActionFailed({"AccountDoesNotExist": {"account_id": account_id}})
    if isinstance(action, _NEEDS_OWNER) and run.actor_id != account_id:
        raise ActionFailed({"ActorNoPermission": {"account_id": account_id, "actor_id": run.actor_id}})
    _HANDLERS[type(action)](run, account, action)
    return None


def _comes_to_be(run: ReceiptRun) -> bool:
    receipt = run.receipt
    return is_implicit(receipt.receiver_id) and len(receipt.actions) == 1 and not receipt.is_refund


def _create_account(run: ReceiptRun) -> None:
    account_id, predecessor_id = run.receipt.receiver_id, run.receipt.predecessor_id
    if run.account is not None:
        raise ActionFailed({"AccountAlreadyExists": {"account_id": account_id}})
    if is_implicit(account_id):
        raise ActionFailed({"OnlyImplicitAccountCreationAllowed": {"account_id": account_id}})
    who = {"account_id": account_id, "predecessor_id": predecessor_id}
    if is_top_level(account_id):
        too_short = len(account_id) < parameters.MIN_TOP_LEVEL_ACCOUNT_LENGTH
        if too_short and predecessor_id != parameters.REGISTRAR:
            registrar = {"registrar_account_id": parameters.REGISTRAR}
            raise ActionFailed({"CreateAccountOnlyByRegistrar": who | registrar})
    elif not is_sub_account_of(account_id, predecessor_id):
        raise ActionFailed({"CreateAccountNotAllowed": who})
    run.put_account(Account())
    run.actor_id = account_id


def _create_implicit(run: ReceiptRun, action: Transfer) -> None:
    account_id = run.receipt.receiver_id
    account = Account(amount=action.deposit)
    if is_near_implicit(account_id):
        key = AccessKey(_first_nonce(run))
        run.state.set(Key(ACCESS_KEY, account_id, public_key_text(b"\0" + bytes.fromhex(account_id))), key)
        account = replace(account, storage_usage=account.storage_usage + access_key_storage(key))
    run.put_account(account)


def _transfer(run: ReceiptRun, account: Account, action: Transfer) -> None:
    run.put_account(replace(account, amount=account.amount + action.deposit))
    receipt = run.receipt
    if receipt.is_refund and receipt.signer_id == receipt.receiver_id:
        _refund_allowance(run, action.deposit)


def _refund_allowance(run: ReceiptRun, amount: int) -> None:
    """Gas given back also goes back to the allowance of the key that paid it."""
    receipt = run.receipt
    key = run.state.access_key(receipt.receiver_id, receipt.signer_public_key)
    if key is None or key.permission is None or key.permission.allowance is None:
        return
    permission = replace(key.permission, allowance=key.permission.allowance + amount)
    run.state.set(Key(ACCESS_KEY, receipt.receiver_id, receipt.signer_public_key), replace(key, permission=permission))


def _deploy_contract(run: ReceiptRun, account: Account, action: DeployContract) -> None:
    account_id = run.receipt.receiver_id
    usage = account.storage_usage - len(read_code(run.state, account_id)) + len(action.code)
    run.state.set(Key(CODE, account_id), action.code or None)
    digest = hashlib.sha256(action.code).digest() if action.code else NO_CODE
    run.put_account(replace(account, code_hash=digest, storage_usage=usage))


def _stake(run: ReceiptRun, account: Account, action: Stake) -> None:
    """Locks at once: the devnet has no epochs in which validators change."""
    account_id = run.receipt.receiver_id
    if action.stake == 0 and account.locked == 0:
        raise ActionFailed({"TriesToUnstake": {"account_id": account_id}})
    increase = action.stake - account.locked
    if increase > account.amount:
        amounts = {"stake": str(action.stake), "locked": str(account.locked), "balance": str(account.amount)}
        raise ActionFailed({"TriesToStake": {"account_id": account_id} | amounts})
    run.put_account(replace(account, amount=account.amount - increase, locked=action.stake))


def _add_key(run: ReceiptRun, account: Account, action: AddKey) -> None:
    account_id = run.receipt.receiver_id
    if run.state.access_key(account_id, action.public_key) is not None:
        who = {"account_id": account_id, "public_key": action.public_key}
        raise ActionFailed({"AddKeyAlreadyExists": who})
    key = replace(action.access_key, nonce=_first_nonce(run))
    run.state.set(Key(ACCESS_KEY, account_id, action.public_key), key)
    run.put_account(replace(account, storage_usage=account.storage_usage + access_key_storage(key)))


def _delete_key(run: ReceiptRun, account: Account, action: DeleteKey) -> None:
    account_id = run.receipt.receiver_id
    key = run.state.access_key(account_id, action.public_key)
    if key is None:
        who = {"account_id": account_id, "public_key": action.public_key}
        raise ActionFailed({"DeleteKeyDoesNotExist": who})
    run.state.set(Key(ACCESS_KEY, account_id, action.public_key), None)
    run.put_account(replace(account, storage_usage=account.storage_usage - access_key_storage(key)))


def _delete_account(run: ReceiptRun, account: Account, action: DeleteAccount) -> None:
    account_id = run.receipt.receiver_id
    if account.locked:
        raise ActionFailed({"DeleteAccountStaking": {"account_id": account_id}})
    if account.storage_usage - len(read_code(run.state, account_id)) > parameters.MAX_DELETABLE_STATE_BYTES:
        raise ActionFailed({"DeleteAccountWithLargeState": {"account_id": account_id}})
    if account.amount:
        run.new_receipts.append(balance_refund(action.beneficiary_id, account.amount))
    for kind in (ACCESS_KEY, DATA, CODE):
        for item, _ in list(run.state.items(kind, account_id)):
            run.state.set(Key(kind, account_id, item), None)
    run.put_account(None)
    run.actor_id = run.receipt.predecessor_id


def _first_nonce(run: ReceiptRun) -> int:
    """New keys start above every nonce that an older key of the same account may have had."""
    return (run.block.block.height - 1) * parameters.ACCESS_KEY_NONCE_RANGE


_HANDLERS: dict[type, Callable[[ReceiptRun, Account, Any], None]] = {
    Transfer: _transfer,
    DeployContract: _deploy_contract,
    FunctionCall: run_function_call,
    Stake: _stake,
    AddKey: _add_key,
    DeleteKey: _delete_key,
    DeleteAccount: _delete_account,
    Delegate: run_delegate,
}
