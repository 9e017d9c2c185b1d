"""What a transaction cost its sender, from what the chain itself tells of it. Smallest units (wei, yoctoNEAR). Pure.

EVM: `gasUsed * effectiveGasPrice`, and on OP chains two fees that are no part of the gas price: `l1Fee` for the data (the
node computes it, by Bedrock's, Ecotone's or Fjord's formula) and since Isthmus the operator's. Blobs are never ours.

NEAR: `tokens_burnt` of the transaction and of every receipt that came of it, refund receipts included. A deposit is not a
fee: it comes back when the receipt that carried it fails.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chains.codec.abi import unhex_int
from chains.errors import CodecError

_SCALAR_BASE = 10**6
_JOVIAN_FACTOR = 100


@dataclass(frozen=True, slots=True)
class EvmCost:
    """Wei. `data` and `operator` are None on chains that have no such fee."""

    gas: int
    data: int | None = None
    operator: int | None = None

    @property
    def total(self) -> int:
        """Everything that left the sender's account, the value he sent left out."""
        return self.gas + (self.data or 0) + (self.operator or 0)


def evm_cost(receipt: Mapping[str, Any]) -> EvmCost:
    """The cost that an `eth_getTransactionReceipt` answer tells. Raises `CodecError` or `KeyError`."""
    gas_used = unhex_int(receipt["gasUsed"])
    return EvmCost(
        gas=gas_used * unhex_int(receipt["effectiveGasPrice"]),
        data=_optional(receipt, "l1Fee"),
        operator=_operator_fee(receipt, gas_used),
    )


def _optional(receipt: Mapping[str, Any], name: str) -> int | None:
    value = receipt.get(name)
    return None if value is None else unhex_int(value)


def _operator_fee(receipt: Mapping[str, Any], gas_used: int) -> int | None:
    """OP Stack specs, Isthmus: gas * scalar / 10^6 + constant; since Jovian, which brought the DA footprint's scalar
    into receipts: gas * scalar * 100 + constant. Before the operator set them, receipts carry neither figure."""
    scalar, constant = _optional(receipt, "operatorFeeScalar"), _optional(receipt, "operatorFeeConstant")
    if scalar is None and constant is None:
        return None
    per_gas = gas_used * (scalar or 0)
    jovian = receipt.get("daFootprintGasScalar") is not None
    return (per_gas * _JOVIAN_FACTOR if jovian else per_gas // _SCALAR_BASE) + (constant or 0)


@dataclass(frozen=True, slots=True)
class NearCost:
    """`burnt` in yoctoNEAR, `gas` in gas units, over all outcomes. `deposit_taken`: the receiver kept what was attached
    to the call, because the transaction's own receipt did not fail."""

    burnt: int
    gas: int
    deposit_taken: bool


def near_cost(answer: Mapping[str, Any]) -> NearCost:
    """The cost that a final `tx` answer tells. Raises `CodecError` or `KeyError`."""
    first, receipts = answer["transaction_outcome"], answer["receipts_outcome"]
    outcomes = [first["outcome"], *(one["outcome"] for one in receipts)]
    own = {str(receipt) for receipt in first["outcome"].get("receipt_ids") or ()}
    executed = {str(one["id"]): one["outcome"]["status"] for one in receipts}
    return NearCost(
        burnt=sum(_natural(outcome["tokens_burnt"]) for outcome in outcomes),
        gas=sum(_natural(outcome["gas_burnt"]) for outcome in outcomes),
        deposit_taken=bool(own) and all(one in executed and not _failed(executed[one]) for one in own),
    )


def _failed(status: Any) -> bool:
    return isinstance(status, Mapping) and "Failure" in status


def _natural(value: Any) -> int:
    """A natural number, as JSON's own or as decimal text. Raises `CodecError`: a float never is one."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    raise CodecError(f"not a natural number: {str(value)[:80]}")
