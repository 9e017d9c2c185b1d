"""Registers: the host's scratch space."""

from devnet.near.vm.host.registry import host
from devnet.near.vm.logic import Logic


@host
def read_register(vm: Logic, register: int, pointer: int) -> None:
    vm.write_memory(pointer, vm.read_register(register))


@host
def register_len(vm: Logic, register: int) -> int:
    return vm.register_length(register)


@host
def write_register(vm: Logic, register: int, length: int, pointer: int) -> None:
    vm.write_register(register, vm.read_memory(pointer, length))
