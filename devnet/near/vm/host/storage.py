"""A contract's records."""

from devnet.near.parameters import RECORD_EXTRA_BYTES
from devnet.near.vm import gas, limits
from devnet.near.vm.errors import HostError
from devnet.near.vm.host.registry import host
from devnet.near.vm.logic import Logic


@host
def storage_write(
    vm: Logic, key_length: int, key_pointer: int, value_length: int, value_pointer: int, register: int
) -> int:
    """1 when a value was there before, which then lies in the register."""
    vm.forbid_in_view("storage_write")
    vm.gas.burn(gas.STORAGE_WRITE)
    key = _read_key(vm, key_length, key_pointer)
    value = vm.read_bytes(value_length, value_pointer)
    if len(value) > limits.STORAGE_VALUE_BYTES:
        raise HostError(
            "ValueLengthExceeded",
            f"The length of a storage value {len(value)} exceeds the limit {limits.STORAGE_VALUE_BYTES}",
            f"length: {len(value)}, limit: {limits.STORAGE_VALUE_BYTES}",
        )
    vm.gas.burn(gas.STORAGE_WRITE_KEY_BYTE * len(key) + gas.STORAGE_WRITE_VALUE_BYTE * len(value))
    old = vm.storage.get(key)
    vm.storage.set(key, value)
    if old is None:
        vm.storage_usage += len(key) + len(value) + RECORD_EXTRA_BYTES
        return 0
    vm.storage_usage += len(value) - len(old)
    vm.gas.burn(gas.STORAGE_WRITE_EVICTED_BYTE * len(old))
    vm.write_register(register, old)
    return 1


@host
def storage_read(vm: Logic, key_length: int, key_pointer: int, register: int) -> int:
    vm.gas.burn(gas.STORAGE_READ)
    key = _read_key(vm, key_length, key_pointer)
    vm.gas.burn(gas.STORAGE_READ_KEY_BYTE * len(key))
    value = vm.storage.get(key)
    if value is None:
        return 0
    vm.gas.burn(gas.STORAGE_READ_VALUE_BYTE * len(value))
    vm.write_register(register, value)
    return 1


@host
def storage_remove(vm: Logic, key_length: int, key_pointer: int, register: int) -> int:
    """1 when a value was there, which then lies in the register."""
    vm.forbid_in_view("storage_remove")
    vm.gas.burn(gas.STORAGE_REMOVE)
    key = _read_key(vm, key_length, key_pointer)
    vm.gas.burn(gas.STORAGE_REMOVE_KEY_BYTE * len(key))
    value = vm.storage.get(key)
    if value is None:
        return 0
    vm.storage.remove(key)
    vm.storage_usage -= len(key) + len(value) + RECORD_EXTRA_BYTES
    vm.gas.burn(gas.STORAGE_REMOVE_VALUE_BYTE * len(value))
    vm.write_register(register, value)
    return 1


@host
def storage_has_key(vm: Logic, key_length: int, key_pointer: int) -> int:
    key = _read_key(vm, key_length, key_pointer)
    vm.gas.burn_sized(gas.STORAGE_HAS_KEY, len(key))
    return int(vm.storage.get(key) is not None)


def _read_key(vm: Logic, length: int, pointer: int) -> bytes:
    key = vm.read_bytes(length, pointer)
    if len(key) > limits.STORAGE_KEY_BYTES:
        raise HostError(
            "KeyLengthExceeded",
            f"The length of a storage key {len(key)} exceeds the limit {limits.STORAGE_KEY_BYTES}",
            f"length: {len(key)}, limit: {limits.STORAGE_KEY_BYTES}",
        )
    return key
