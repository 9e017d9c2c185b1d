"""Receipts, what came of them, and where they wait."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from devnet.near.actions import Action

SYSTEM = "system"


@dataclass(slots=True)
class ActionReceipt:
    """Actions on their way to `receiver_id`. `output_receivers` are (data id, account) that wait for its result."""

    predecessor_id: str
    receiver_id: str
    signer_id: str
    signer_public_key: str
    gas_price: int
    actions: tuple[Action, ...]
    receipt_id: str = ""
    output_receivers: list[tuple[str, str]] = field(default_factory=list)
    input_data_ids: list[str] = field(default_factory=list)

    @property
    def is_refund(self) -> bool:
        return self.predecessor_id == SYSTEM


@dataclass(slots=True)
class DataReceipt:
    """A result on its way to the receipt that waits for it; None says that the promise failed."""

    predecessor_id: str
    receiver_id: str
    data_id: str
    data: bytes | None
    receipt_id: str = ""


Receipt = ActionReceipt | DataReceipt


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a transaction or receipt did. `status` is nearcore's JSON of an `ExecutionStatus`."""

    id: str
    block_hash: str
    executor_id: str
    status: dict[str, Any]
    receipt_ids: list[str]
    gas_burnt: int
    tokens_burnt: int
    logs: list[str] = field(default_factory=list)


@dataclass(slots=True)
class ReceiptRecord:
    """A receipt, the transaction it comes from, and its outcome once it has one."""

    receipt: Receipt
    transaction_hash: str
    outcome: Outcome | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class Ready:
    """A receipt with all the results it waited for."""

    receipt: ActionReceipt
    results: tuple[bytes | None, ...]


class Postponed:
    """Receipts that wait for results, and results whose receipts have not come."""

    def __init__(self) -> None:
        self._waiting: dict[str, ActionReceipt] = {}
        self._data: dict[str, bytes | None] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def accept(self, receipt: Receipt) -> Ready | None:
        """Take a receipt in; returns what can be executed now because of it."""
        if isinstance(receipt, DataReceipt):
            self._data[receipt.data_id] = receipt.data
            waiting = self._waiting.get(receipt.data_id)
            return self._release(waiting) if waiting is not None else None
        for data_id in receipt.input_data_ids:
            self._waiting[data_id] = receipt
        return self._release(receipt)

    def _release(self, receipt: ActionReceipt) -> Ready | None:
        if any(data_id not in self._data for data_id in receipt.input_data_ids):
            return None
        for data_id in receipt.input_data_ids:
            self._waiting.pop(data_id, None)
        return Ready(receipt, tuple(self._data.pop(data_id) for data_id in receipt.input_data_ids))


class Holds:
    """Receipts kept back on demand, to every account or to one, for a number of blocks or until released."""

    def __init__(self) -> None:
        self._rules: dict[str | None, int | None] = {}
        self._held: list[tuple[int | None, Receipt]] = []

    def __len__(self) -> int:
        return len(self._held)

    def hold(self, account_id: str | None, blocks: int | None) -> None:
        """Keep back receipts to `account_id` (None: to any) for `blocks` blocks (None: until released)."""
        self._rules[account_id] = blocks

    def release(self, account_id: str | None) -> list[Receipt]:
        """End the holding for an account (None: altogether), and give back what it held."""
        if account_id is None:
            self._rules.clear()
        self._rules.pop(account_id, None)
        freed = [receipt for _, receipt in self._held if account_id in (None, receipt.receiver_id)]
        self._held = [pair for pair in self._held if account_id not in (None, pair[1].receiver_id)]
        return freed

    def sift(self, receipts: Iterable[Receipt]) -> list[Receipt]:
        """Called once a block: what may go on now, of those held and the new ones."""
        passed = [receipt for blocks, receipt in self._held if blocks == 1]
        self._held = [(blocks and blocks - 1, receipt) for blocks, receipt in self._held if blocks != 1]
        for receipt in receipts:
            account = receipt.receiver_id
            if account not in self._rules and None not in self._rules:
                passed.append(receipt)
                continue
            blocks = self._rules[account] if account in self._rules else self._rules[None]
            self._held.append((blocks, receipt))
        return passed

    @property
    def has_timed(self) -> bool:
        """Whether blocks alone will set something free."""
        return any(blocks is not None for blocks, _ in self._held)
