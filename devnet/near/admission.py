"""Whether a transaction may be taken, and what it costs its signer. Source: nearcore `runtime/src/verifier.rs`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from devnet.near import parameters
from devnet.near.accounts import (
    AccessKey,
    Account,
    FunctionCallPermission,
    is_valid_account_id,
    missing_storage_stake,
)
from devnet.near.actions import Action, AddKey, Delegate, DeleteAccount, DeployContract, FunctionCall
from devnet.near.errors import Json, TransactionRejected
from devnet.near.fees import deposits, execution_fees, prepaid_gas, prepaid_send_fees, send_fees
from devnet.near.keys import is_valid_signature
from devnet.near.state import ACCESS_KEY, ACCOUNT, Key, Overlay, Reader, read_access_key, read_account
from devnet.near.transactions import SignedTransaction


@dataclass(frozen=True, slots=True)
class Charge:
    """What a transaction does to its signer: the new account and key, and the gas burnt by sending it."""

    account: Account
    access_key: AccessKey
    gas_burnt: int

    @property
    def tokens_burnt(self) -> int:
        return self.gas_burnt * parameters.GAS_PRICE


def check_form(transaction: SignedTransaction) -> None:
    """What can be judged without the state. Raises `TransactionRejected`."""
    if transaction.size > parameters.MAX_TRANSACTION_BYTES:
        raise TransactionRejected(
            {"TransactionSizeExceeded": {"size": transaction.size, "limit": parameters.MAX_TRANSACTION_BYTES}}
        )
    if not is_valid_account_id(transaction.signer_id):
        raise TransactionRejected({"InvalidSignerId": {"signer_id": transaction.signer_id}})
    if not is_valid_account_id(transaction.receiver_id):
        raise TransactionRejected({"InvalidReceiverId": {"receiver_id": transaction.receiver_id}})
    if not is_valid_signature(transaction.public_key, transaction.digest, transaction.signature):
        raise TransactionRejected("InvalidSignature")
    problem = _problem_of_actions(transaction.actions)
    if problem is not None:
        raise TransactionRejected({"ActionsValidation": problem})


def charge(transaction: SignedTransaction, state: Reader, height: int) -> Charge:
    """What the transaction takes from its signer in a block at `height`. Raises `TransactionRejected`."""
    signer_id = transaction.signer_id
    account = read_account(state, signer_id)
    if account is None:
        raise TransactionRejected({"SignerDoesNotExist": {"signer_id": signer_id}})
    key = read_access_key(state, signer_id, transaction.public_key)
    if key is None:
        missing = {"account_id": signer_id, "public_key": transaction.public_key}
        raise TransactionRejected({"InvalidAccessKeyError": {"AccessKeyNotFound": missing}})
    _check_nonce(transaction.nonce, key.nonce, height)
    gas_burnt, cost = transaction_cost(transaction)
    if account.amount < cost:
        lacking = {"signer_id": signer_id, "balance": str(account.amount), "cost": str(cost)}
        raise TransactionRejected({"NotEnoughBalance": lacking})
    problem = permission_problem(key, transaction.receiver_id, transaction.actions)
    if problem is not None:
        raise TransactionRejected({"InvalidAccessKeyError": problem})
    paid = replace(account, amount=account.amount - cost)
    used = _use_key(key, transaction, cost)
    missing_stake = missing_storage_stake(paid)
    if missing_stake:
        raise TransactionRejected({"LackBalanceForState": {"signer_id": signer_id, "amount": str(missing_stake)}})
    return Charge(paid, used, gas_burnt)


def apply_charge(charged: Charge, transaction: SignedTransaction, state: Overlay) -> None:
    """Write what `charge` found."""
    state.set(Key(ACCOUNT, transaction.signer_id), charged.account)
    state.set(Key(ACCESS_KEY, transaction.signer_id, transaction.public_key), charged.access_key)


def transaction_cost(transaction: SignedTransaction) -> tuple[int, int]:
    """Gas burnt by sending a transaction, and yoctoNEAR that it takes in all: gas prepaid and burnt, and deposits."""
    actions = transaction.actions
    to_itself = transaction.signer_id == transaction.receiver_id
    burnt = parameters.ACTION_RECEIPT.send(to_itself) + send_fees(actions, to_itself)
    prepaid = prepaid_gas(actions) + prepaid_send_fees(actions)
    prepaid += parameters.ACTION_RECEIPT.execution + execution_fees(actions)
    return burnt, (burnt + prepaid) * parameters.GAS_PRICE + deposits(actions)


def permission_problem(key: AccessKey, receiver_id: str, actions: Sequence[Action]) -> Json | None:
    """Why a key must not sign these actions, as nearcore's JSON of an `InvalidAccessKeyError`, or None."""
    permission = key.permission
    if permission is None:
        return None
    if len(actions) != 1 or not isinstance(actions[0], FunctionCall):
        return "RequiresFullAccess"
    call = actions[0]
    if call.deposit:
        return "DepositWithFunctionCall"
    if permission.receiver_id != receiver_id:
        return {"ReceiverMismatch": {"tx_receiver": receiver_id, "ak_receiver": permission.receiver_id}}
    if permission.method_names and call.method_name not in permission.method_names:
        return {"MethodNameMismatch": {"method_name": call.method_name}}
    return None


