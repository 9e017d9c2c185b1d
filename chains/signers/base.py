"""What a signer can do, however it keeps its key: in memory now, in a key management service elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


class EvmSigner(Protocol):
    """Signs for one EVM account."""

    @property
    def address(self) -> str:
        """The account, in EIP-55 case."""

    def sign_transaction(self, transaction: Mapping[str, Any]) -> tuple[bytes, str]:
        """`(raw bytes, 0x hash)` of an EIP-1559 transaction: chainId, nonce, to, value, data (bytes), gas,
        maxFeePerGas, maxPriorityFeePerGas."""

    def sign_typed_data(self, typed_data: Mapping[str, Any]) -> bytes:
        """65 bytes (r, s, v) over EIP-712 data as `eth_signTypedData_v4` takes it."""


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """A NEAR action: `args` as bytes, `gas` in gas units, `deposit` in yoctoNEAR."""

    method: str
    args: bytes
    gas: int
    deposit: int = 0


@dataclass(frozen=True, slots=True)
class Transfer:
    """A NEAR action: send `deposit` yoctoNEAR."""

    deposit: int


NearAction = FunctionCall | Transfer


class NearSigner(Protocol):
    """Signs for one NEAR account with one access key."""

    account: str
    public_key: str

    def sign(self, receiver: str, actions: Sequence[NearAction], *, nonce: int, block_hash: str) -> tuple[bytes, str]:
        """`(signed borsh, base58 hash)`. `block_hash` is base58, of a block no older than the network's validity
        period."""

    def sign_function_call(
        self, *, receiver: str, method: str, args: bytes, gas: int, deposit: int, nonce: int, block_hash: str
    ) -> tuple[bytes, str]:
        """`sign` for a single call."""
