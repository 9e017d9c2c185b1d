"""Accounts and access keys as the chain stores them, and the rules for account names."""

import re
from dataclasses import dataclass

from devnet.near.parameters import (
    ACCOUNT_BYTES,
    RECORD_EXTRA_BYTES,
    STORAGE_PRICE_PER_BYTE,
    ZERO_BALANCE_BYTES,
)

NO_CODE = bytes(32)
PUBLIC_KEY_BYTES = 33
_NAME = re.compile(r"(([a-z\d]+[-_])*[a-z\d]+\.)*([a-z\d]+[-_])*[a-z\d]+")
_IMPLICIT = re.compile(r"[0-9a-f]{64}")
_ETH_IMPLICIT = re.compile(r"0x[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class Account:
    """Balances in yoctoNEAR; `storage_usage` in bytes, kept up to date by every change."""

    amount: int = 0
    locked: int = 0
    code_hash: bytes = NO_CODE
    storage_usage: int = ACCOUNT_BYTES


@dataclass(frozen=True, slots=True)
class FunctionCallPermission:
    """What a limited key may do: call these methods (all when empty) of one contract, with gas up to `allowance` yoctoNEAR."""

    allowance: int | None
    receiver_id: str
    method_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AccessKey:
    """A key's last used nonce, and its limits: None is full access."""

    nonce: int
    permission: FunctionCallPermission | None = None


def access_key_storage(key: AccessKey) -> int:
    """Bytes that a key takes: its public key, its borsh form and the fixed extra of a record."""
    size = PUBLIC_KEY_BYTES + 9 + RECORD_EXTRA_BYTES
    if key.permission is None:
        return size
    permission = key.permission
    size += 1 if permission.allowance is None else 17
    size += 4 + len(permission.receiver_id)
    return size + 4 + sum(4 + len(name.encode()) for name in permission.method_names)


def missing_storage_stake(account: Account) -> int:
    """YoctoNEAR that the account lacks to pay for its storage, 0 when it has enough or is small enough to need none."""
    if account.storage_usage <= ZERO_BALANCE_BYTES:
        return 0
    return max(0, account.storage_usage * STORAGE_PRICE_PER_BYTE - account.amount - account.locked)


def is_valid_account_id(account_id: str) -> bool:
    """Source: NEP, `AccountId` rules: 2 to 64 characters, lower case, parts separated by one of `.-_`."""
    return 2 <= len(account_id) <= 64 and _NAME.fullmatch(account_id) is not None


def is_near_implicit(account_id: str) -> bool:
    """Whether the name is an ed25519 public key in hex."""
    return _IMPLICIT.fullmatch(account_id) is not None


def is_eth_implicit(account_id: str) -> bool:
    """Whether the name is an Ethereum address."""
    return _ETH_IMPLICIT.fullmatch(account_id) is not None


def is_implicit(account_id: str) -> bool:
    """Whether the account comes to be by the first transfer to it."""
    return is_near_implicit(account_id) or is_eth_implicit(account_id)


def is_sub_account_of(account_id: str, parent: str) -> bool:
    """Whether `account_id` is `<one part>.<parent>`."""
    prefix, _, rest = account_id.partition(".")
    return bool(prefix) and rest == parent


def is_top_level(account_id: str) -> bool:
    """Whether the name has one part, other than the system's own."""
    return account_id != "system" and "." not in account_id
