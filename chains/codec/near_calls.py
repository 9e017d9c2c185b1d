"""Arguments of NEAR calls as JSON bytes: our HTLC and NEP-141/145 tokens. Amounts are decimal strings (U128), bytes
hex."""

import json
from collections.abc import Sequence
from typing import Any

from chains.codec.abi import bytes32


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def lock_terms(*, receiver: str, hashlock: bytes, timelock: int, salt: bytes) -> dict[str, Any]:
    """What a lock's maker chooses; sender, token and amount are those of the payment. `timelock` in unix seconds."""
    return {
        "receiver": receiver,
        "hashlock": bytes32(hashlock, "hashlock").hex(),
        "timelock": timelock,
        "salt": bytes32(salt, "salt").hex(),
    }


def lock(*, receiver: str, hashlock: bytes, timelock: int, salt: bytes) -> bytes:
    """HTLC `lock`, payable: the deposit is the amount."""
    return _json(lock_terms(receiver=receiver, hashlock=hashlock, timelock=timelock, salt=salt))


def ft_transfer_call_lock(
    htlc: str, amount: int, *, receiver: str, hashlock: bytes, timelock: int, salt: bytes
) -> bytes:
    """The token's `ft_transfer_call` (1 yocto) that locks `amount` of it."""
    terms = lock_terms(receiver=receiver, hashlock=hashlock, timelock=timelock, salt=salt)
    return _json({"receiver_id": htlc, "amount": str(amount), "msg": _json(terms).decode()})


def claim(lock_id: str, secret: bytes) -> bytes:
    """HTLC `claim`, by anyone, strictly before the timelock."""
    return _json({"id": lock_id, "secret": bytes32(secret, "secret").hex()})


def by_id(lock_id: str) -> bytes:
    """HTLC `refund` and `pay`, and the view `get_lock`."""
    return _json({"id": lock_id})


def remove(lock_ids: Sequence[str]) -> bytes:
    """HTLC `remove`: all of these locks, which must be paid and past their retention, or none."""
    return _json({"ids": list(lock_ids)})


def storage_deposit(account: str | None = None, *, registration_only: bool = False) -> bytes:
    """NEP-145 `storage_deposit`; for the caller himself when no account is named."""
    value: dict[str, Any] = {} if account is None else {"account_id": account}
    if registration_only:
        value["registration_only"] = True
    return _json(value)


def ft_transfer(receiver: str, amount: int) -> bytes:
    """NEP-141 `ft_transfer` (1 yocto)."""
    return _json({"receiver_id": receiver, "amount": str(amount)})


def of_account(account: str) -> bytes:
    """The views `ft_balance_of` and `storage_balance_of`."""
    return _json({"account_id": account})
