"""Promises: receipts to come, their order, and their results."""

import struct

from devnet.near.parameters import ACTION_RECEIPT, DATA_RECEIPT, Fee
from devnet.near.vm import gas, limits
from devnet.near.vm.context import PromisedReceipt, ReceiptIndex
from devnet.near.vm.errors import HostError
from devnet.near.vm.host.registry import host
from devnet.near.vm.logic import Logic

RESULT_SUCCESSFUL, RESULT_FAILED = 1, 2


def pay_fee(vm: Logic, fee: Fee, receiver_id: str, count: int = 1) -> None:
    """Burn what sending costs, and set aside what executing will cost."""
    vm.gas.burn(fee.send(receiver_id == vm.context.current_account_id) * count)
    vm.gas.promise(fee.execution * count)


def receipt_of(vm: Logic, promise: int) -> PromisedReceipt:
    """The receipt that a promise stands for. Raises `HostError` for a joint or unknown one."""
    found = _promise(vm, promise)
    if isinstance(found, list):
        raise HostError("CannotAppendActionToJointPromise", "Actions can only be appended to non-joint promise.")
    return vm.receipts[found]


@host
def promise_batch_create(vm: Logic, length: int, pointer: int) -> int:
    vm.forbid_in_view("promise_batch_create")
    return _new_receipt(vm, vm.read_account_id(length, pointer), [])


@host
def promise_batch_then(vm: Logic, promise: int, length: int, pointer: int) -> int:
    vm.forbid_in_view("promise_batch_then")
    receiver_id = vm.read_account_id(length, pointer)
    found = _promise(vm, promise)
    return _new_receipt(vm, receiver_id, list(found) if isinstance(found, list) else [found])


@host
def promise_and(vm: Logic, pointer: int, count: int) -> int:
    vm.forbid_in_view("promise_and")
    vm.gas.burn_sized(gas.PROMISE_AND, 8 * count)
    joined: list[int] = []
    for promise in struct.unpack(f"<{count}Q", vm.read_memory(pointer, 8 * count)):
        found = _promise(vm, promise)
        joined += found if isinstance(found, list) else [found]
        if len(joined) > limits.INPUT_DEPENDENCIES:
            raise HostError(
                "NumberInputDataDependenciesExceeded",
                f"The number of input data dependencies {len(joined)} exceeds the limit {limits.INPUT_DEPENDENCIES}",
                f"number_of_input_data_dependencies: {len(joined)}, limit: {limits.INPUT_DEPENDENCIES}",
            )
    return _add_promise(vm, joined)


@host
def promise_results_count(vm: Logic) -> int:
    vm.forbid_in_view("promise_results_count")
    return len(vm.context.promise_results)


@host
def promise_result(vm: Logic, index: int, register: int) -> int:
    vm.forbid_in_view("promise_result")
    if index >= len(vm.context.promise_results):
        raise HostError(
            "InvalidPromiseResultIndex", f"Accessed invalid promise result index: {index}", f"result_idx: {index}"
        )
    result = vm.context.promise_results[index]
    if result is None:
        return RESULT_FAILED
    vm.write_register(register, result)
    return RESULT_SUCCESSFUL


@host
def promise_return(vm: Logic, promise: int) -> None:
    vm.forbid_in_view("promise_return")
    vm.gas.burn(gas.PROMISE_RETURN)
    found = _promise(vm, promise)
    if isinstance(found, list):
        raise HostError("CannotReturnJointPromise", "Returning joint promise is currently prohibited.")
    vm.returned = ReceiptIndex(found)


def _promise(vm: Logic, promise: int) -> int | list[int]:
    if promise >= len(vm.promises):
        raise HostError(
            "InvalidPromiseIndex", f"{promise} does not correspond to existing promises", f"promise_idx: {promise}"
        )
    return vm.promises[promise]


def _new_receipt(vm: Logic, receiver_id: str, depends_on: list[int]) -> int:
    pay_fee(vm, ACTION_RECEIPT, receiver_id)
    for index in depends_on:
        to_itself = vm.receipts[index].receiver_id == receiver_id
        vm.gas.burn(DATA_RECEIPT.send(to_itself) + DATA_RECEIPT.execution)
    vm.receipts.append(PromisedReceipt(receiver_id, depends_on))
    return _add_promise(vm, len(vm.receipts) - 1)


def _add_promise(vm: Logic, promise: int | list[int]) -> int:
    if len(vm.promises) >= limits.PROMISES:
        raise HostError(
            "NumberPromisesExceeded",
            f"The number of promises within a FunctionCall {len(vm.promises) + 1} exceeds the limit {limits.PROMISES}",
            f"number_of_promises: {len(vm.promises) + 1}, limit: {limits.PROMISES}",
        )
    vm.promises.append(promise)
    return len(vm.promises) - 1
