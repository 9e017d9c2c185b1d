"""The world before the first transaction: accounts, keys and contracts."""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from devnet.near.accounts import AccessKey, Account, access_key_storage, is_valid_account_id
from devnet.near.blocks import Block
from devnet.near.keys import private_key_of, public_key_bytes, public_key_of, public_key_text
from devnet.near.state import ACCESS_KEY, ACCOUNT, CODE, Key

DEFAULT_AMOUNT = 1_000 * 10**24


class GenesisError(ValueError):
    """The genesis file or an account of it is not usable."""


@dataclass(slots=True)
class World:
    """Accounts with their yoctoNEAR; contracts and public keys of those that have other than the derived key."""

    accounts: dict[str, int] = field(default_factory=dict)
    contracts: dict[str, bytes] = field(default_factory=dict)
    public_keys: dict[str, list[str]] = field(default_factory=dict)

    def writes(self) -> dict[Key, Any]:
        """All of it as state. Raises `GenesisError`."""
        writes: dict[Key, Any] = {}
        for account_id, amount in self.accounts.items():
            if not is_valid_account_id(account_id):
                raise GenesisError(f"{account_id!r} cannot be an account's name: 2 to 64 of a-z 0-9 . - _")
            writes |= self._account(account_id, amount)
        return writes

    def _account(self, account_id: str, amount: int) -> dict[Key, Any]:
        account = Account(amount=amount)
        code = self.contracts.get(account_id, b"")
        keys = self.public_keys.get(account_id) or [public_key_of(private_key_of(account_id))]
        writes: dict[Key, Any] = {Key(ACCESS_KEY, account_id, key): AccessKey(0) for key in keys}
        usage = account.storage_usage + len(code) + len(keys) * access_key_storage(AccessKey(0))
        digest = hashlib.sha256(code).digest() if code else account.code_hash
        writes[Key(ACCOUNT, account_id)] = Account(amount=amount, code_hash=digest, storage_usage=usage)
        if code:
            writes[Key(CODE, account_id)] = code
        return writes


def make_block(height: int, timestamp: int, world: World) -> Block:
    """The first block; its hash tells worlds apart."""
    names = "".join(f"{name}={amount};" for name, amount in sorted(world.accounts.items()))
    digest = hashlib.sha256(f"near devnet genesis {height} {timestamp} {names}".encode()).digest()
    return Block(height, digest, timestamp, ordinal=1, total_supply=sum(world.accounts.values()))


def read_world(path: Path) -> World:
    """Read `{"accounts": {NAME: AMOUNT | {"amount": AMOUNT, "wasm": PATH, "keys": ["ed25519:..."]}}}`.

    Amounts are yoctoNEAR, as text or integer; paths are relative to the file. Raises `GenesisError`.
    """
    try:
        accounts = json.loads(path.read_text())["accounts"].items()
        world = World()
        for name, value in accounts:
            details = value if isinstance(value, dict) else {"amount": value}
            world.accounts[name] = int(details.get("amount", DEFAULT_AMOUNT))
            if "wasm" in details:
                world.contracts[name] = (path.parent / details["wasm"]).read_bytes()
            if "keys" in details:
                world.public_keys[name] = [public_key_text(public_key_bytes(key)) for key in details["keys"]]
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise GenesisError(f"{path} is not a genesis file: {error}") from error
    return world
