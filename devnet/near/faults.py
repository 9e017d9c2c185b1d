"""Faults on demand: what a bad node, or a bad line to it, does to a client."""

import json
import threading
from dataclasses import dataclass
from typing import Any

KINDS = (
    "error",  # an internal error instead of the answer; nothing is done
    "timeout_before",  # no answer, and nothing is done
    "timeout_after",  # done, but no answer
    "stale",  # an answer as of `behind` blocks ago
    "drop_answer",  # done, then the connection is closed
    "http_429",  # too many requests; nothing is done
    "garbage",  # done, and an answer that is not JSON
    "truncated",  # done, and half of an answer
)


class FaultError(ValueError):
    """There is no such fault."""


@dataclass(slots=True)
class Fault:
    """`times` it strikes (0: until cleared) after it has let `after` requests pass; `contains` is text that the parameters
    must hold. `behind` is in blocks; `seconds` is how long a timeout keeps the client waiting; `error` replaces the error object.
    """

    method: str
    kind: str
    times: int = 1
    after: int = 0
    contains: str = ""
    behind: int = 10
    seconds: float = 120.0
    error: dict[str, Any] | None = None


def make_fault(params: dict[str, Any]) -> Fault:
    """A fault from the parameters of `devnet_fault`. Raises `FaultError`."""
    try:
        made = Fault(**params)
    except TypeError as error:
        raise FaultError(f"devnet_fault: {error}") from None
    if made.kind not in KINDS:
        raise FaultError(f"unknown fault {made.kind!r}: expected one of {', '.join(KINDS)}")
    return made


class Faults:
    """The faults that are set, in order. Safe for threads."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def listing(self) -> list[dict[str, Any]]:
        """What is still set, as JSON."""
        with self._lock:
            return [{"method": each.method, "kind": each.kind, "times": each.times} for each in self._faults]

    def strike(self, method: str, params: Any) -> Fault | None:
        """The fault that this request meets, if any; controls are spared. Counts it."""
        if not self._faults or method.startswith(("devnet_", "sandbox_")):
            return None
        text = json.dumps(params)
        with self._lock:
            for fault in self._faults:
                if fault.method in ("*", method) and fault.contains in text:
                    return self._count(fault)
        return None

    def _count(self, fault: Fault) -> Fault | None:
        if fault.after:
            fault.after -= 1
            return None
        if fault.times == 1:
            self._faults.remove(fault)
        elif fault.times:
            fault.times -= 1
        return fault
