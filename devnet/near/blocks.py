"""Blocks, and the three heads: the newest, the near-final and the final one."""

import hashlib
from collections import deque
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from devnet.near.keys import base58_text
from devnet.near.receipts import Outcome, Receipt
from devnet.near.state import Key
from devnet.near.transactions import SignedTransaction

ZERO_HASH = base58_text(bytes(32))


class StateChange(NamedTuple):
    """One write (None: a deletion) and why, as nearcore's JSON of a cause."""

    key: Key
    value: Any
    cause: dict[str, str]


@dataclass(slots=True)
class TransactionRecord:
    """A transaction, and once it is in a block, where and with which outcome."""

    transaction: SignedTransaction
    block: "Block | None" = None
    outcome: Outcome | None = None


@dataclass(slots=True)
class Block:
    """A block with its only chunk. Hashes are base58 texts, `timestamp` is in nanoseconds.

    `near_final` and `final` are what those heads are when this block is the newest; None stands for the block itself.
    """

    height: int
    digest: bytes
    timestamp: int
    ordinal: int
    prev_hash: str = ZERO_HASH
    prev_height: int = 0
    near_final: "tuple[str, int] | None" = None
    final: "tuple[str, int] | None" = None
    transactions: list[TransactionRecord] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    receipt_ids: list[str] = field(default_factory=list)
    changes: list[StateChange] = field(default_factory=list)
    gas_used: int = 0
    balance_burnt: int = 0
    total_supply: int = 0

    @property
    def hash(self) -> str:
        return base58_text(self.digest)

    @property
    def chunk_hash(self) -> str:
        return base58_text(hashlib.sha256(b"chunk" + self.digest).digest())

    @property
    def random_value(self) -> bytes:
        return hashlib.sha256(b"random" + self.digest).digest()


@dataclass(frozen=True, slots=True)
class Heads:
    """What the three finalities stand for, replaced as a whole by every block."""

    optimistic: Block
    near_final: Block
    final: Block


class BlockChain:
    """The blocks that are young enough, by height, hash and chunk hash."""

    def __init__(self, genesis: Block, final_lag: int, history: int) -> None:
        self.genesis = genesis
        self.heads = Heads(genesis, genesis, genesis)
        self._final_lag = final_lag
        self._history = history
        self._order: deque[Block] = deque()
        self._by_height: dict[int, Block] = {}
        self._by_hash: dict[str, Block] = {}
        self._by_chunk_hash: dict[str, Block] = {}
        self._add(genesis)

    def __len__(self) -> int:
        return len(self._order)

    @property
    def earliest(self) -> Block:
        return self._order[0]

    def at_height(self, height: int) -> Block | None:
        return self._by_height.get(height)

    def by_hash(self, block_hash: str) -> Block | None:
        return self._by_hash.get(block_hash)

    def by_chunk_hash(self, chunk_hash: str) -> Block | None:
        return self._by_chunk_hash.get(chunk_hash)

    def behind(self, block: Block, count: int) -> Block:
        """The ancestor `count` blocks back, or the oldest known."""
        for _ in range(count):
            before = self._by_hash.get(block.prev_hash)
            if before is None:
                break
            block = before
        return block

    def make_next(self, height: int, timestamp: int) -> Block:
        """A block on the newest one, not yet part of the chain."""
        head = self.heads.optimistic
        content = head.digest + height.to_bytes(8, "little") + timestamp.to_bytes(8, "little")
        block = Block(
            height=height,
            digest=hashlib.sha256(content).digest(),
            timestamp=timestamp,
            ordinal=head.ordinal + 1,
            prev_hash=head.hash,
            prev_height=head.height,
            total_supply=head.total_supply,
        )
        final, near_final = self._ancestors(block)
        block.final, block.near_final = (final.hash, final.height), (near_final.hash, near_final.height)
        return block

    def append(self, block: Block) -> list[Block]:
        """Make a block the newest. Returns the blocks that are too old now and were forgotten."""
        final, near_final = self._ancestors(block)
        self._add(block)
        self.heads = Heads(block, near_final, final)
        forgotten = []
        while len(self._order) > self._history:
            old = self._order.popleft()
            del self._by_height[old.height], self._by_hash[old.hash], self._by_chunk_hash[old.chunk_hash]
            forgotten.append(old)
        return forgotten

    def _ancestors(self, block: Block) -> tuple[Block, Block]:
        """The final and near-final blocks once `block` is the newest."""
        return (
            self._consecutive(block, self._final_lag) or self.heads.final,
            self._consecutive(block, min(1, self._final_lag)) or self.heads.near_final,
        )

    def _consecutive(self, block: Block, count: int) -> Block | None:
        """The ancestor `count` back if no height was skipped since: only then does a block become final (Doomslug)."""
        for _ in range(count):
            before = self._by_hash.get(block.prev_hash)
            if before is None or before.height != block.height - 1:
                return None
            block = before
        return block

    def _add(self, block: Block) -> None:
        self._order.append(block)
        self._by_height[block.height] = block
        self._by_hash[block.hash] = block
        self._by_chunk_hash[block.chunk_hash] = block
