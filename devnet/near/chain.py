"""The chain: takes transactions, makes blocks, keeps state. Everything that changes it holds `lock`."""

import threading
import time
from pathlib import Path

from devnet.near import genesis
from devnet.near.admission import charge, check_form
from devnet.near.blocks import Block, BlockChain, TransactionRecord
from devnet.near.clock import Clock
from devnet.near.config import DevnetConfig, check_block_time
from devnet.near.errors import TransactionRejected
from devnet.near.execution.runs import new_block_run
from devnet.near.journal import BlockMade, Journal, PaceSet, ReceiptsHeld, ReceiptsReleased, result_of
from devnet.near.parameters import TRANSACTION_VALIDITY_BLOCKS
from devnet.near.producer import Ledger, fill_block
from devnet.near.receipts import Holds
from devnet.near.state import Key, StateStore, StateView
from devnet.near.transactions import SignedTransaction
from devnet.near.vm.modules import ModuleCache
from devnet.near.vm.runner import Runner

# a contract that calls itself for ever must not hang an instant chain
MAX_BLOCKS_TO_SETTLE = 2000


class Chain:
    """One chain with one shard. `burnt` is what left the supply since genesis, in yoctoNEAR.

    With a `journal` the chain can be had again after its process was killed (`devnet.near.recovery`).
    """

    def __init__(
        self, config: DevnetConfig, world: genesis.World | None = None, journal: Journal | None = None
    ) -> None:
        self.config = config
        self.clock = Clock()
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        # told when `block_time` or `is_paused` is another
        self.pace_changed = threading.Condition(self.lock)
        self.block_time = config.block_time
        self.started = time.time()
        self.runner = Runner(ModuleCache(Path(config.module_cache) if config.module_cache else None))
        self.store = StateStore(config.state_history)
        world = world or genesis.World(accounts=dict(config.accounts))
        first = genesis.make_block(config.genesis_height, self.clock.now(), world)
        self.store.commit(first.ordinal, world.writes())
        self.blocks = BlockChain(first, config.final_lag, config.block_history)
        self.ledger = Ledger()
        self.holds = Holds()
        self.is_paused = False
        self.burnt = 0
        self._pending: dict[str, SignedTransaction] = {}
        self._patches: dict[Key, object] = {}
        self._patched_supply = 0
        self._skip = 0
        self.journal = journal

    # reading

    @property
    def head(self) -> Block:
        return self.blocks.heads.optimistic

    @property
    def is_instant(self) -> bool:
        return self.block_time is None

    @property
    def head_state(self) -> StateView:
        """The state after the newest block."""
        return StateView(self.store, self.head.ordinal)

    def state_at(self, block: Block) -> StateView | None:
        """The state after a block, or None when it is too old."""
        # counted in blocks: heights may be skipped by the thousand
        if block.ordinal < self.head.ordinal - self.config.state_history:
            return None
        return StateView(self.store, block.ordinal)

    # transactions

    def check(self, transaction: SignedTransaction) -> None:
        """Raise `TransactionRejected` if the newest state does not allow this transaction."""
        block = self.blocks.by_hash(transaction.block_hash)
        if block is None or self.head.height - block.height > TRANSACTION_VALIDITY_BLOCKS:
            raise TransactionRejected("Expired")
        check_form(transaction)
        charge(transaction, self.head_state, self.head.height)

    def submit(self, transaction: SignedTransaction) -> None:
        """Take a transaction; one that is known already is left alone. Raises `TransactionRejected`."""
        with self.lock:
            if transaction.hash in self.ledger.transactions:
                return
            self.check(transaction)
            self.ledger.transactions[transaction.hash] = TransactionRecord(transaction)
            self._pending[transaction.hash] = transaction
            if self.is_instant and not self.is_paused:
                self.settle()

    # receipts

    def hold_receipts(self, account_id: str | None, blocks: int | None) -> None:
        """Keep back receipts to an account (None: to any) for `blocks` blocks (None: until released)."""
        with self.lock:
            self.holds.hold(account_id, blocks)
            if self.journal is not None:
                self.journal.append(ReceiptsHeld(account_id, blocks))

    def release_receipts(self, account_id: str | None) -> None:
        """Let go of what is held for an account, or of everything."""
        with self.lock:
            self.ledger.incoming[:0] = self.holds.release(account_id)
            if self.journal is not None:
                self.journal.append(ReceiptsReleased(account_id))
            if self.is_instant and not self.is_paused:
                self.settle()

    # blocks

    def produce(self) -> Block:
        """Make one block of what is there, be it nothing."""
        with self.lock:
            # a signer's transactions in the order of their nonces, as nearcore's pool gives them
            pending = sorted(self._pending.values(), key=lambda each: each.nonce)
            patches, supply = self._patches, self._patched_supply
            self._pending, self._patches, self._patched_supply = {}, {}, 0
            timestamp = max(self.clock.now(), self.head.timestamp + 1)
            block = self.make_block(self._next_height(), timestamp, pending, patches, supply)
            if self.journal is not None:
                made = BlockMade(block.height, timestamp, tuple(pending), patches, supply, result_of(block))
                self.journal.append(made)
            self.publish(block)
            return block

    def make_block(
        self, height: int, timestamp: int, pending: list[SignedTransaction], patches: dict[Key, object], supply: int
    ) -> Block:
        """Execute one block on the newest one, whose state is then stored; nobody sees it before `publish`."""
        block = self.blocks.make_next(height, timestamp)
        run = new_block_run(block, self.head_state, self.runner)
        for key, value in patches.items():
            run.state.set(key, value)
        fill_block(run, self.ledger, pending, self.holds.sift)
        self.burnt += run.burnt
        block.balance_burnt = run.burnt
        block.total_supply += supply - run.burnt
        self.store.commit(block.ordinal, run.state.writes)
        return block

    def publish(self, block: Block) -> None:
        """Make a block the newest for everyone."""
        for old in self.blocks.append(block):
            self.ledger.forget(old)
        self.changed.notify_all()

    def settle(self) -> None:
        """Make blocks until no receipt is on its way, and then until the last of these blocks is final."""
        with self.lock:
            self.produce()
            for _ in range(MAX_BLOCKS_TO_SETTLE):
                if self.ledger.is_settled and not self._pending and not self.holds.has_timed:
                    break
                self.produce()
            last = self.head.height
            while self.blocks.heads.final.height < last:
                self.produce()

    def skip_heights(self, count: int) -> None:
        """Leave so many heights out before the next block."""
        with self.lock:
            self._skip += count

    def fast_forward(self, heights: int) -> None:
        """Jump ahead by so many heights and as many block times (or seconds, without one)."""
        with self.lock:
            self.advance_clock(round(heights * (self.block_time or 1.0) * 10**9))
            self.skip_heights(max(0, heights - 1))
            self.produce()
            last = self.head.height
            while self.blocks.heads.final.height < last:
                self.produce()

    def patch(self, writes: dict[Key, object], supply: int) -> None:
        """Write straight into the state, with a block of its own; `supply` is by how much the total grows."""
        with self.lock:
            self._patches.update(writes)
            self._patched_supply += supply
            self.produce()
            if self.is_instant:
                self.settle()

    # pace

    def pause(self) -> None:
        """Make no blocks but those that are asked for."""
        with self.lock:
            self.is_paused = True
            self.note_pace()
            self.pace_changed.notify_all()

    def resume(self) -> None:
        """End a pause; an instant chain works off what came meanwhile."""
        with self.lock:
            self.is_paused = False
            self._follow_pace()

    def set_block_time(self, seconds: float | None) -> None:
        """A block every so many seconds from now on; None: for transactions only, at once. Raises `ConfigError`."""
        check_block_time(seconds)
        with self.lock:
            self.block_time = seconds
            self._follow_pace()

    def set_clock(self, timestamp: int, *, frozen: bool = False) -> None:
        """Go on from this time, in nanoseconds since 1970, or stand still there."""
        with self.lock:
            self.clock.set(timestamp, frozen)
            self.note_pace()

    def advance_clock(self, nanoseconds: int) -> None:
        """Jump ahead; the next block has the new time."""
        with self.lock:
            self.clock.advance(nanoseconds)
            self.note_pace()

    def note_pace(self) -> None:
        """Write down the pace and the clock, where the chain is kept."""
        if self.journal is not None:
            self.journal.append(PaceSet(self.block_time, self.is_paused, self.clock.offset, self.clock.frozen))

    def _follow_pace(self) -> None:
        self.note_pace()
        if self.is_instant and not self.is_paused and (self._pending or not self.ledger.is_settled):
            self.settle()
        self.changed.notify_all()
        self.pace_changed.notify_all()

    def _next_height(self) -> int:
        height = self.head.height + 1 + self._skip
        self._skip = 0
        every = self.config.skip_every
        return height + 1 if every and height % every == 0 else height
