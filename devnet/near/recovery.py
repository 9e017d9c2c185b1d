"""A chain that is kept in a folder: begun there, or had again as it was when its process ended."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from devnet.near.blocks import Block, BlockChain, TransactionRecord
from devnet.near.chain import Chain
from devnet.near.config import DevnetConfig
from devnet.near.genesis import World
from devnet.near.journal import BlockMade, Entry, Journal, JournalError, PaceSet, ReceiptsHeld, result_of
from devnet.near.producer import Ledger
from devnet.near.receipts import Holds
from devnet.near.state import StateStore


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything of a chain between two blocks. The transactions that wait in the pool are not of it."""

    store: StateStore
    blocks: BlockChain
    ledger: Ledger
    holds: Holds
    burnt: int
    pace: PaceSet

    @classmethod
    def of(cls, chain: Chain) -> Self:
        pace = PaceSet(chain.block_time, chain.is_paused, chain.clock.offset, chain.clock.frozen)
        return cls(chain.store, chain.blocks, chain.ledger, chain.holds, chain.burnt, pace)

    def give(self, chain: Chain) -> None:
        """Make the chain what it was."""
        chain.store, chain.blocks, chain.ledger = self.store, self.blocks, self.ledger
        chain.holds, chain.burnt = self.holds, self.burnt
        _set_pace(chain, self.pace)


class KeptChain(Chain):
    """A chain whose published blocks outlive its process. Raises `JournalError` when they cannot be had again."""

    def __init__(self, config: DevnetConfig, world: World, folder: Path) -> None:
        super().__init__(config, world)
        journal = Journal(folder)
        kept = journal.load()
        if kept is None:
            journal.snapshot(Snapshot.of(self))
        else:
            snapshot, entries = kept
            snapshot.give(self)
            with self.lock:
                for entry in entries:
                    self._repeat(entry)
        self.journal = journal

    def produce(self) -> Block:
        """As ever; and now and then a snapshot, so that a recovery need not repeat everything."""
        with self.lock:
            block = super().produce()
            if self.journal is not None and self.journal.is_long:
                self.journal.snapshot(Snapshot.of(self))
            return block

    def _repeat(self, entry: Entry) -> None:
        if isinstance(entry, BlockMade):
            self._repeat_block(entry)
        elif isinstance(entry, ReceiptsHeld):
            self.holds.hold(entry.account_id, entry.blocks)
        elif isinstance(entry, PaceSet):
            _set_pace(self, entry)
        else:
            self.ledger.incoming[:0] = self.holds.release(entry.account_id)

    def _repeat_block(self, made: BlockMade) -> None:
        for transaction in made.transactions:
            self.ledger.transactions[transaction.hash] = TransactionRecord(transaction)
        block = self.make_block(made.height, made.timestamp, list(made.transactions), made.patches, made.supply)
        if result_of(block) != made.result:
            raise JournalError(f"block {made.height} came out otherwise than it was published: {result_of(block)}")
        self.publish(block)


def _set_pace(chain: Chain, pace: PaceSet) -> None:
    chain.block_time, chain.is_paused = pace.block_time, pace.is_paused
    chain.clock.set(time.time_ns() + pace.offset)
    chain.clock.frozen = pace.frozen
