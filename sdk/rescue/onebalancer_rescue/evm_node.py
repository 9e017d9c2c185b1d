"""What we ask of an EVM node."""

import json
import re
from collections.abc import Iterator
from typing import Any

from onebalancer_rescue.errors import ChainTrouble, NodeRefused
from onebalancer_rescue.rpc import Node

FIRST_SPAN = 10_000  # blocks of one eth_getLogs; halved for nodes that allow less
_REVERT = re.compile(r"0x[0-9a-fA-F]{8}")
Json = dict[str, Any]


class EvmNode:
    """Typed questions to one endpoint."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def number(self, method: str, *params: Any) -> int:
        """A quantity."""
        return int(self._node.call(method, list(params)), 16)

    def block(self, which: str | int) -> Json:
        """A block's header by tag or number. Raises `ChainTrouble` when there is none."""
        name = hex(which) if isinstance(which, int) else which
        found = self._node.call("eth_getBlockByNumber", [name, False])
        if not found:
            raise ChainTrouble(f"{self._node.chain}: the node has no block {which}")
        return {
            "number": int(found["number"], 16),
            "time": int(found["timestamp"], 16),
            **_fee(found),
            "hash": found["hash"],
        }

    def code(self, address: str) -> bytes:
        """What stands at an address."""
        return bytes.fromhex(self._node.call("eth_getCode", [address, "latest"])[2:])

    def coins(self, address: str) -> int:
        """Wei."""
        return self.number("eth_getBalance", address, "latest")

    def view(self, to: str, data: bytes) -> bytes:
        """The result of a call without a sender."""
        return bytes.fromhex(self._node.call("eth_call", [{"to": to, "data": "0x" + data.hex()}, "latest"])[2:])

    def try_call(self, call: Json) -> tuple[bytes, str]:
        """What a call would return, and "" or the selector of the error it reverts with ("?" when it gives none).

        Raises `ChainTrouble` when it was not run."""
        try:
            return bytes.fromhex(self._node.call("eth_call", [call, "latest"])[2:]), ""
        except NodeRefused as refused:
            found = revert_selector(refused.error)
            if found == "?" and "revert" not in str(refused).lower():
                raise  # it was not the contract that refused
            return b"", found

    def estimate(self, call: Json) -> int:
        """Gas. Raises `NodeRefused`."""
        return self.number("eth_estimateGas", call)

    def tip(self) -> int:
        """Wei per gas that others pay; one gwei where the node cannot say."""
        try:
            return self.number("eth_maxPriorityFeePerGas")
        except NodeRefused:
            return 10**9

    def send(self, raw: bytes) -> None:
        """Broadcast. That the node has it already is no error."""
        try:
            self._node.call("eth_sendRawTransaction", ["0x" + raw.hex()])
        except NodeRefused as refused:
            if "already known" not in str(refused).lower():
                raise

    def receipt(self, transaction: str) -> Json | None:
        """A transaction's receipt, once it is in a block."""
        found: Json | None = self._node.call("eth_getTransactionReceipt", [transaction])
        return found

    def first_block_at(self, time: int) -> int:
        """The first block of that time (unix seconds) or later; the newest when none is."""
        low, high = 0, int(self.block("latest")["number"])
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if self.block(middle)["time"] < time else (low, middle)
        return low

    def logs(self, address: str, topics: list[str], start: int, end: int) -> Iterator[Json]:
        """Logs with one of these first topics, oldest first, asked for in spans that the node allows."""
        span = FIRST_SPAN
        while start <= end:
            upto = min(end, start + span - 1)
            query = {"address": address, "topics": [topics], "fromBlock": hex(start), "toBlock": hex(upto)}
            try:
                found = self._node.call("eth_getLogs", [query])
            except ChainTrouble:
                if span == 1:
                    raise
                span = max(1, span // 4)
                continue
            yield from (log for log in found if not log.get("removed"))
            start = upto + 1


def revert_selector(error: object) -> str:
    """The custom error's selector somewhere in a node's answer: each kind of node puts it elsewhere."""
    data = error.get("data") if isinstance(error, dict) else None
    for place in (data, error):
        found = _REVERT.search(place if isinstance(place, str) else json.dumps(place))
        if found:
            return found.group().lower()
    return "?"


def _fee(block: Json) -> Json:
    return {"base_fee": int(block.get("baseFeePerGas") or "0x0", 16)}
