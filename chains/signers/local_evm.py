"""An EVM key in this process's memory."""

from collections.abc import Mapping
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount

from chains.codec.address import checksummed

_FIELDS = {"chainId", "nonce", "to", "value", "data", "gas", "maxFeePerGas", "maxPriorityFeePerGas"}
_EIP1559 = 2


class LocalEvmSigner:
    """See `EvmSigner`. `private_key`: 32 bytes in hex, with or without 0x. Raises `ValueError`, which does not show
    it."""

    def __init__(self, private_key: str) -> None:
        self._account = _account(private_key)

    @property
    def address(self) -> str:
        """The account, in EIP-55 case."""
        return str(self._account.address)

    def sign_transaction(self, transaction: Mapping[str, Any]) -> tuple[bytes, str]:
        """See `EvmSigner`. The same transaction gives the same bytes (RFC 6979). Raises `ValueError` for other
        fields."""
        if transaction.keys() != _FIELDS:
            wrong = sorted(transaction.keys() ^ _FIELDS)
            raise ValueError(f"an EIP-1559 transaction has exactly {sorted(_FIELDS)}; missing or unknown: {wrong}")
        fields: dict[str, Any] = {**transaction, "type": _EIP1559, "to": checksummed(transaction["to"])}
        signed = self._account.sign_transaction(fields)
        return bytes(signed.raw_transaction), "0x" + bytes(signed.hash).hex()

    def sign_typed_data(self, typed_data: Mapping[str, Any]) -> bytes:
        """See `EvmSigner`."""
        return bytes(self._account.sign_typed_data(full_message=dict(typed_data)).signature)

    def __repr__(self) -> str:
        return f"LocalEvmSigner({self.address})"


def _account(private_key: str) -> LocalAccount:
    try:
        account: LocalAccount = Account.from_key(private_key)
    except Exception:  # eth_keys and coincurve raise many kinds, some with the key in their text
        raise ValueError("an EVM private key must be 32 bytes in hex, and less than the curve's order") from None
    return account
