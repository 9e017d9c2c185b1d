"""A chain on disk: what each block was made of, written before anybody sees the block, and a snapshot now and then.

A block follows from its parent, its height, its time, its transactions and the state: so these inputs are written down, and
a chain that comes back executes them again. Everything that was published is there after a `kill -9`; only what waited in
the pool is lost, as on a real node. Writes are handed to the operating system, not forced to the disk: they outlive the
process, not a power cut. The files are pickles: read only what you wrote yourself.
"""

import pickle
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from devnet.near.blocks import Block
from devnet.near.state import Key
from devnet.near.transactions import SignedTransaction

SNAPSHOT_TRANSACTIONS = 300  # executed since the last one: about two seconds of replay
SNAPSHOT_BLOCKS = 2000


class JournalError(RuntimeError):
    """The files in the folder are not a chain's, or do not lead to the blocks that were published."""


@dataclass(frozen=True, slots=True)
class BlockMade:
    """The inputs of one block, and what is compared after a replay."""

    height: int
    timestamp: int
    transactions: tuple[SignedTransaction, ...]
    patches: dict[Key, object]
    supply: int
    result: "Result"


class Result(NamedTuple):
    """What a block came to: enough to notice that it was executed otherwise."""

    digest: bytes
    gas_used: int
    balance_burnt: int
    total_supply: int
    receipt_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReceiptsHeld:
    """`devnet_hold_receipts`."""

    account_id: str | None
    blocks: int | None


@dataclass(frozen=True, slots=True)
class ReceiptsReleased:
    """`devnet_release_receipts`."""

    account_id: str | None


@dataclass(frozen=True, slots=True)
class PaceSet:
    """The pace and the clock from now on. `offset` is by how much, in nanoseconds, the clock is ahead of the machine's."""

    block_time: float | None
    is_paused: bool
    offset: int
    frozen: int | None


Entry = BlockMade | ReceiptsHeld | ReceiptsReleased | PaceSet


def result_of(block: Block) -> Result:
    """What a finished block came to."""
    return Result(block.digest, block.gas_used, block.balance_burnt, block.total_supply, tuple(block.receipt_ids))


class Journal:
    """Snapshots and entries in one folder. The snapshot names the file of the entries that follow it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._snapshot = folder / "snapshot"
        self._number = 0
        self._entries: BinaryIO | None = None
        self._transactions = self._blocks = 0

    def load(self) -> tuple[Any, list[Entry]] | None:
        """The newest snapshot and the entries after it, or None in an empty folder. Raises `JournalError`."""
        if not self._snapshot.exists():
            return None
        try:
            self._number, state = pickle.loads(self._snapshot.read_bytes())
        except (pickle.UnpicklingError, EOFError, TypeError, ValueError) as error:
            raise JournalError(f"{self._snapshot} is not a snapshot of a NEAR devnet: {error}") from error
        path = self._path(self._number)
        entries, end = _read(path) if path.exists() else ([], 0)
        self._entries = path.open("ab")
        self._entries.truncate(end)  # half an entry, of a process that was killed while it wrote
        for entry in entries:
            self._count(entry)
        return state, entries

    def append(self, entry: Entry) -> None:
        """Write one entry. It is safe from the process's end when this returns."""
        assert self._entries is not None
        pickle.dump(entry, self._entries, protocol=pickle.HIGHEST_PROTOCOL)
        self._entries.flush()
        self._count(entry)

    @property
    def is_long(self) -> bool:
        """Whether it is time for a snapshot."""
        return self._transactions >= SNAPSHOT_TRANSACTIONS or self._blocks >= SNAPSHOT_BLOCKS

    def snapshot(self, state: Any) -> None:
        """Put a snapshot in the place of everything before, in one step."""
        half = self._snapshot.with_suffix(".half")
        half.write_bytes(pickle.dumps((self._number + 1, state), protocol=pickle.HIGHEST_PROTOCOL))
        half.replace(self._snapshot)
        if self._entries is not None:
            self._entries.close()
            self._path(self._number).unlink()
        self._number += 1
        self._entries = self._path(self._number).open("wb")
        self._transactions = self._blocks = 0

    def _count(self, entry: Entry) -> None:
        if isinstance(entry, BlockMade):
            self._blocks += 1
            self._transactions += len(entry.transactions)

    def _path(self, number: int) -> Path:
        return self._folder / f"entries-{number}"


def _read(path: Path) -> tuple[list[Entry], int]:
    """Whole entries, and where the last one ends."""
    entries, end = [], 0
    with path.open("rb") as file:
        for entry in _entries(file):
            entries.append(entry)
            end = file.tell()
    return entries, end


def _entries(file: BinaryIO) -> Iterator[Entry]:
    while True:
        try:
            yield pickle.load(file)
        except (EOFError, pickle.UnpicklingError):
            return
