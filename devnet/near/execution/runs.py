"""What is in progress while a block is made: the block, and one receipt in it."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from devnet.near.accounts import Account
from devnet.near.blocks import Block, StateChange
from devnet.near.keys import base58_text
from devnet.near.receipts import ActionReceipt, DataReceipt, Receipt
from devnet.near.state import ACCOUNT, Key, Overlay, StateView
from devnet.near.vm.runner import Runner


@dataclass(slots=True)
class BlockRun:
    """A block being made. `burnt` counts yoctoNEAR that leave the supply."""

    block: Block
    state: Overlay
    runner: Runner
    outgoing: list[tuple[str, Receipt]] = field(default_factory=list)
    burnt: int = 0

    def keep(self, overlay: Overlay, cause: dict[str, str]) -> None:
        """Make the writes of an overlay on `state` part of the block."""
        for key, value in overlay.writes.items():
            self.state.set(key, value)
            self.block.changes.append(StateChange(key, value, cause))

    def overlay(self) -> Overlay:
        return Overlay(self.state)


def new_block_run(block: Block, before: StateView, runner: Runner) -> BlockRun:
    """Begin a block on the state that the one before left."""
    return BlockRun(block, Overlay(before), runner)


@dataclass(slots=True)
class ReceiptRun:
    """A receipt being executed. Its writes are in `state` and count only if it succeeds.

    `returned` is the result of the last action: bytes, or the receipt whose result it will be.
    """

    block: BlockRun
    receipt: ActionReceipt
    results: tuple[bytes | None, ...]
    state: Overlay
    actor_id: str
    gas_burnt: int = 0
    gas_used: int = 0
    gas_burnt_in_calls: int = 0
    logs: list[str] = field(default_factory=list)
    new_receipts: list[Receipt] = field(default_factory=list)
    returned: bytes | ActionReceipt = b""
    failure: Any = None
    data_count: int = 0

    @property
    def account(self) -> Account | None:
        return self.state.account(self.receipt.receiver_id)

    def put_account(self, account: Account | None) -> None:
        self.state.set(Key(ACCOUNT, self.receipt.receiver_id), account)

    def burn(self, gas: int) -> None:
        """Count gas that is gone."""
        self.gas_burnt += gas
        self.gas_used += gas

    def new_data_id(self) -> str:
        """A fresh id for a result that one new receipt owes to another."""
        self.data_count += 1
        return child_id(self.receipt.receipt_id, self.block.block.height, self.data_count, b"data")

    def send_data(self, data: bytes | None) -> None:
        """Send the result to those who wait for it."""
        for data_id, account_id in self.receipt.output_receivers:
            self.new_receipts.append(DataReceipt(self.receipt.receiver_id, account_id, data_id, data))


def child_id(parent: str, height: int, index: int, purpose: bytes = b"receipt") -> str:
    """An id for the `index`-th thing that a transaction or receipt brings forth."""
    content = purpose + parent.encode() + height.to_bytes(8, "little") + index.to_bytes(8, "little")
    return base58_text(hashlib.sha256(content).digest())
