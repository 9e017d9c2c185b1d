"""An anvil that can be killed: its blocks are written down as they are mined, and mined again with the same hashes.

anvil forgets everything when it is killed, and a real chain never forgets a final block. So the keeper mines the blocks
itself and writes each down (time, transactions, hash) before it mines the next. A block is final two epochs later, so
every final block is written down; at most the newest, which is not, may be lost: a reorg as every chain has them. From the
same state the same transactions in the same order with the same times give the same hashes, and that is checked.

The chain is mined again by an anvil on another port, so that nobody sees it half grown; then one on the old port takes its
state over. Nothing that was put into the state by hand (`set_balance`, `set_code`) is in a block: call `checkpoint` after it.
"""

import gzip
import json
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from devnet.evm.rpc import RpcError

if TYPE_CHECKING:
    from devnet.evm.anvil import Anvil

CHECKPOINT_BLOCKS = 300  # mined again in a few seconds
WAIT_SECONDS = 0.02
# an answer that was cut short is a ValueError; a client that was closed, by `stop` or `revive`, says RuntimeError
_UNREACHABLE = (httpx.TransportError, RpcError, ValueError, RuntimeError)


class KeeperError(RuntimeError):
    """A chain could not be had again as it was."""


@dataclass(frozen=True, slots=True)
class Mined:
    """One block: Unix seconds, signed transactions in their order, and the hash that must come out."""

    number: int
    timestamp: int
    hash: str
    transactions: list[str]


class Keeper:
    """Mines a chain every `interval` seconds (None: only when asked) and keeps it in `folder`."""

    def __init__(self, anvil: "Anvil", folder: Path, interval: float | None) -> None:
        self.anvil = anvil
        self.interval = interval
        self.complaint = ""  # why it mines no more
        self._folder = folder
        self._state, self._journal = folder / "state.json", folder / "blocks.jsonl"
        self._lock = threading.RLock()
        self._written = self._newest = self._ahead = 0  # a height, a Unix time, seconds before the machine's clock
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def state_file(self) -> Path:
        """What `anvil --load-state` begins with."""
        return self._state

    def begin(self) -> None:
        """Take over the mining of a chain that answers. Where its time is ahead of the clock, it stays so."""
        self.anvil.rpc.call("evm_setAutomine", False)
        self.anvil.rpc.call("evm_setIntervalMining", 0)
        if self.anvil.head == 0:
            self.anvil.mine()  # with nothing but genesis to begin with, anvil forgets the base fee
        self.checkpoint()
        self._ahead = max(0, self._newest - int(time.time()))
        if self.interval is not None:
            self._thread = threading.Thread(target=self._mine_for_ever, name="keeper", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Mine no more."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(10)

    def mine(self) -> None:
        """One block, written down. What others mined meanwhile is written down too. Raises as the RPC does."""
        with self._lock:
            self._write_down()  # those of somebody who mined by himself
            # an anvil that begins with a state goes by that state's time, not by the clock
            self.anvil.rpc.call("evm_setNextBlockTimestamp", self._next_time())
            self.anvil.rpc.call("evm_mine")
            self._write_down()
            if self._written % CHECKPOINT_BLOCKS == 0:
                self.checkpoint()

    def advance(self, seconds: int) -> None:
        """Mine a block so many seconds after the newest, and stay ahead of the clock by as much."""
        with self._lock:
            self._write_down()
            self._ahead = self._newest + seconds - int(time.time())
            self.mine()

    def set_clock(self) -> None:
        """Give a chain that was had again today's time: what it simulates is judged by that until the next block."""
        self.anvil.rpc.call("evm_setTime", self._next_time())

    def checkpoint(self) -> None:
        """Keep the state as it is now, in the place of the blocks that led to it."""
        with self._lock:
            _keep_state(self.anvil, self._state)
            self._written, self._newest = self.anvil.head, self.anvil.time
            self._journal.write_text("")

    def have_again(self, lose: int = 0) -> None:
        """After anvil's end: make the state file what the last block left. `lose` of the newest blocks are left out,
        which may not be more than one: a final block would go. Raises `KeeperError`."""
        with self._lock:
            blocks = self._kept_blocks()
            blocks = blocks[: len(blocks) - lose]
            with self.anvil.twin(self._state) as twin:
                for block in blocks:
                    _mine_again(twin, block)
                _keep_state(twin, self._state)
                self._written, self._newest = twin.head, twin.time
            self._journal.write_text("")

    @property
    def lock(self) -> threading.RLock:
        """Held while a block is mined and written down."""
        return self._lock

    # inside

    def _mine_for_ever(self) -> None:
        assert self.interval is not None
        due = time.monotonic()
        while not self._stopping.is_set():
            due = max(due + self.interval, time.monotonic())
            if self._stopping.wait(max(0.0, due - time.monotonic())):
                return
            try:
                self.mine()
            except KeeperError as error:
                self.complaint = str(error)
                return
            except _UNREACHABLE:
                self._stopping.wait(WAIT_SECONDS)  # it was killed: `have_again` takes the lock

    def _next_time(self) -> int:
        return max(self._newest + 1, int(time.time()) + self._ahead)

    def _write_down(self) -> None:
        head = self.anvil.head
        if head < self._written:
            raise KeeperError(f"chain {self.anvil.chain_id} fell from block {self._written} to {head}")
        blocks = [self._mined(number) for number in range(self._written + 1, head + 1)]
        if not blocks:
            return
        with self._journal.open("a") as file:
            file.writelines(json.dumps(asdict(block)) + "\n" for block in blocks)
        self._written, self._newest = head, blocks[-1].timestamp
        self._ahead = max(self._ahead, self._newest - int(time.time()) - 1)

    def _mined(self, number: int) -> Mined:
        rpc = self.anvil.rpc
        block: dict[str, Any] = rpc.call("eth_getBlockByNumber", hex(number), False)
        hashes = block["transactions"]
        raw = rpc.batch([("eth_getRawTransactionByHash", each) for each in hashes]) if hashes else []
        return Mined(number, int(block["timestamp"], 16), block["hash"], raw)

    def _kept_blocks(self) -> list[Mined]:
        """Whole lines only: one that a kill cut short is of a block that was not followed by another."""
        lines = self._journal.read_text().splitlines(keepends=True) if self._journal.exists() else []
        return [Mined(**json.loads(line)) for line in lines if line.endswith("\n")]


def _mine_again(anvil: "Anvil", block: Mined) -> None:
    for raw in block.transactions:  # one by one: anvil carries out the calls of a batch in any order
        anvil.rpc.call("eth_sendRawTransaction", raw)
    anvil.rpc.call("evm_setNextBlockTimestamp", block.timestamp)
    anvil.rpc.call("evm_mine")
    found = anvil.rpc.call("eth_getBlockByNumber", "latest", False)["hash"]
    if found != block.hash:
        raise KeeperError(
            f"block {block.number} of chain {anvil.chain_id} was {block.hash}, and is {found} when mined again: "
            "something that no block holds was changed without a checkpoint"
        )


def _keep_state(anvil: "Anvil", path: Path) -> None:
    """In one step, so that a kill leaves the old one or the new one."""
    dumped: str = anvil.rpc.call("anvil_dumpState", True)
    half = path.with_suffix(".half")
    half.write_bytes(gzip.decompress(bytes.fromhex(dumped[2:])))
    half.replace(path)
