"""What a NEAR node's refusal means (nearcore's structured errors: `error.cause.name`, docs.near.org "RPC errors")."""

from collections.abc import Mapping
from typing import Any

from chains.errors import (
    ChainError,
    ContractPanic,
    InsufficientFunds,
    InvalidNonce,
    InvalidTransaction,
    NodeTrouble,
    RateLimited,
    RpcRejected,
    TxExpired,
    Unexplained,
    UnknownAccessKey,
    UnknownAccount,
    UnknownBlock,
    UnknownTransaction,
)

_BY_CAUSE: dict[str, type[RpcRejected]] = {
    "UNKNOWN_BLOCK": UnknownBlock,
    "GARBAGE_COLLECTED_BLOCK": UnknownBlock,
    "UNKNOWN_CHUNK": UnknownBlock,
    "UNKNOWN_TRANSACTION": UnknownTransaction,
    "UNKNOWN_ACCOUNT": UnknownAccount,
    "INVALID_ACCOUNT": UnknownAccount,
    "UNKNOWN_ACCESS_KEY": UnknownAccessKey,
    "CONTRACT_EXECUTION_ERROR": ContractPanic,
    "NO_CONTRACT_CODE": ContractPanic,
}
_NODE_TROUBLE = {
    "INTERNAL_ERROR",
    "TIMEOUT_ERROR",
    "NO_SYNCED_BLOCKS",
    "NOT_SYNCED_YET",
    "UNAVAILABLE_SHARD",
    "DOES_NOT_TRACK_SHARD",
    "REQUEST_ROUTED",
}
_LIMITED = ("rate limit", "too many requests", "request limit")  # of a gateway: nearcore names every error of its own
_NO_MONEY = {"NotEnoughBalance", "LackBalanceForState", "NotEnoughAllowance"}


def rejection(method: str, error: Mapping[str, Any]) -> ChainError:
    """The exception for a JSON-RPC error object. What is only the node's own trouble becomes `NodeTrouble`."""
    cause = error.get("cause")
    cause = cause if isinstance(cause, Mapping) else {}
    name = str(cause.get("name") or error.get("name") or "")
    info, data = cause.get("info"), error.get("data")
    told = f"{method}: {_text(error, info)}"
    if not name and any(word in told.lower() for word in _LIMITED):
        return RateLimited(told)
    if not name or name in _NODE_TROUBLE or error.get("name") == "INTERNAL_ERROR":
        return NodeTrouble(f"{told} ({name})")
    if name == "INVALID_TRANSACTION":
        return _invalid_transaction(method, data if data is not None else info)
    kind = _BY_CAUSE.get(name, Unexplained)
    return kind(told, code=name or error.get("code", 0), data=info or data)


def _text(error: Mapping[str, Any], info: Any) -> str:
    """The most telling of the error's texts."""
    panic = info.get("vm_error") if isinstance(info, Mapping) else None
    data = error.get("data")
    return str(panic or (data if isinstance(data, str) else None) or error.get("message") or "no message")[:500]


def _invalid_transaction(method: str, data: Any) -> ChainError:
    """`InvalidTxError` as nearcore writes it: a name, or a name with its facts."""
    problem = data
    for layer in ("TxExecutionError", "InvalidTxError"):
        if isinstance(problem, Mapping) and layer in problem:
            problem = problem[layer]
    reason, facts = problem, None
    if isinstance(problem, Mapping) and problem:
        reason, facts = next(iter(problem.items()))
    reason = str(reason)[:200]
    told = f"{method}: invalid transaction: {reason} {'' if facts is None else facts}".strip()[:500]
    if reason == "InvalidNonce" and isinstance(facts, Mapping):
        return InvalidNonce(told, nonce=int(facts["tx_nonce"]), key_nonce=int(facts["ak_nonce"]), data=data)
    if reason == "Expired":
        return TxExpired(told, code=reason, data=data)
    if reason in _NO_MONEY:
        return InsufficientFunds(told, code=reason, data=data)
    return InvalidTransaction(told, reason=reason, data=data)
