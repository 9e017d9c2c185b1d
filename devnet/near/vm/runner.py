"""Running one method of a contract."""

import threading
from collections.abc import Callable
from typing import Any

import wasmtime

from devnet.near.vm import gas, limits
from devnet.near.vm.context import CallContext, CallOutcome, PromisedCall, Storage
from devnet.near.vm.errors import HostError, LinkError, ResolveError, TrapError, VmError
from devnet.near.vm.linking import make_linker
from devnet.near.vm.logic import Logic
from devnet.near.vm.modules import Contract, ModuleCache

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


class Runner:
    """Runs contracts, one at a time: wasmtime's Python binding keeps a host function's exception in a global variable."""

    def __init__(self, modules: ModuleCache) -> None:
        self._modules = modules
        self._lock = threading.Lock()
        self._linkers: dict[Contract, wasmtime.Linker] = {}
        self._call: _Call | None = None

    def run(self, code: bytes, method: str, context: CallContext, storage: Storage) -> CallOutcome:
        """Run `method` of `code` to its end, however it ends. Throw `storage` away when the outcome has an error."""
        logic = Logic(context, storage)
        error: VmError | None = None
        try:
            self._run(logic, code, method)
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

    def _run(self, logic: Logic, code: bytes, method: str) -> None:
        if not method:
            raise ResolveError("MethodEmptyName")
        logic.gas.burn_sized(gas.CONTRACT_LOADING, len(code))
        # compiling takes long, so it is done before the lock is taken
        contract = self._modules.get(code)
        with self._lock:
            call = self._call = _Call(self._modules.engine, logic)
            try:
                call.run(contract, self._linker(contract), method)
            finally:
                self._call = None

    def _linker(self, contract: Contract) -> wasmtime.Linker:
        if contract.imports_memory:
            # a memory belongs to one call, so the linker that holds it does too
            return make_linker(self._modules.engine, contract, self._enter)
        linker = self._linkers.get(contract)
        if linker is None:
            linker = self._linkers[contract] = make_linker(self._modules.engine, contract, self._enter)
        return linker

    def _enter(
        self, caller: wasmtime.Caller, function: Callable[..., int | None], arguments: tuple[int, ...]
    ) -> int | None:
        assert self._call is not None
        return self._call.enter(caller, function, arguments)


class _Call:
    """One instance of a contract at work for one `Logic`."""

    def __init__(self, engine: wasmtime.Engine, logic: Logic) -> None:
        self.logic = logic
        self.store = wasmtime.Store(engine)
        self.store.set_limits(memory_size=limits.MEMORY_PAGES * limits.PAGE_BYTES)
        self.running = False

    def run(self, contract: Contract, linker: wasmtime.Linker, method: str) -> None:
        self._import_memory(contract, linker)
        self.store.set_fuel(self.logic.gas.resume())
        self.running = True
        try:
            exports = linker.instantiate(self.store, contract.module).exports(self.store)
            self._method(exports, method)(self.store)
        except (wasmtime.Trap, wasmtime.WasmtimeError) as failed:
            raise self._explain(failed) from None
        finally:
            if self.running:
                self.logic.gas.pause(self.store.get_fuel())

    def enter(
        self, caller: wasmtime.Caller, function: Callable[..., int | None], arguments: tuple[int, ...]
    ) -> int | None:
        """Serve a call of a host function; what it raises ends the contract."""
        if not self.logic.has_memory:
            # looked for this late because start functions call the host before the instance can be had
            memory = caller.get("memory")
            self.logic.attach(self.store, memory if isinstance(memory, wasmtime.Memory) else None)
        counter = self.logic.gas
        counter.pause(self.store.get_fuel())
        self.running = False
        counter.burn(gas.BASE)
        result = function(self.logic, *arguments)
        self.store.set_fuel(counter.resume())
        self.running = True
        return result

    def _import_memory(self, contract: Contract, linker: wasmtime.Linker) -> None:
        for wanted in contract.imports:
            if isinstance(wanted.type, wasmtime.MemoryType):
                memory = wasmtime.Memory(self.store, wanted.type)
                linker.define(self.store, wanted.module, wanted.name, memory)
                self.logic.attach(self.store, memory)

    def _method(self, exports: Any, method: str) -> wasmtime.Func:
        function = exports.get(method)
        if not isinstance(function, wasmtime.Func):
            raise ResolveError("MethodNotFound")
        kind = function.type(self.store)
        if kind.params or kind.results:
            raise ResolveError("MethodInvalidSignature")
        return function

    def _explain(self, failed: Exception) -> VmError:
        """Nearcore's name for what stopped the code."""
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