def _check_nonce(nonce: int, last: int, height: int) -> None:
    if nonce <= last:
        raise TransactionRejected({"InvalidNonce": {"tx_nonce": nonce, "ak_nonce": last}})
    bound = height * parameters.ACCESS_KEY_NONCE_RANGE
    if nonce >= bound:
        raise TransactionRejected({"NonceTooLarge": {"tx_nonce": nonce, "upper_bound": bound}})


def _use_key(key: AccessKey, transaction: SignedTransaction, cost: int) -> AccessKey:
    permission: FunctionCallPermission | None = key.permission
    if permission is not None and permission.allowance is not None:
        if permission.allowance < cost:
            short = {
                "account_id": transaction.signer_id,
                "public_key": transaction.public_key,
                "allowance": str(permission.allowance),
                "cost": str(cost),
            }
            raise TransactionRejected({"InvalidAccessKeyError": {"NotEnoughAllowance": short}})
        permission = replace(permission, allowance=permission.allowance - cost)
    return AccessKey(transaction.nonce, permission)


def _problem_of_actions(actions: Sequence[Action]) -> Json | None:
    """Source: nearcore `validate_actions`; its JSON of an `ActionsValidationError`, or None."""
    if len(actions) > parameters.MAX_ACTIONS:
        return {
            "TotalNumberOfActionsExceeded": {"total_number_of_actions": len(actions), "limit": parameters.MAX_ACTIONS}
        }
    if any(isinstance(action, DeleteAccount) for action in actions[:-1]):
        return "DeleteActionMustBeFinal"
    if sum(isinstance(action, Delegate) for action in actions) > 1:
        return "DelegateActionMustBeOnlyOne"
    for action in actions:
        problem = _problem_of(action)
        if problem is not None:
            return problem
    gas = prepaid_gas(actions)
    if gas > parameters.MAX_TOTAL_PREPAID_GAS:
        return {"TotalPrepaidGasExceeded": {"total_prepaid_gas": gas, "limit": parameters.MAX_TOTAL_PREPAID_GAS}}
    return None


def _problem_of(action: Action) -> Json | None:
    if isinstance(action, FunctionCall):
        return _problem_of_call(action)
    if isinstance(action, DeployContract) and len(action.code) > parameters.MAX_CONTRACT_BYTES:
        return {"ContractSizeExceeded": {"size": len(action.code), "limit": parameters.MAX_CONTRACT_BYTES}}
    if isinstance(action, DeleteAccount) and not is_valid_account_id(action.beneficiary_id):
        return {"InvalidAccountId": {"account_id": action.beneficiary_id}}
    if isinstance(action, AddKey) and action.access_key.permission is not None:
        return _problem_of_permission(action.access_key.permission)
    if isinstance(action, Delegate):
        return _problem_of_actions(action.actions)
    return None


def _problem_of_call(call: FunctionCall) -> Json | None:
    if call.gas == 0:
        return "FunctionCallZeroAttachedGas"
    name, limit = len(call.method_name.encode()), parameters.MAX_METHOD_NAME_BYTES
    if name > limit:
        return {"FunctionCallMethodNameLengthExceeded": {"length": name, "limit": limit}}
    if len(call.args) > parameters.MAX_ARGUMENT_BYTES:
        sizes = {"length": len(call.args), "limit": parameters.MAX_ARGUMENT_BYTES}
        return {"FunctionCallArgumentsLengthExceeded": sizes}
    return None


def _problem_of_permission(permission: FunctionCallPermission) -> Json | None:
    if not is_valid_account_id(permission.receiver_id):
        return {"InvalidAccountId": {"account_id": permission.receiver_id}}
    total = sum(len(name.encode()) + 1 for name in permission.method_names)
    if total > parameters.MAX_KEY_METHOD_NAMES_BYTES:
        sizes = {"total_number_of_bytes": total, "limit": parameters.MAX_KEY_METHOD_NAMES_BYTES}
        return {"AddKeyMethodNamesNumberOfBytesExceeded": sizes}
    return None
