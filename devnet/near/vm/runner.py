"""Running one method of a contract."""

from collections.abc import Callable
from typing import Any

import wasmtime

from devnet.near.parameters import MAX_CONTRACT_BYTES
from devnet.near.vm import gas
from devnet.near.vm.context import CallContext, CallOutcome, PromisedCall, Storage
from devnet.near.vm.errors import HostError, LinkError, ResolveError, TrapError, VmError
from devnet.near.vm.host import FUNCTIONS, HostFunction
from devnet.near.vm.logic import U64_MAX, Logic
from devnet.near.vm.modules import ModuleCache, memory_limit_bytes

_SIGN_BIT = 1 << 63
# what wasmtime's messages say, and nearcore's names and texts for it
_TRAPS = (
    ("unreachable", "Unreachable", "An `unreachable` opcode was executed."),
    ("indirect call type mismatch", "IncorrectCallIndirectSignature", "Call indirect incorrect signature trap."),
    ("uninitialized element", "IndirectCallToNull", "Indirect call to null."),
    ("undefined element", "CallIndirectOOB", "Call indirect out of bounds trap."),
    ("out of bounds table", "CallIndirectOOB", "Call indirect out of bounds trap."),
    ("out of bounds memory", "MemoryOutOfBounds", "Memory out of bounds trap."),
    ("call stack exhausted", "StackOverflow", "Stack overflow."),
    ("integer", "IllegalArithmetic", "An arithmetic exception, e.g. divided by zero."),
)


def run(modules: ModuleCache, code: bytes, method: str, context: CallContext, storage: Storage) -> CallOutcome:
    """Run `method` of `code` to its end, however it ends. `storage` must be thrown away when the outcome has an error."""
    logic = Logic(context, storage)
    error: VmError | None = None
    try:
        _Call(modules, logic).run(code, method)
    except VmError as failed:
        error = failed
    if error is None:
        _share_unused_gas(logic)
    return CallOutcome(
        balance=logic.balance,
        storage_usage=logic.storage_usage,
        burnt_gas=logic.gas.burnt,
        # a failed call sends nothing, so what it set aside comes back
        used_gas=logic.gas.used if error is None else logic.gas.burnt,
        logs=logic.logs,
        receipts=logic.receipts,
        returned=logic.returned,
        error=error,
    )


class _Call:
    """One instance of a module, with the host functions bound to one `Logic`."""

    def __init__(self, modules: ModuleCache, logic: Logic) -> None:
        self.modules = modules
        self.logic = logic
        self.store = wasmtime.Store(modules.engine)
        self.store.set_limits(memory_size=memory_limit_bytes())
        # what comes out of wasmtime may be but a trap, so the host's own error is kept here
        self.host_error: Exception | None = None
        self.running = False

    def run(self, code: bytes, method: str) -> None:
        if not method:
            raise ResolveError("MethodEmptyName")
        self.logic.gas.burn_sized(gas.CONTRACT_LOADING, min(len(code), MAX_CONTRACT_BYTES))
        module = self.modules.get(code)
        imports, memory = self._imports(module)
        self.store.set_fuel(self.logic.gas.resume())
        self.running = True
        try:
            instance = wasmtime.Instance(self.store, module, imports)
            exports = instance.exports(self.store)
            exported = exports.get("memory")
            self.logic.attach(self.store, exported if isinstance(exported, wasmtime.Memory) else memory)
            self._method(exports, method)(self.store)
        except (wasmtime.Trap, wasmtime.WasmtimeError) as failed:
            raise self._explain(failed) from None
        finally:
            if self.running:
                self.logic.gas.pause(self.store.get_fuel())

    def _method(self, exports: Any, method: str) -> wasmtime.Func:
        function = exports.get(method)
        if not isinstance(function, wasmtime.Func):
            raise ResolveError("MethodNotFound")
        kind = function.type(self.store)
        if kind.params or kind.results:
            raise ResolveError("MethodInvalidSignature")
        return function

    def _imports(self, module: wasmtime.Module) -> tuple[list[Any], wasmtime.Memory | None]:
        """Imports in the module's order: some modules import the same function twice, which a linker refuses."""
        imports: list[Any] = []
        memory: wasmtime.Memory | None = None
        for wanted in module.imports:
            if wanted.module != "env":
                raise LinkError(f"unknown import: {wanted.module}::{wanted.name}")
            if isinstance(wanted.type, wasmtime.MemoryType):
                memory = wasmtime.Memory(self.store, wanted.type)
                imports.append(memory)
            elif isinstance(wanted.type, wasmtime.FuncType):
                function = FUNCTIONS.get(wanted.name or "") or _missing(wanted.name or "")
                imports.append(wasmtime.Func(self.store, wanted.type, self._bind(function)))
            else:
                raise LinkError(f"unknown import: {wanted.module}::{wanted.name}")
        self.logic.attach(self.store, memory)
        return imports, memory

    def _bind(self, function: HostFunction) -> Callable[..., int | None]:
        logic, store, counter = self.logic, self.store, self.logic.gas

        def call(*arguments: int) -> int | None:
            counter.pause(store.get_fuel())
            self.running = False
            try:
                counter.burn(gas.BASE)
                result = function(logic, *[argument & U64_MAX for argument in arguments])
            except Exception as error:
                self.host_error = error
                raise
            store.set_fuel(counter.resume())
            self.running = True
            # wasmtime takes signed integers
            return result - (1 << 64) if result is not None and result & _SIGN_BIT else result

        return call

    def _explain(self, failed: Exception) -> VmError:
        """Nearcore's name for what stopped the code. A bug of the host itself is raised as it is."""
        if isinstance(self.host_error, VmError):
            return self.host_error
        if self.host_error is not None:
            raise self.host_error
        message = str(failed)
        if "all fuel consumed" in message:
            # whatever was left did not suffice for one more operation
            self.running = False
            self.logic.gas.exhaust()
            return HostError("GasExceeded", "Exceeded the prepaid gas.")
        for words, kind, text in _TRAPS:
            if words in message:
                return TrapError(kind, text)
        if isinstance(failed, wasmtime.Trap):
            return TrapError("GenericTrap", "Generic trap.")
        return LinkError(message.splitlines()[0])


def _missing(name: str) -> HostFunction:
    """Contracts may import what they never call, so only calling it fails."""

    def fail(*_: Any) -> int | None:
        raise LinkError(f"unknown import: env::{name}")

    return fail


def _share_unused_gas(logic: Logic) -> None:
    """Give what is left to the promised calls by their weights, the remainder to the last (NEP-264)."""
    calls = [
        action
        for receipt in logic.receipts
        for action in receipt.actions
        if isinstance(action, PromisedCall) and action.weight
    ]
    if not calls:
        return
    left, total = logic.gas.left, sum(call.weight for call in calls)
    for call in calls:
        call.gas += left // total * call.weight
    calls[-1].gas += left % total
    logic.gas.promise(left)
