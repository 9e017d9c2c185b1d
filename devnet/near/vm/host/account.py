"""Who calls whom, when, and with what."""

from devnet.near.vm import gas
from devnet.near.vm.host.registry import host
from devnet.near.vm.logic import Logic


@host
def current_account_id(vm: Logic, register: int) -> None:
    vm.write_register(register, vm.context.current_account_id.encode())


@host
def signer_account_id(vm: Logic, register: int) -> None:
    vm.forbid_in_view("signer_account_id")
    vm.write_register(register, vm.context.signer_account_id.encode())


@host
def signer_account_pk(vm: Logic, register: int) -> None:
    vm.forbid_in_view("signer_account_pk")
    vm.write_register(register, vm.context.signer_public_key)


@host
def predecessor_account_id(vm: Logic, register: int) -> None:
    vm.forbid_in_view("predecessor_account_id")
    vm.write_register(register, vm.context.predecessor_account_id.encode())


@host
def refund_to_account_id(vm: Logic, register: int) -> None:
    vm.forbid_in_view("refund_to_account_id")
    vm.write_register(register, vm.context.predecessor_account_id.encode())


@host
def input(vm: Logic, register: int) -> None:  # noqa: A001 the name is NEAR's
    vm.write_register(register, vm.context.input)


@host
def block_index(vm: Logic) -> int:
    return vm.context.block_height


@host
def block_timestamp(vm: Logic) -> int:
    return vm.context.block_timestamp


@host
def epoch_height(vm: Logic) -> int:
    return vm.context.epoch_height


@host
def storage_usage(vm: Logic) -> int:
    return vm.storage_usage


@host
def account_balance(vm: Logic, pointer: int) -> None:
    vm.write_u128(pointer, vm.balance)


@host
def account_locked_balance(vm: Logic, pointer: int) -> None:
    vm.write_u128(pointer, vm.context.account_locked)


@host
def attached_deposit(vm: Logic, pointer: int) -> None:
    vm.write_u128(pointer, vm.context.attached_deposit)


@host
def prepaid_gas(vm: Logic) -> int:
    vm.forbid_in_view("prepaid_gas")
    return vm.context.prepaid_gas


@host
def used_gas(vm: Logic) -> int:
    vm.forbid_in_view("used_gas")
    return vm.gas.used


@host
def random_seed(vm: Logic, register: int) -> None:
    vm.write_register(register, vm.context.random_seed)


@host
def validator_stake(vm: Logic, length: int, pointer: int, stake_pointer: int) -> None:
    """No account of the devnet validates."""
    vm.read_account_id(length, pointer)
    vm.gas.burn(gas.VALIDATOR_STAKE)
    vm.write_u128(stake_pointer, 0)


@host
def validator_total_stake(vm: Logic, stake_pointer: int) -> None:
    vm.gas.burn(gas.VALIDATOR_STAKE)
    vm.write_u128(stake_pointer, 0)
