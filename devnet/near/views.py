"""Accounts, actions, transactions and receipts in nearcore's JSON."""

import base64
import hashlib
from typing import Any

from devnet.near.accounts import AccessKey, Account
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
from devnet.near.keys import base58_text, signature_text
from devnet.near.receipts import ActionReceipt, DataReceipt, Outcome, Receipt
from devnet.near.transactions import SignedTransaction

Json = dict[str, Any]


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def account_view(account: Account) -> Json:
    return {
        "amount": str(account.amount),
        "locked": str(account.locked),
        "code_hash": base58_text(account.code_hash),
        "storage_usage": account.storage_usage,
        "storage_paid_at": 0,
    }


def access_key_view(key: AccessKey) -> Json:
    if key.permission is None:
        return {"nonce": key.nonce, "permission": "FullAccess"}
    allowance = key.permission.allowance
    call = {
        "allowance": None if allowance is None else str(allowance),
        "receiver_id": key.permission.receiver_id,
        "method_names": list(key.permission.method_names),
    }
    return {"nonce": key.nonce, "permission": {"FunctionCall": call}}


def action_view(action: Action) -> Json | str:
    if isinstance(action, CreateAccount):
        return "CreateAccount"
    if isinstance(action, Delegate):
        return {"Delegate": _delegate_view(action)}
    return {type(action).__name__: _action_fields(action)}


def _action_fields(action: Action) -> Json:
    match action:
        case DeployContract(code):
            return {"code": b64(hashlib.sha256(code).digest())}
        case FunctionCall(method_name, args, gas, deposit):
            return {"method_name": method_name, "args": b64(args), "gas": gas, "deposit": str(deposit)}
        case Transfer(deposit):
            return {"deposit": str(deposit)}
        case Stake(stake, public_key):
            return {"stake": str(stake), "public_key": public_key}
        case AddKey(public_key, access_key):
            return {"public_key": public_key, "access_key": access_key_view(access_key)}
        case DeleteKey(public_key):
            return {"public_key": public_key}
        case DeleteAccount(beneficiary_id):
            return {"beneficiary_id": beneficiary_id}
    raise TypeError(f"no view of {type(action).__name__}")


def _delegate_view(action: Delegate) -> Json:
    inner = {
        "sender_id": action.sender_id,
        "receiver_id": action.receiver_id,
        "actions": [action_view(each) for each in action.actions],
        "nonce": action.nonce,
        "max_block_height": action.max_block_height,
        "public_key": action.public_key,
    }
    return {"delegate_action": inner, "signature": signature_text(action.signature)}


def transaction_view(transaction: SignedTransaction) -> Json:
    return {
        "signer_id": transaction.signer_id,
        "public_key": transaction.public_key,
        "nonce": transaction.nonce,
        "receiver_id": transaction.receiver_id,
        "actions": [action_view(action) for action in transaction.actions],
        "priority_fee": 0,
        "signature": signature_text(transaction.signature),
        "hash": transaction.hash,
    }


def receipt_view(receipt: Receipt) -> Json:
    return {
        "predecessor_id": receipt.predecessor_id,
        "receiver_id": receipt.receiver_id,
        "receipt_id": receipt.receipt_id,
        "receipt": _data_view(receipt) if isinstance(receipt, DataReceipt) else _action_receipt_view(receipt),
        "priority": 0,
    }


def _action_receipt_view(receipt: ActionReceipt) -> Json:
    return {
        "Action": {
            "signer_id": receipt.signer_id,
            "signer_public_key": receipt.signer_public_key,
            "gas_price": str(receipt.gas_price),
            "output_data_receivers": [
                {"data_id": data_id, "receiver_id": receiver_id} for data_id, receiver_id in receipt.output_receivers
            ],
            "input_data_ids": list(receipt.input_data_ids),
            "actions": [action_view(action) for action in receipt.actions],
            "is_promise_yield": False,
        }
    }


def _data_view(receipt: DataReceipt) -> Json:
    data = None if receipt.data is None else b64(receipt.data)
    return {"Data": {"data_id": receipt.data_id, "data": data, "is_promise_resume": False}}


def outcome_view(outcome: Outcome, of_transaction: bool = False) -> Json:
    """An `ExecutionOutcomeWithIdView`; there are no Merkle proofs."""
    metadata = {"version": 1, "gas_profile": None} if of_transaction else {"version": 3, "gas_profile": []}
    return {
        "proof": [],
        "block_hash": outcome.block_hash,
        "id": outcome.id,
        "outcome": {
            "logs": list(outcome.logs),
            "receipt_ids": list(outcome.receipt_ids),
            "gas_burnt": outcome.gas_burnt,
            "tokens_burnt": str(outcome.tokens_burnt),
            "executor_id": outcome.executor_id,
            "status": outcome.status,
            "metadata": metadata,
        },
    }
