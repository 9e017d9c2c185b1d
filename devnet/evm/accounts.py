"""The accounts that anvil funds, from its well-known mnemonic. Everybody has their keys: never fund them elsewhere."""

from dataclasses import dataclass, field
from functools import cache

MNEMONIC = "test test test test test test test test test test test junk"


@dataclass(frozen=True)
class DevAccount:
    """An address (EIP-55) and its private key ("0x" and 64 digits)."""

    address: str
    key: str = field(repr=False)


@cache
def dev_account(index: int) -> DevAccount:
    """Number `index` of the mnemonic, path m/44'/60'/0'/0/index."""
    from eth_account import Account

    Account.enable_unaudited_hdwallet_features()
    account = Account.from_mnemonic(MNEMONIC, account_path=f"m/44'/60'/0'/0/{index}")
    return DevAccount(account.address, "0x" + bytes(account.key).hex())
