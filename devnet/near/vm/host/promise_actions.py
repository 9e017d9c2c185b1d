"""What promised receipts shall do."""

from devnet.near import parameters
from devnet.near.accounts import AccessKey, FunctionCallPermission
from devnet.near.actions import (
    Action,
    AddKey,
    CreateAccount,
    DeleteAccount,
    DeleteKey,
    DeployContract,
    Stake,
    Transfer,
)
from devnet.near.fees import action_fee
from devnet.near.keys import KeyFormatError, public_key_text
from devnet.near.vm.context import PromisedCall
from devnet.near.vm.errors import HostError
from devnet.near.vm.host.promises import pay_fee, promise_batch_create, promise_batch_then, receipt_of
from devnet.near.vm.host.registry import host
from devnet.near.vm.logic import Logic


@host
def promise_create(
    vm: Logic,
    account_length: int,
    account: int,
    name_length: int,
    name: int,
    length: int,
    args: int,
    deposit: int,
    gas: int,
) -> int:
    promise = promise_batch_create(vm, account_length, account)
    promise_batch_action_function_call(vm, promise, name_length, name, length, args, deposit, gas)
    return promise


@host
def promise_then(
    vm: Logic,
    after: int,
    account_length: int,
    account: int,
    name_length: int,
    name: int,
    length: int,
    args: int,
    deposit: int,
    gas: int,
) -> int:
    promise = promise_batch_then(vm, after, account_length, account)
    promise_batch_action_function_call(vm, promise, name_length, name, length, args, deposit, gas)
    return promise


@host
def promise_batch_action_function_call(
    vm: Logic, promise: int, name_length: int, name: int, length: int, args: int, deposit: int, gas: int
) -> None:
    promise_batch_action_function_call_weight(vm, promise, name_length, name, length, args, deposit, gas, 0)


@host
def promise_batch_action_function_call_weight(
    vm: Logic, promise: int, name_length: int, name: int, length: int, args: int, deposit: int, gas: int, weight: int
) -> None:
    vm.forbid_in_view("promise_batch_action_function_call")
    amount = vm.read_u128(deposit)
    method_name = vm.read_bytes(name_length, name)
    if not method_name:
        raise HostError("EmptyMethodName", "Tried to call an empty method name.")
    arguments = vm.read_bytes(length, args)
    receipt = receipt_of(vm, promise)
    pay_fee(vm, parameters.FUNCTION_CALL, receipt.receiver_id)
    pay_fee(vm, parameters.FUNCTION_CALL_BYTE, receipt.receiver_id, len(method_name) + len(arguments))
    vm.gas.promise(gas)
    vm.spend(amount)
    receipt.actions.append(PromisedCall(_method_name(method_name), arguments, gas, amount, weight))


@host
def promise_batch_action_create_account(vm: Logic, promise: int) -> None:
    _append(vm, promise, "promise_batch_action_create_account", CreateAccount())


@host
def promise_batch_action_deploy_contract(vm: Logic, promise: int, length: int, pointer: int) -> None:
    code = vm.read_bytes(length, pointer)
    if len(code) > parameters.MAX_CONTRACT_BYTES:
        raise HostError(
            "ContractSizeExceeded",
            f"The size of a contract code in DeployContract action {len(code)} exceeds the limit "
            f"{parameters.MAX_CONTRACT_BYTES}",
            f"size: {len(code)}, limit: {parameters.MAX_CONTRACT_BYTES}",
        )
    _append(vm, promise, "promise_batch_action_deploy_contract", DeployContract(code))


@host
def promise_batch_action_transfer(vm: Logic, promise: int, deposit: int) -> None:
    amount = vm.read_u128(deposit)
    _append(vm, promise, "promise_batch_action_transfer", Transfer(amount))
    vm.spend(amount)


@host
def promise_batch_action_stake(vm: Logic, promise: int, amount: int, key_length: int, key: int) -> None:
    _append(
        vm, promise, "promise_batch_action_stake", Stake(vm.read_u128(amount), _read_public_key(vm, key_length, key))
    )


@host
def promise_batch_action_add_key_with_full_access(
    vm: Logic, promise: int, key_length: int, key: int, nonce: int
) -> None:
    action = AddKey(_read_public_key(vm, key_length, key), AccessKey(nonce))
    _append(vm, promise, "promise_batch_action_add_key_with_full_access", action)


@host
def promise_batch_action_add_key_with_function_call(
    vm: Logic,
    promise: int,
    key_length: int,
    key: int,
    nonce: int,
    allowance: int,
    receiver_length: int,
    receiver: int,
    names_length: int,
    names: int,
) -> None:
    public_key = _read_public_key(vm, key_length, key)
    permission = FunctionCallPermission(
        # 0 stands for no limit here
        vm.read_u128(allowance) or None,
        vm.read_account_id(receiver_length, receiver),
        _method_names(vm.read_bytes(names_length, names)),
    )
    action = AddKey(public_key, AccessKey(nonce, permission))
    _append(vm, promise, "promise_batch_action_add_key_with_function_call", action)


@host
def promise_batch_action_delete_key(vm: Logic, promise: int, key_length: int, key: int) -> None:
    _append(vm, promise, "promise_batch_action_delete_key", DeleteKey(_read_public_key(vm, key_length, key)))


@host
def promise_batch_action_delete_account(vm: Logic, promise: int, length: int, pointer: int) -> None:
    beneficiary_id = vm.read_account_id(length, pointer)
    _append(vm, promise, "promise_batch_action_delete_account", DeleteAccount(beneficiary_id))


def _append(vm: Logic, promise: int, function: str, action: Action) -> None:
    vm.forbid_in_view(function)
    receipt = receipt_of(vm, promise)
    pay_fee(vm, action_fee(action), receipt.receiver_id)
    receipt.actions.append(action)


def _read_public_key(vm: Logic, length: int, pointer: int) -> str:
    try:
        return public_key_text(vm.read_bytes(length, pointer))
    except KeyFormatError:
        raise HostError("InvalidPublicKey", "VMLogic provided an invalid public key") from None


def _method_name(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise HostError("InvalidMethodName", "VMLogic returned an invalid method name") from None


def _method_names(data: bytes) -> tuple[str, ...]:
    if not data:
        return ()
    names = tuple(_method_name(part) for part in data.split(b","))
    if not all(names):
        raise HostError("EmptyMethodName", "Tried to call an empty method name.")
    return names
