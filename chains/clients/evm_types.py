"""An EVM node's answers, checked and typed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chains.codec.abi import unhex, unhex_int
from chains.codec.fees import evm_cost
from chains.errors import NodeMisbehaving
from chains.events import NANOSECONDS, BlockRef

HASH_SIZE, ADDRESS_SIZE = 32, 20


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a transaction. `status` 1 succeeded, 0 reverted. Fees in wei; those beyond
    gas and price are `l1_fee` and `operator_fee` on OP chains, None elsewhere. `logs` are raw."""

    tx_hash: str
    status: int
    block_height: int
    block_hash: str
    gas_used: int
    effective_gas_price: int
    l1_fee: int | None = None
    operator_fee: int | None = None
    contract_address: str | None = None
    logs: tuple[dict[str, Any], ...] = field(default=(), repr=False)

    @property
    def fee(self) -> int:
        """Everything that was paid for it, in wei."""
        return self.gas_used * self.effective_gas_price + (self.l1_fee or 0) + (self.operator_fee or 0)


@dataclass(frozen=True, slots=True)
class FeeHistory:
    """`eth_feeHistory` in wei per gas: the base fee of the block to come, and for each block that held transactions,
    oldest first, its tips at the percentiles asked for."""

    next_base_fee: int
    tips: tuple[tuple[int, ...], ...]


def sized(text: Any, size: int, what: str) -> str:
    """Lower-case 0x hex of exactly `size` bytes. Raises `NodeMisbehaving` or `CodecError`."""
    if len(unhex(text)) != size:
        raise NodeMisbehaving(f"{what} must have {size} bytes: {str(text)[:80]}")
    return str(text).lower()


def block_ref(block: Mapping[str, Any]) -> BlockRef:
    """A block header. `number` is null for the pending block, which nobody here asks for."""
    return BlockRef(
        height=unhex_int(block["number"]),
        hash=sized(block["hash"], HASH_SIZE, "a block's hash"),
        parent_hash=sized(block["parentHash"], HASH_SIZE, "a parent's hash"),
        timestamp_ns=unhex_int(block["timestamp"]) * NANOSECONDS,
    )


def log_entry(entry: Any) -> dict[str, Any]:
    """A log whose every field that we use is there and of its size; otherwise as the node gave it."""
    if not isinstance(entry, dict) or not isinstance(entry["topics"], list):
        raise NodeMisbehaving(f"a log must be an object with topics: {str(entry)[:120]}")
    sized(entry["address"], ADDRESS_SIZE, "a log's address")
    sized(entry["transactionHash"], HASH_SIZE, "a log's transaction hash")
    for one in entry["topics"]:
        sized(one, HASH_SIZE, "a topic")
    unhex(entry["data"])
    unhex_int(entry["logIndex"])
    unhex_int(entry["blockNumber"])
    entry["blockHash"] = sized(entry["blockHash"], HASH_SIZE, "a log's block hash")
    return entry


def receipt_of(answer: Mapping[str, Any]) -> Receipt:
    """A receipt, with the fees of OP chains where there are some."""
    cost = evm_cost(answer)
    status = unhex_int(answer["status"])
    if status not in (0, 1):
        raise NodeMisbehaving(f"a receipt's status must be 0 or 1, not {status}")
    created = answer.get("contractAddress")
    return Receipt(
        tx_hash=sized(answer["transactionHash"], HASH_SIZE, "a transaction's hash"),
        status=status,
        block_height=unhex_int(answer["blockNumber"]),
        block_hash=sized(answer["blockHash"], HASH_SIZE, "a block's hash"),
        gas_used=unhex_int(answer["gasUsed"]),
        effective_gas_price=unhex_int(answer["effectiveGasPrice"]),
        l1_fee=cost.data,
        operator_fee=cost.operator,
        contract_address=created and sized(created, ADDRESS_SIZE, "a contract's address"),
        logs=tuple(log_entry(entry) for entry in answer["logs"]),
    )


def fee_history_of(answer: Mapping[str, Any]) -> FeeHistory:
    """An `eth_feeHistory` answer. Empty blocks say nothing about tips and are left out."""
    rewards = answer.get("reward") or []
    ratios = answer.get("gasUsedRatio") or [1] * len(rewards)
    tips = [tuple(unhex_int(tip) for tip in row) for row, used in zip(rewards, ratios, strict=True) if used]
    return FeeHistory(unhex_int(answer["baseFeePerGas"][-1]), tuple(tips))
