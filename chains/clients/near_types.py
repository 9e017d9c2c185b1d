"""A NEAR node's answers, checked and typed."""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import base58

from chains.codec.fees import near_cost
from chains.errors import NodeMisbehaving
from chains.events import BlockRef

HASH_SIZE = 32
_IN_A_BLOCK = {"INCLUDED", "EXECUTED_OPTIMISTIC", "INCLUDED_FINAL", "EXECUTED", "FINAL"}


@dataclass(frozen=True, slots=True)
class NearAccount:
    """Balances in yoctoNEAR; `storage_usage` in bytes, each of which holds 10^19 yoctoNEAR back."""

    amount: int
    locked: int
    storage_usage: int
    code_hash: str
    block_height: int


@dataclass(frozen=True, slots=True)
class AccessKey:
    """An access key as of a block. `permission` is "FullAccess", or the limits of a function call key."""

    nonce: int
    permission: str | dict[str, Any]
    block_height: int
    block_hash: str

    @property
    def full_access(self) -> bool:
        """Whether it may sign calls with a deposit."""
        return self.permission == "FullAccess"


@dataclass(frozen=True, slots=True)
class StorageBalance:
    """NEP-145, yoctoNEAR."""

    total: int
    available: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How far a transaction has come.

    `status`: `unknown` to the node; `started`, perhaps in no block yet; `succeeded` or `failed` for the chain of
    receipts that the transaction's result comes from. `final`: every receipt is executed and final, so the rest no
    longer changes. `succeeded` does not mean that every receipt did: `failed_receipts` names those that did not.
    `block_hash` is that of the block which took the transaction, "" before that; `tokens_burnt` (yoctoNEAR) is the
    sum over all outcomes; `deposit_taken`: the receiver kept what was attached; `value` what the call returned.
    """

    status: Literal["unknown", "started", "failed", "succeeded"]
    final: bool = False
    block_hash: str = ""
    tokens_burnt: int = 0
    gas_burnt: int = 0
    logs: tuple[str, ...] = ()
    failure: str | None = None
    failed_receipts: tuple[str, ...] = ()
    deposit_taken: bool = False
    value: bytes = b""


UNKNOWN = Outcome("unknown")


def hash58(value: Any, what: str) -> str:
    """A base58 hash of 32 bytes. Raises `NodeMisbehaving`."""
    try:
        size = len(base58.b58decode(value))
    except (ValueError, TypeError, AttributeError):
        size = -1
    if size != HASH_SIZE:
        raise NodeMisbehaving(f"{what} must be 32 bytes in base58: {str(value)[:80]}")
    return str(value)


def block_ref(answer: Mapping[str, Any]) -> BlockRef:
    """A block's header."""
    header = answer["header"]
    return BlockRef(
        height=_natural(header["height"]),
        hash=hash58(header["hash"], "a block's hash"),
        parent_hash=hash58(header["prev_hash"], "a parent's hash"),
        timestamp_ns=_natural(header["timestamp_nanosec"]),
    )


def account_of(answer: Mapping[str, Any]) -> NearAccount:
    """A `view_account` answer."""
    return NearAccount(
        amount=_natural(answer["amount"]),
        locked=_natural(answer["locked"]),
        storage_usage=_natural(answer["storage_usage"]),
        code_hash=str(answer["code_hash"]),
        block_height=_natural(answer["block_height"]),
    )


def access_key_of(answer: Mapping[str, Any]) -> AccessKey:
    """A `view_access_key` answer."""
    permission = answer["permission"]
    if permission != "FullAccess" and not isinstance(permission, Mapping):
        raise NodeMisbehaving(f"a key's permission cannot be {str(permission)[:80]}")
    return AccessKey(
        nonce=_natural(answer["nonce"]),
        permission=permission if isinstance(permission, str) else dict(permission),
        block_height=_natural(answer["block_height"]),
        block_hash=hash58(answer["block_hash"], "a block's hash"),
    )


def outcome_of(answer: Mapping[str, Any]) -> Outcome:
    """A `tx` answer. Without an outcome (a node that only knows of the transaction) it is `unknown`."""
    if answer.get("transaction_outcome") is None:
        return UNKNOWN
    in_a_block = answer.get("final_execution_status") in _IN_A_BLOCK
    status, failure, value = _status(answer["status"])
    outcomes, cost = list(_outcomes(answer)), near_cost(answer)
    return Outcome(
        status=status if in_a_block else "started",
        final=answer.get("final_execution_status") == "FINAL",
        block_hash=hash58(answer["transaction_outcome"]["block_hash"], "a block's hash") if in_a_block else "",
        tokens_burnt=cost.burnt,
        gas_burnt=cost.gas,
        logs=tuple(line for _, outcome in outcomes for line in outcome["logs"]),
        failure=failure,
        failed_receipts=tuple(
            receipt
            for receipt, outcome in outcomes
            if isinstance(outcome["status"], Mapping) and "Failure" in outcome["status"]
        ),
        deposit_taken=cost.deposit_taken,
        value=value,
    )


def _outcomes(answer: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for one in (answer["transaction_outcome"], *answer["receipts_outcome"]):
        yield str(one["id"]), one["outcome"]


def _status(status: Any) -> tuple[Literal["started", "failed", "succeeded"], str | None, bytes]:
    """nearcore's FinalExecutionStatus: NotStarted, Started, Failure with its reason, SuccessValue in base64."""
    if status in ("NotStarted", "Started"):
        return "started", None, b""
    if isinstance(status, Mapping) and "Failure" in status:
        return "failed", _failure_text(status["Failure"]), b""
    if isinstance(status, Mapping) and "SuccessValue" in status:
        return "succeeded", None, base64.b64decode(status["SuccessValue"])
    raise NodeMisbehaving(f"a transaction's status cannot be {str(status)[:120]}")


def _failure_text(failure: Any) -> str:
    """The failure in one line; the contract's own words where it panicked."""
    inner = failure
    while isinstance(inner, Mapping) and inner:
        if "ExecutionError" in inner:
            return str(inner["ExecutionError"])[:500]
        nested = inner.get("kind", next(iter(inner.values())))
        if not isinstance(nested, Mapping):
            break
        inner = nested
    return json.dumps(failure, separators=(",", ":"))[:500]


def _natural(value: Any) -> int:
    """A natural number, given as such or as decimal text. Raises `NodeMisbehaving`."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    raise NodeMisbehaving(f"not a natural number: {str(value)[:80]}")
