"""A local EVM chain: anvil as a child process, with its hands on time, mining, finality, reorgs and state."""

import socket
import subprocess
import time
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import httpx

from devnet.evm.accounts import MNEMONIC, DevAccount, dev_account
from devnet.evm.binary import ensure_anvil
from devnet.evm.child import start_child, stop_child
from devnet.evm.keeper import Keeper
from devnet.evm.rpc import Rpc

START_SECONDS = 15.0
FREE_PORT_ATTEMPTS = 5
STATES = 256  # of the newest blocks, in memory: what is older anvil would write to ~/.foundry, for ever
KEPT_STATES = 32  # when the chain is kept: each is written out whole


class AnvilError(RuntimeError):
    """anvil did not start, or ended."""


class Anvil:
    """One chain on 127.0.0.1, a context manager. It ends with this process at the latest.

    `block_time` None mines each transaction at once in a block of its own; a number mines a block every so many
    seconds, empty ones too. The `safe` head is `epoch_slots` blocks behind the newest, `finalized` twice as many.
    Accounts 0 .. `accounts` - 1 hold 10,000 coins each. `genesis_time` is the first block's Unix time, by default now.
    With `persist`, a folder, `keep` makes it a chain that outlives a kill.
    """

    def __init__(
        self,
        chain_id: int = 31337,
        port: int = 0,
        block_time: float | None = None,
        epoch_slots: int = 1,
        accounts: int = 10,
        genesis_time: int | None = None,
        log: Path | None = None,
        persist: Path | None = None,
    ) -> None:
        self.chain_id = chain_id
        self.port = port
        self.block_time = block_time
        self.epoch_slots = epoch_slots
        self._account_count = accounts
        self._genesis_time = genesis_time
        self._log = log
        self._persist = persist
        self._load: Path | None = None
        self.keeper: Keeper | None = None
        self._child: subprocess.Popen[bytes] | None = None

    # life

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> Self:
        """Start the chain and wait until it answers. Raises `AnvilError`; `PackageError` when anvil cannot be had."""
        program = ensure_anvil()
        if self.port:
            self._launch(program, self.port)
            return self
        for attempt in range(FREE_PORT_ATTEMPTS):
            try:
                self._launch(program, _free_port())
                return self
            except AnvilError:
                if attempt == FREE_PORT_ATTEMPTS - 1:
                    raise
        return self

    def stop(self) -> None:
        """End the chain; its state is gone."""
        if self.keeper is not None:
            self.keeper.stop()
        self._end()

    def _end(self) -> None:
        if self._child is not None:
            self.rpc.close()
            stop_child(self._child)
            self._child = None

    def keep(self, interval: float | None = None) -> None:
        """From now on outlive a kill, with a block every `interval` seconds (None: by `mine` alone). Raises `AnvilError`
        without `persist`."""
        if self._persist is None:
            raise AnvilError(f"chain {self.chain_id} has no folder to be kept in: give it persist=FOLDER")
        self._genesis_time = int(self.rpc.call("eth_getBlockByNumber", "0x0", False)["timestamp"], 16)
        self.keeper = Keeper(self, self._persist, interval)
        self.keeper.begin()

    def kill9(self) -> None:
        """End the process as a power cut would; its address refuses connections until `revive`."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()

    def revive(self, lose: int = 0) -> None:
        """After the process's end: the same chain at the same address, every final block with the same hash.

        What waited in the pool is gone, and `lose` (0 or 1) of the newest blocks. Raises `AnvilError`, `KeeperError`.
        """
        if self.keeper is None:
            raise AnvilError(f"chain {self.chain_id} is not kept: call keep() while it runs")
        with self.keeper.lock:
            self._end()
            self.keeper.have_again(lose)
            self._load = self.keeper.state_file
            self._launch(ensure_anvil(), self.port)
            self.keeper.set_clock()

    def twin(self, state: Path) -> "Anvil":
        """Another anvil like this one, on a port of its own, that begins with a kept state; to be entered."""
        other = Anvil(self.chain_id, 0, None, self.epoch_slots, self._account_count, self._genesis_time)
        other._persist, other._load = self._persist, state
        return other

    @property
    def is_running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    @property
    def pid(self) -> int:
        """Process id of the running anvil. Raises `AnvilError` when it is not running."""
        if self._child is None:
            raise AnvilError("anvil is not running")
        return self._child.pid

    # access

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    @cached_property
    def rpc(self) -> Rpc:
        """Plain JSON-RPC to this chain."""
        return Rpc(self.url)

    @cached_property
    def w3(self) -> Any:
        """A web3.py client of this chain; importing it takes a second or two."""
        from web3 import HTTPProvider, Web3

        return Web3(HTTPProvider(self.url))

    @property
    def accounts(self) -> list[DevAccount]:
        """The funded accounts, in the mnemonic's order."""
        return [dev_account(index) for index in range(self._account_count)]

    # blocks and time

    @property
    def head(self) -> int:
        """Number of the newest block."""
        return int(self.rpc.call("eth_blockNumber"), 16)

    @property
    def time(self) -> int:
        """Unix time of the newest block."""
        return int(self.rpc.call("eth_getBlockByNumber", "latest", False)["timestamp"], 16)

    def mine(self, blocks: int = 1, interval: int | None = None) -> int:
        """Mine blocks now, `interval` seconds apart if given, and return the new head."""
        self.rpc.call("anvil_mine", hex(blocks), *([hex(interval)] if interval is not None else []))
        return self.head

    def finalize(self, interval: int | None = None) -> int:
        """Mine until the present head is `finalized`, and return the new head. See `mine`."""
        return self.mine(2 * self.epoch_slots, interval)

    def set_next_time(self, timestamp: int) -> None:
        """Give the next block this Unix time; it must lie after the newest block's. Later blocks go on from there."""
        self.rpc.call("evm_setNextBlockTimestamp", timestamp)

    def set_time(self, timestamp: int) -> None:
        """Mine a block with this Unix time."""
        self.set_next_time(timestamp)
        self.mine()

    def advance_time(self, seconds: int) -> None:
        """Mine a block so many seconds after the newest."""
        if self.keeper is not None:
            self.keeper.advance(seconds)
            return
        self.set_time(self.time + seconds)

    def pause_mining(self) -> None:
        """Stop mining: transactions wait in the pool until `mine` or `resume_mining`."""
        self.rpc.call("evm_setAutomine", False)
        if self.block_time is not None:
            self.rpc.call("evm_setIntervalMining", 0)

    def resume_mining(self) -> None:
        """Mine what waits, and go on as at the start. anvil takes whole seconds here: a shorter block time becomes one."""
        if self.block_time is None:
            self.rpc.call("evm_setAutomine", True)
            self.mine()
        else:
            self.mine()
            self.rpc.call("anvil_setIntervalMining", max(1, round(self.block_time)))

    def reorg(self, depth: int, transactions: list[tuple[str, int]] | None = None) -> int:
        """Replace the newest `depth` blocks by others and return the head.

        `transactions` are signed raw transactions ("0x…") with the index of the new block that holds each, 0 the oldest;
        what the old blocks held goes back to nowhere.
        """
        self.rpc.call("anvil_reorg", depth, [list(pair) for pair in transactions or []])
        return self.head

    def receipt(self, transaction_hash: str, seconds: float = 10.0) -> dict[str, Any]:
        """A transaction's receipt, waited for: anvil answers a send before its block is made. Raises `AnvilError`."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            receipt: dict[str, Any] | None = self.rpc.call("eth_getTransactionReceipt", transaction_hash)
            if receipt is not None:
                return receipt
            time.sleep(0.002)
        raise AnvilError(f"Transaction {transaction_hash} was in no block after {seconds:.0f} s")

    def drop_transaction(self, transaction_hash: str) -> None:
        """Forget a transaction that waits in the pool."""
        self.rpc.call("anvil_dropTransaction", transaction_hash)

    # state

    def snapshot(self) -> str:
        """An id for `revert`, good for one use."""
        return str(self.rpc.call("evm_snapshot"))

    def revert(self, snapshot: str) -> None:
        """Go back to the state, blocks and time of a snapshot. Raises `AnvilError` if it is unknown or was used."""
        if self.rpc.call("evm_revert", snapshot) is not True:
            raise AnvilError(f"There is no snapshot {snapshot}; each can be reverted to once")

    def impersonate(self, address: str) -> None:
        """Let `eth_sendTransaction` send from this address without its key."""
        self.rpc.call("anvil_impersonateAccount", address)

    def stop_impersonating(self, address: str) -> None:
        """End what `impersonate` began."""
        self.rpc.call("anvil_stopImpersonatingAccount", address)

    def set_code(self, address: str, code: bytes) -> None:
        """Put runtime code at an address."""
        self.rpc.call("anvil_setCode", address, "0x" + code.hex())

    def set_balance(self, address: str, wei: int) -> None:
        """Set an address's native balance."""
        self.rpc.call("anvil_setBalance", address, hex(wei))

    def set_next_base_fee(self, wei: int) -> None:
        """Set the base fee of the next block."""
        self.rpc.call("anvil_setNextBlockBaseFeePerGas", hex(wei))

    # inside

    def _launch(self, program: Path, port: int) -> None:
        self.port = port
        self.__dict__.pop("rpc", None)
        self.__dict__.pop("w3", None)
        if not _is_free(port):
            raise AnvilError(f"Port {port} on 127.0.0.1 is taken; choose another for chain {self.chain_id}")
        self._child = start_child(self._command(program, port), self._log)
        try:
            self._wait_until_it_answers()
        except BaseException:
            self._end()
            raise

    def _command(self, program: Path, port: int) -> list[str]:
        options = {
            "--host": "127.0.0.1",
            "--port": port,
            "--chain-id": self.chain_id,
            "--accounts": self._account_count,
            "--mnemonic": MNEMONIC,
            "--slots-in-an-epoch": self.epoch_slots,
            "--prune-history": STATES if self._persist is None else KEPT_STATES,  # only the states that are asked about
        }
        if self.block_time is not None:
            options["--block-time"] = self.block_time
        if self._genesis_time is not None:
            options["--timestamp"] = self._genesis_time
        if self._persist is not None:
            options["--order"] = "fifo"  # in which they came, so that a repetition has the same
        words = [str(program), *(str(word) for pair in options.items() for word in pair)]
        if self._load is not None:
            words += ["--load-state", str(self._load), "--no-mining"]
        return words if self._log else [*words, "--quiet"]

    def _wait_until_it_answers(self) -> None:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if not self.is_running:
                raise AnvilError(f"anvil ended at once on port {self.port} (chain {self.chain_id})")
            try:
                if int(self.rpc.call("eth_chainId"), 16) == self.chain_id:
                    return
            except httpx.TransportError:
                time.sleep(0.005)
        raise AnvilError(f"anvil did not answer on port {self.port} within {START_SECONDS:.0f} s")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
