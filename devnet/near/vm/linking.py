"""Connecting a contract's imports to the host functions."""

from collections.abc import Callable

import wasmtime

from devnet.near.vm.errors import LinkError
from devnet.near.vm.host import FUNCTIONS
from devnet.near.vm.logic import U64_MAX
from devnet.near.vm.modules import Contract

Enter = Callable[[wasmtime.Caller, Callable[..., int | None], tuple[int, ...]], int | None]
_SIGN_BIT = 1 << 63


def make_linker(engine: wasmtime.Engine, contract: Contract, enter: Enter) -> wasmtime.Linker:
    """A linker with every function that the contract imports. Each is called through `enter`. Raises `LinkError`."""
    linker = wasmtime.Linker(engine)
    for wanted in contract.imports:
        if wanted.module != "env" or wanted.type is None:
            raise LinkError(f"unknown import: {wanted.module}::{wanted.name}")
        if isinstance(wanted.type, wasmtime.FuncType):
            linker.define_func("env", wanted.name, wanted.type, _bind(wanted.name, enter), access_caller=True)
    return linker


def _bind(name: str, enter: Enter) -> Callable[..., int | None]:
    function = FUNCTIONS.get(name) or _missing(name)

    def call(caller: wasmtime.Caller, *arguments: int) -> int | None:
        result = enter(caller, function, tuple(argument & U64_MAX for argument in arguments))
        # wasmtime takes signed integers
        return result - (1 << 64) if result is not None and result & _SIGN_BIT else result

    return call


def _missing(name: str) -> Callable[..., int | None]:
    """Contracts may import what they never call, so only calling it fails."""

    def fail(*_: object) -> int | None:
        raise LinkError(f"unknown import: env::{name}")

    return fail
