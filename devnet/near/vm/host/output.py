"""Returning, logging and panicking."""

from devnet.near.parameters import DATA_RECEIPT_BYTE
from devnet.near.vm import limits
from devnet.near.vm.errors import HostError, guest_panic
from devnet.near.vm.host.registry import host
from devnet.near.vm.logic import Logic


@host
def value_return(vm: Logic, length: int, pointer: int) -> None:
    data = vm.read_bytes(length, pointer)
    for receiver in vm.context.output_receivers:
        send = DATA_RECEIPT_BYTE.send(receiver == vm.context.current_account_id)
        vm.gas.burn((send + DATA_RECEIPT_BYTE.execution) * len(data))
    if len(data) > limits.RETURNED_BYTES:
        raise HostError(
            "ReturnedValueLengthExceeded",
            f"The length of a returned value {len(data)} exceeds the limit {limits.RETURNED_BYTES}",
            f"length: {len(data)}, limit: {limits.RETURNED_BYTES}",
        )
    vm.returned = data


@host
def panic(vm: Logic) -> None:
    raise guest_panic("explicit guest panic")


@host
def panic_utf8(vm: Logic, length: int, pointer: int) -> None:
    raise guest_panic(vm.read_text(length, pointer))


@host
def log_utf8(vm: Logic, length: int, pointer: int) -> None:
    vm.log(vm.read_text(length, pointer))


@host
def log_utf16(vm: Logic, length: int, pointer: int) -> None:
    vm.log(vm.read_text_utf16(length, pointer))


@host
def abort(vm: Logic, message_pointer: int, file_pointer: int, line: int, column: int) -> None:
    """AssemblyScript's panic: its strings carry their length in bytes in the 4 bytes before them."""
    if message_pointer < 4 or file_pointer < 4:
        raise HostError("BadUTF16", "String encoding is bad UTF-16 sequence.")
    message, file = (_assembly_script_text(vm, pointer) for pointer in (message_pointer, file_pointer))
    text = f'{message}, filename: "{file}" line: {line} col: {column}'
    vm.check_log_length(len(text.encode()))
    raise guest_panic(text)


def _assembly_script_text(vm: Logic, pointer: int) -> str:
    length = int.from_bytes(vm.read_memory(pointer - 4, 4), "little")
    return vm.read_text_utf16(length, pointer)
