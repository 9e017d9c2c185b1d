"""What can go wrong with a node's answer: the fault proxy's rules, and how each kind changes a JSON-RPC exchange."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from devnet.staleness import answer_stale

Json = Any
Forward = Callable[[dict[str, Json]], dict[str, Json]]


class Kind(StrEnum):
    """What happens to a call. Only `ERROR` (unless told), `TIMEOUT_BEFORE` and `HTTP_429` keep it from the node."""

    ERROR = "error"  # a JSON-RPC error of our making; the node is asked all the same when `forward` is set
    TIMEOUT_BEFORE = "timeout_before"  # no answer, then a closed connection
    TIMEOUT_AFTER = "timeout_after"  # the node acts, and the answer is lost
    STALE = "stale"  # as a node answers that is `blocks` behind
    EMPTY = "empty"  # an empty list, or null
    WRONG_BLOCK = "wrong_block"  # the block before, or a block hash that is another's
    DUPLICATE = "duplicate"  # the request goes out twice, and lists come back with each entry twice
    HTTP_429 = "http_429"
    GARBAGE = "garbage"  # a page instead of JSON
    TRUNCATED = "truncated"  # half of the answer, then a closed connection
    LAG = "lag"  # the answer, `seconds` later


# these concern the whole HTTP exchange, the others one call of it
HTTP_KINDS = frozenset({Kind.TIMEOUT_BEFORE, Kind.TIMEOUT_AFTER, Kind.HTTP_429, Kind.GARBAGE, Kind.TRUNCATED, Kind.LAG})


@dataclass
class Rule:
    """When and how to interfere.

    `method` is a pattern ("eth_get*"); `contains` must occur in the parameters as JSON; the first `skip` calls that
    match are let through, the next `times` are hit (None: all). `seconds` belong to timeouts and lag, `blocks` to stale
    answers, `code` and `message` to errors, `retry_after` (seconds) to 429.
    """

    method: str
    kind: Kind
    times: int | None = 1
    skip: int = 0
    contains: str = ""
    seconds: float = 30.0
    blocks: int = 3
    code: int = -32000
    message: str = "made by the fault proxy"
    forward: bool = False
    retry_after: int = 1
    hits: int = 0

    def __post_init__(self) -> None:
        self.kind = Kind(self.kind)

    def takes(self, method: str, params: Json) -> bool:
        """Whether it hits this call; counts it if so."""
        is_spent = self.times is not None and self.hits >= self.times
        if is_spent or not fnmatchcase(method, self.method) or self.contains not in json.dumps(params):
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.hits += 1
        return True


def answer(rule: Rule, request: dict[str, Json], forward: Forward) -> dict[str, Json]:
    """The answer to one call under a rule that is not of `HTTP_KINDS`; `forward` asks the node."""
    if rule.kind is Kind.ERROR:
        if rule.forward:
            forward(request)
        error = {"code": rule.code, "message": rule.message}
        return {"jsonrpc": "2.0", "id": request.get("id"), "error": error}
    if rule.kind is Kind.STALE:
        return answer_stale(request, forward, rule.blocks)
    if rule.kind is Kind.WRONG_BLOCK:
        return _wrong_block(request, forward)
    return _changed(forward(request), _TO_RESULT[rule.kind](request, forward))


def _empty(_request: dict[str, Json], _forward: Forward) -> Callable[[Json], Json]:
    return lambda result: _listed(result, lambda _: [], None)


def _duplicate(request: dict[str, Json], forward: Forward) -> Callable[[Json], Json]:
    forward(request)
    return lambda result: _listed(result, lambda entries: [entry for entry in entries for _ in range(2)], result)


def _listed(result: Json, change: Callable[[list[Json]], list[Json]], other: Json) -> Json:
    """The result with its list changed: the whole of it, or NEAR's `changes`; `other` where there is none."""
    if isinstance(result, list):
        return change(result)
    if isinstance(result, dict) and isinstance(result.get("changes"), list):
        return result | {"changes": change(result["changes"])}
    return other


_TO_RESULT = {Kind.EMPTY: _empty, Kind.DUPLICATE: _duplicate}


def _changed(reply: dict[str, Json], change: Callable[[Json], Json]) -> dict[str, Json]:
    return reply | {"result": change(reply["result"])} if "result" in reply else reply


def _wrong_block(request: dict[str, Json], forward: Forward) -> dict[str, Json]:
    params: Json = request.get("params")
    if request["method"] == "eth_getBlockByNumber" and str(params[0]).startswith("0x"):
        return forward(request | {"params": [hex(max(0, int(params[0], 16) - 1)), *params[1:]]})
    if request["method"] == "block" and isinstance(params, dict) and isinstance(params.get("block_id"), int):
        return forward(request | {"params": {"block_id": params["block_id"] - 1}})
    return _changed(forward(request), _with_other_hash)


def _with_other_hash(result: Json) -> Json:
    """Every hash of a block that the result names, its last two characters reversed or, if alike, replaced."""
    if isinstance(result, list):
        return [_with_other_hash(entry) for entry in result]
    if not isinstance(result, dict):
        return result
    named = {key: _other(value) for key, value in result.items() if key in ("blockHash", "block_hash") and value}
    return result | named


def _other(text: str) -> str:
    end = text[-2:]
    return text[:-2] + (end[::-1] if end != end[::-1] else "12" if end != "11" else "22")
