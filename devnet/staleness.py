"""How a node answers that is some blocks behind: the calls go to one that is not, and are cut at an older head."""

from collections.abc import Callable
from typing import Any

Json = Any
Forward = Callable[[dict[str, Json]], dict[str, Json]]
TAGS = ("latest", "pending", "safe", "finalized")
BY_HASH = {
    "eth_getTransactionReceipt": "blockNumber",
    "eth_getTransactionByHash": "blockNumber",
    "eth_getBlockByHash": "number",
    "eth_getBlockReceipts": "blockNumber",
}
NEAR_SKIPPED_HEIGHTS = 20


def answer_stale(request: dict[str, Json], forward: Forward, blocks: int) -> dict[str, Json]:
    """The answer to one call as of `blocks` before the head. EVM and NEAR methods; what knows no head is passed on."""
    if str(request["method"]).startswith("eth_"):
        return _Evm(request, forward, blocks).answer()
    return _near(request, forward, blocks)


class _Evm:
    def __init__(self, request: dict[str, Json], forward: Forward, blocks: int) -> None:
        self.request, self.forward, self.blocks = request, forward, blocks
        self.method: str = request["method"]
        self.params: list[Json] = list(request.get("params") or [])
        self.head = max(0, int(self._ask("eth_blockNumber"), 16) - blocks)

    def answer(self) -> dict[str, Json]:
        if self.method == "eth_blockNumber":
            return self._result(hex(self.head))
        if self.method == "eth_getLogs":
            return self._logs()
        if self.method in BY_HASH:
            return self._by_hash(BY_HASH[self.method])
        params = [self._number(param) for param in self.params]
        asked = params[0] if params and self.method == "eth_getBlockByNumber" else None
        if asked is not None and int(asked, 16) > self.head:
            return self._result(None)
        return self.forward(self.request | {"params": params})

    def _logs(self) -> dict[str, Json]:
        wanted = dict(self.params[0])
        if "blockHash" in wanted:
            return self._by_hash("blockNumber")
        first = int(self._number(wanted.get("fromBlock", "latest")), 16)
        last = min(self.head, int(self._number(wanted.get("toBlock", "latest")), 16))
        if first > last:
            return self._result([])
        return self.forward(self.request | {"params": [wanted | {"fromBlock": hex(first), "toBlock": hex(last)}]})

    def _by_hash(self, number: str) -> dict[str, Json]:
        reply = self.forward(self.request)
        result = reply.get("result")
        if isinstance(result, list):
            return reply | {"result": [entry for entry in result if self._is_known(entry, number)]}
        return reply if result is None or self._is_known(result, number) else self._result(None)

    def _is_known(self, entry: dict[str, Json], number: str) -> bool:
        return entry.get(number) is not None and int(entry[number], 16) <= self.head

    def _number(self, param: Json) -> Json:
        if param == "earliest":
            return "0x0"
        if not isinstance(param, str) or param not in TAGS:
            return param
        if param in ("latest", "pending"):
            return hex(self.head)
        block = self._ask("eth_getBlockByNumber", param, False)
        return hex(max(0, int(block["number"], 16) - self.blocks))

    def _ask(self, method: str, *params: Json) -> Json:
        return self.forward({"jsonrpc": "2.0", "id": 0, "method": method, "params": list(params)})["result"]

    def _result(self, result: Json) -> dict[str, Json]:
        return {"jsonrpc": "2.0", "id": self.request.get("id"), "result": result}


def _near(request: dict[str, Json], forward: Forward, blocks: int) -> dict[str, Json]:
    params = request.get("params")
    if not isinstance(params, dict):
        return forward(request)
    if "finality" in params:
        head = _near_block(forward, {"finality": params["finality"]})["header"]["height"]
        older = _existing_height(forward, head - blocks)
        rest = {key: value for key, value in params.items() if key != "finality"}
        return forward(request | {"params": rest | {"block_id": older}})
    reply = forward(request)
    block_id = params.get("block_id") or _block_of_transaction(reply.get("result"))
    newest = _near_block(forward, {"finality": "optimistic"})["header"]["height"] - blocks
    block = _near_block(forward, {"block_id": block_id}) if block_id else None
    if block is None or block["header"]["height"] <= newest:
        return reply
    return _near_unknown(request, "UNKNOWN_BLOCK" if "block_id" in params else "UNKNOWN_TRANSACTION")


def _block_of_transaction(result: Json) -> str | None:
    """The hash of the block that took a transaction, by a `tx` answer."""
    outcome = result.get("transaction_outcome") if isinstance(result, dict) else None
    return outcome["block_hash"] if outcome else None


def _near_unknown(request: dict[str, Json], cause: str) -> dict[str, Json]:
    error = {
        "name": "HANDLER_ERROR",
        "cause": {"name": cause, "info": {}},
        "code": -32000,
        "message": "Server error",
        "data": "made by the fault proxy",
    }
    return {"jsonrpc": "2.0", "id": request.get("id"), "error": error}


def _existing_height(forward: Forward, height: int) -> int:
    """NEAR skips heights: the newest that has a block, at `height` or below."""
    for candidate in range(height, max(0, height - NEAR_SKIPPED_HEIGHTS), -1):
        if _near_block(forward, {"block_id": candidate}) is not None:
            return candidate
    return height


def _near_block(forward: Forward, params: dict[str, Json]) -> Json:
    return forward({"jsonrpc": "2.0", "id": 0, "method": "block", "params": params}).get("result")
