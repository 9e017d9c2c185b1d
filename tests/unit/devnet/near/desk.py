"""A chain in this process, and a signer for it."""

from collections.abc import Mapping
from typing import Any

from devnet.near.accounts import Account
from devnet.near.blocks import TransactionRecord
from devnet.near.chain import Chain
from devnet.near.config import DevnetConfig
from devnet.near.genesis import World
from devnet.near.keys import hash_bytes, private_key_of, public_key_of
from devnet.near.state import StateView, read_access_key, read_account
from devnet.near.statuses import status_view
from devnet.near.transactions import SignedTransaction, read_signed_transaction, write_signed_transaction

NEAR = 10**24
TGAS = 10**12
ALICE, BOB, APP = "alice.near", "bob.near", "app.near"
GENESIS = {ALICE: 1000 * NEAR, BOB: 1000 * NEAR, APP: 1000 * NEAR}


class Desk:
    """Signs for genesis accounts and reads what came of it."""

    def __init__(self, contracts: Mapping[str, bytes] | None = None, **config: Any) -> None:
        world = World(accounts=dict(GENESIS), contracts=dict(contracts or {}))
        self.chain = Chain(DevnetConfig(accounts=dict(GENESIS), **config), world)
        self.supply = sum(GENESIS.values())

    def sign(
        self,
        signer: str,
        receiver: str,
        *actions: bytes,
        key: str = "",
        nonce: int | None = None,
        block_hash: bytes | None = None,
    ) -> SignedTransaction:
        key = key or private_key_of(signer)
        if nonce is None:
            found = read_access_key(self.state, signer, public_key_of(key))
            nonce = found.nonce + 1 if found else 1
        at = block_hash or hash_bytes(self.chain.head.hash)
        return read_signed_transaction(write_signed_transaction(signer, key, nonce, receiver, at, list(actions)))

    def send(self, signer: str, receiver: str, *actions: bytes, key: str = "") -> dict[str, Any]:
        """The status of a transaction after all of it."""
        transaction = self.sign(signer, receiver, *actions, key=key)
        self.chain.submit(transaction)
        return self.status(transaction)

    def record(self, transaction: SignedTransaction) -> TransactionRecord:
        return self.chain.ledger.transactions[transaction.hash]

    def status(self, transaction: SignedTransaction) -> dict[str, Any]:
        found: dict[str, Any] = status_view(self.chain, self.record(transaction), with_receipts=True)
        return found

    @property
    def state(self) -> StateView:
        return self.chain.head_state

    def account(self, account_id: str) -> Account | None:
        return read_account(self.state, account_id)

    def amount(self, account_id: str) -> int:
        found = self.account(account_id)
        return found.amount if found else 0

    def missing_tokens(self, *others: str) -> int:
        """What the supply lacks: 0 when every yoctoNEAR is in an account or burnt."""
        held = sum(self.amount(name) for name in {*GENESIS, *others})
        return self.supply - held - self.chain.burnt


def failure_of(status: dict[str, Any]) -> Any:
    """The kind of the action error that a transaction ended with."""
    return status["status"]["Failure"]["ActionError"]["kind"]
