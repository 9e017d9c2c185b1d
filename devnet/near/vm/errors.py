"""How a contract call can fail.

VmError
+-- HostError       a host function refused, or the contract panicked
+-- TrapError       the code trapped
+-- ResolveError    there is no such method
+-- LinkError       the module does not fit the host
+-- CompileError    the code is not a module, or there is none
"""

from typing import Any


class VmError(Exception):
    """`failure()` is nearcore's JSON of a `FunctionCallError`; `debug()` its Rust debug text, which view calls show."""

    def failure(self) -> dict[str, Any]:
        return {"ExecutionError": str(self)}

    def debug(self) -> str:
        return str(self)


class HostError(VmError):
    """`kind` is nearcore's name, `details` the fields that its debug text shows."""

    def __init__(self, kind: str, message: str, details: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.details = details

    def debug(self) -> str:
        return f"HostError({self.kind}{' { ' + self.details + ' }' if self.details else ''})"


class TrapError(VmError):
    """`kind` is nearcore's name of the trap."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(f"WebAssembly trap: {message}")
        self.kind = kind

    def debug(self) -> str:
        return f"WasmTrap({self.kind})"


class ResolveError(VmError):
    """`kind` is MethodNotFound, MethodEmptyName or MethodInvalidSignature."""

    def failure(self) -> dict[str, Any]:
        return {"MethodResolveError": str(self)}

    def debug(self) -> str:
        return f"MethodResolveError({self})"


class LinkError(VmError):
    def failure(self) -> dict[str, Any]:
        return {"LinkError": {"msg": str(self)}}

    def debug(self) -> str:
        return f'LinkError {{ msg: "{self}" }}'


class CompileError(VmError):
    """`cause` is nearcore's JSON of a `CompilationError`."""

    def __init__(self, cause: dict[str, Any]) -> None:
        super().__init__(str(cause))
        self.cause = cause

    def failure(self) -> dict[str, Any]:
        return {"CompilationError": self.cause}

    def debug(self) -> str:
        return f"CompilationError({self.cause})"


def guest_panic(message: str) -> HostError:
    """The contract's own failure."""
    escaped = message.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return HostError("GuestPanic", f"Smart contract panicked: {message}", f'panic_msg: "{escaped}"')


def prohibited_in_view(method_name: str) -> HostError:
    """A host function that changes something was called in a view."""
    return HostError("ProhibitedInView", f"{method_name} is not allowed in view calls", f'method_name: "{method_name}"')


def memory_violation() -> HostError:
    """An address beyond the contract's memory."""
    return HostError("MemoryAccessViolation", "Accessed memory outside the bounds.")
