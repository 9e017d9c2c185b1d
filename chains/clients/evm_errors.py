"""What an EVM node's refusal means. JSON-RPC leaves the texts to the nodes: these are those of geth and its kin
(op-geth, erigon, bor), reth, nethermind, besu, anvil, and of the large providers."""

from collections.abc import Mapping
from typing import Any

from chains.codec.abi import unhex
from chains.codec.reverts import revert_reason
from chains.errors import (
    AlreadyKnown,
    CallReverted,
    ChainError,
    CodecError,
    FeeTooLow,
    InsufficientFunds,
    NodeTrouble,
    NonceTooLow,
    RangeTooWide,
    RateLimited,
    ReplacementUnderpriced,
    RpcRejected,
    Unexplained,
    UnknownBlock,
)

_BY_TEXT: tuple[tuple[type[RpcRejected], tuple[str, ...]], ...] = (
    (NonceTooLow, ("nonce too low", "nonce is too low", "oldnonce", "nonce below")),
    (
        AlreadyKnown,
        (
            "already known",
            "alreadyknown",
            "known transaction",
            "already imported",
            "already in mempool",
            "already exists",
            "already in the pool",
        ),
    ),
    (
        ReplacementUnderpriced,
        (
            "replacement transaction underpriced",
            "replacementnotallowed",
            "could not replace",
            "replacement fee too low",
        ),
    ),
    (
        FeeTooLow,
        (
            "less than block base fee",
            "lower than the base fee",
            "transaction underpriced",
            "fee cap less than",
            "feetoolow",
            "gas price too low",
            "gas price below",
            "fee too low",
            "price is too low",
        ),
    ),
    (InsufficientFunds, ("insufficient funds", "insufficientfunds", "upfront cost exceeds", "insufficient balance")),
    (
        RangeTooWide,
        (
            "block range",
            "range is too",
            "range too",
            "query returned more than",
            "too many results",
            "too many logs",
            "response size",
            "query exceeds max",
            "max results",
            "up to a",
        ),
    ),
    (
        UnknownBlock,
        (
            "unknown block",
            "header not found",
            "block not found",
            "blocknotfound",
            "header for hash not found",
            "resource not found",
            "missing trie node",
            "block could not be found",
        ),
    ),
)
_LIMITED = ("rate limit", "too many requests", "request limit", "daily request")
_BUSY = (
    "timeout",
    "timed out",
    "try again",
    "capacity",
)
_REVERT_CODE = 3
_INTERNAL_ERROR = -32603
_LIMIT_EXCEEDED = -32005


def rejection(method: str, error: Mapping[str, Any]) -> ChainError:
    """The exception for a JSON-RPC error object. What is only the node's own trouble becomes `NodeTrouble` or
    `RateLimited`."""
    code, data = error.get("code", 0), error.get("data")
    message = str(error.get("message") or "no message")[:500]
    text = message.lower()
    told = f"{method}: {message}"
    if code == _REVERT_CODE or "revert" in text:
        reason = _reason(data) or message
        return CallReverted(f"{method} reverted: {reason}", code=code, data=data, reason=reason)
    for kind, fragments in _BY_TEXT:
        if any(fragment in text for fragment in fragments):
            return kind(told, code=code, data=data)
    if code == _LIMIT_EXCEEDED or any(word in text for word in _LIMITED):
        return RateLimited(f"{told} ({code})")
    if code == _INTERNAL_ERROR or any(word in text for word in _BUSY):
        return NodeTrouble(f"{told} ({code})")
    return Unexplained(told, code=code, data=data)


def _reason(data: Any) -> str:
    """The revert's reason from an error's data, which some nodes nest once more."""
    if isinstance(data, Mapping):
        data = data.get("data") or data.get("result")
    if not isinstance(data, str):
        return ""
    try:
        return revert_reason(unhex(data.removeprefix("Reverted ")))
    except CodecError:
        return data[:200]
