"""Calls to contracts on a local chain, exact to the second, from accounts that anvil holds unlocked."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from devnet.evm.anvil import Anvil
from devnet.evm.artifacts import Artifact, error_names, type_of
from devnet.evm.rpc import RpcError

GAS_LIMIT = 3_000_000
GAS_PRICE_WEI = 100 * 10**9

# a call may fail with the error of a contract further down, so the names of all contracts met so far are kept together
_error_names: dict[str, str] = {}
_learned: set[str] = set()


class Reverted(Exception):
    """A call was refused. `name` is the custom error's, or what the node said; `data` the revert data."""

    def __init__(self, name: str, data: bytes) -> None:
        super().__init__(name)
        self.name, self.data = name, data


@contextmanager
def refused(name: str) -> Iterator[None]:
    """Asserts that what is done inside is refused with this error."""
    try:
        yield
    except Reverted as error:
        if error.name != name:
            raise AssertionError(f"refused with {error.name}, and not with {name}") from error
    else:
        raise AssertionError(f"not refused, and should have been with {name}")


@dataclass(frozen=True)
class Event:
    """A decoded log. Addresses are lower case, as everything the codec decodes."""

    name: str
    address: str
    arguments: dict[str, Any]


class Contract:
    """One deployed contract."""

    def __init__(self, anvil: Anvil, artifact: Artifact, address: str) -> None:
        self.anvil, self.artifact, self.address = anvil, artifact, address
        if artifact.name not in _learned:
            _learned.add(artifact.name)
            _error_names.update(error_names(artifact))

    def encode(self, function: str, *arguments: Any) -> bytes:
        """Call data. Structs are tuples in the order of their fields."""
        from eth_abi.abi import encode

        types = [type_of(item) for item in self._function(function)["inputs"]]
        selector = self.artifact.selectors[f"{function}({','.join(types)})"]
        return bytes(bytes.fromhex(selector[2:]) + encode(types, arguments))

    def call(
        self,
        function: str,
        *arguments: Any,
        sender: str | None = None,
        value: int = 0,
        at: int | None = None,
        base_fee: int | None = None,
    ) -> Any:
        """What the function returns, changing nothing; one value bare, several as a tuple.

        `at` is the Unix time and `base_fee` the wei that the call sees. Raises `Reverted`.
        """
        from eth_abi.abi import decode

        transaction = self._transaction(sender, value, self.encode(function, *arguments))
        overrides: dict[str, str] = {}
        if at is not None:
            overrides["time"] = hex(at)
        if base_fee is not None:
            overrides["baseFeePerGas"] = hex(base_fee)
        answer = call_raw(self.anvil, transaction, overrides)
        values = decode([type_of(item) for item in self._function(function)["outputs"]], answer)
        return values[0] if len(values) == 1 else values

    def send(
        self, function: str, *arguments: Any, sender: str, value: int = 0, at: int | None = None
    ) -> dict[str, Any]:
        """Send a transaction, mined at Unix time `at` if given, and return its receipt. Raises `Reverted`."""
        return send_raw(self.anvil, self._transaction(sender, value, self.encode(function, *arguments)), at)

    def events(self, receipt: dict[str, Any], name: str) -> list[Event]:
        """The events of that name which this contract emitted in a transaction."""
        from eth_abi.abi import decode
        from eth_utils.crypto import keccak

        entry = next(item for item in self.artifact.abi if item["type"] == "event" and item["name"] == name)
        types = [type_of(field) for field in entry["inputs"] if not field["indexed"]]
        names = [field["name"] for field in entry["inputs"] if not field["indexed"]]
        signature = f"{name}({','.join(type_of(field) for field in entry['inputs'])})"
        topic = "0x" + keccak(text=signature).hex()
        return [
            Event(name, log["address"], dict(zip(names, decode(types, bytes.fromhex(log["data"][2:])), strict=True)))
            for log in receipt["logs"]
            if log["topics"][0] == topic and log["address"] == self.address.lower()
        ]

    def _function(self, name: str) -> dict[str, Any]:
        return next(item for item in self.artifact.abi if item["type"] == "function" and item["name"] == name)

    def _transaction(self, sender: str | None, value: int, data: bytes) -> dict[str, str]:
        transaction = {"to": self.address, "value": hex(value), "data": "0x" + data.hex(), "gas": hex(GAS_LIMIT)}
        return transaction | ({"from": sender} if sender else {})


def call_raw(anvil: Anvil, transaction: dict[str, str], overrides: dict[str, str] | None = None) -> bytes:
    """What a call returns, in a block with these overrides. Raises `Reverted`."""
    try:
        answer: str = anvil.rpc.call("eth_call", transaction, "latest", {}, overrides or {})
    except RpcError as error:
        raise _reverted(error) from None
    return bytes.fromhex(answer[2:])


def send_raw(anvil: Anvil, transaction: dict[str, str], at: int | None = None) -> dict[str, Any]:
    """Mine a transaction from an unlocked account, at Unix time `at` if given. Raises `Reverted`."""
    if at is not None:
        anvil.set_next_time(at)
    sent = anvil.rpc.call("eth_sendTransaction", transaction | {"gasPrice": hex(GAS_PRICE_WEI)})
    receipt = anvil.receipt(sent)
    if int(receipt["status"], 16) == 1:
        return receipt
    trace = anvil.rpc.call("debug_traceTransaction", sent, {"tracer": "callTracer"})
    data = bytes.fromhex(trace.get("output", "0x")[2:])
    raise Reverted(_name_of(data) or str(trace.get("error")), data)


def _reverted(error: RpcError) -> Reverted:
    data = bytes.fromhex(error.data[2:]) if isinstance(error.data, str) else b""
    return Reverted(_name_of(data) or str(error), data)


def _name_of(data: bytes) -> str | None:
    return _error_names.get("0x" + data[:4].hex()) if len(data) >= 4 else None
