"""A NEAR devnet as a child process, and hands to work with it: the chain that tests and the demo start."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from devnet.evm.child import start_child, stop_child
from devnet.near.client import NearRpcError
from devnet.near.operator import Json, NearCallFailed, Operator
from devnet.near.transactions import write_deploy_contract, write_function_call, write_transfer
from devnet.npm import ROOT, VAR

__all__ = ["NearCallFailed", "NearDevnet", "NearDevnetError", "NearRpcError"]

START_SECONDS = 20.0
DEFAULT_GAS = 10**14
_NOT_RUNNING = "the NEAR devnet is not running: start() it, or use it in a `with` block"


class NearDevnetError(RuntimeError):
    """The devnet did not start, or is not running."""


class NearDevnet:
    """One chain on 127.0.0.1, a context manager; it ends with this process at the latest.

    `block_time` None makes blocks for each transaction at once, until its receipts are executed and final; a number makes a
    block every so many seconds, empty ones too. The final head is `final_lag` blocks behind the newest. `accounts` maps
    names to yoctoNEAR; `keys` has the private key of each, `ed25519:<base58 of 64 bytes>`. `url` is where the RPC answers.
    `genesis` is a file as `devnet.near.genesis.read_world` wants it; the other options are those of `DevnetConfig`.
    `log` is a file for what the devnet prints. With `persist`, a folder, no published block is lost when the process is
    killed: `revive` goes on with the same chain at the same address.
    """

    def __init__(
        self,
        port: int = 0,
        block_time: float | None = None,
        final_lag: int = 2,
        accounts: Mapping[str, int] | None = None,
        genesis: Path | None = None,
        skip_every: int = 0,
        state_history: int = 400,
        block_history: int = 20_000,
        poll_timeout: float = 10.0,
        module_cache: Path = VAR / "near-modules",
        log: Path | None = None,
        persist: Path | None = None,
    ) -> None:
        self.final_lag = final_lag
        self.keys: dict[str, str] = {}
        self.url = ""
        self._log = log
        self._port = port
        self._persist = persist
        options = {
            "--persist": persist,
            "--block-time": block_time,
            "--final-lag": final_lag,
            "--genesis": genesis,
            "--skip-every": skip_every,
            "--state-history": state_history,
            "--block-history": block_history,
            "--poll-timeout": poll_timeout,
            "--module-cache": module_cache,
        }
        self._options = [word for name, value in options.items() if value is not None for word in (name, str(value))]
        for name, amount in (accounts or {}).items():
            self._options += ["--account", f"{name}={amount}"]
        self._child: subprocess.Popen[bytes] | None = None
        self._operator: Operator | None = None

    # life

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> Self:
        """Start the chain and wait until it answers. Raises `NearDevnetError`."""
        with tempfile.TemporaryDirectory(prefix="near-devnet-") as folder:
            ready = Path(folder) / "url"
            log = self._log or Path(folder) / "log"
            options = ["--port", str(self._port), *self._options, "--ready-file", str(ready)]
            self._child = start_child([sys.executable, "-c", _PROGRAM, *options], log)
            try:
                greeting = json.loads(self._wait_for(ready, log))
            except NearDevnetError:
                self.stop()
                raise
        self.url, self.keys = greeting["url"], greeting["keys"]
        self._operator = Operator(self.url, self.keys)
        return self

    def kill9(self) -> None:
        """End the process as a power cut would; its address refuses connections until `revive`."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()

    def revive(self) -> None:
        """After the process's end: the same chain at the same address, with every block that was published.

        Raises `NearDevnetError` when it does not come back, or is not kept (`persist`).
        """
        if self._persist is None:
            raise NearDevnetError("this NEAR devnet is kept nowhere: start it with persist=FOLDER")
        self._port = urlsplit(self.url).port or 0
        self.stop()
        self.start()

    def stop(self) -> None:
        """End the chain; its state is gone, unless it is kept."""
        if self._operator is not None:
            self._operator.close()
            self._operator = None
        if self._child is not None:
            stop_child(self._child)
            self._child = None

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return self._child is not None and self._child.poll() is None

    @property
    def pid(self) -> int:
        """The process. Raises `NearDevnetError` when it is not running."""
        if self._child is None:
            raise NearDevnetError(_NOT_RUNNING)
        return self._child.pid

    # asking

    def rpc(self, method: str, params: Json = None) -> Json:
        """The result of any RPC method, as any client would get it (faults included). Raises `NearRpcError`."""
        return self._hands.rpc(method, params)

    def view(self, account: str, method: str, args: Json = None, finality: str = "optimistic") -> Json:
        """What a view method returns, from JSON; None for nothing. Raises `NearRpcError`."""
        return self._hands.view(account, method, args, finality)

    def balance(self, account: str, finality: str = "optimistic") -> int:
        """YoctoNEAR of an account. Raises `NearRpcError`."""
        return int(self._hands.query("view_account", finality, account_id=account)["amount"])

    # acting

    def call(
        self,
        signer: str,
        receiver: str,
        method: str,
        args: Json = None,
        deposit: int = 0,
        gas: int = DEFAULT_GAS,
        check: bool = True,
    ) -> dict[str, Any]:
        """Call a contract and wait until all is final: the outcome in the shape of EXPERIMENTAL_tx_status.

        `args` is an object for JSON, or bytes; `deposit` in yoctoNEAR. Raises `NearCallFailed` when a receipt failed (refunds
        do not count) unless `check` is off, and `NearRpcError` when the transaction is not taken.
        """
        action = write_function_call(method, self._hands.encode(args), gas, deposit)
        return self._hands.send(signer, receiver, [action], check)

    def send(self, signer: str, receiver: str, actions: list[bytes], check: bool = True) -> dict[str, Any]:
        """Like `call`, with ready-made borsh actions (`devnet.near.transactions.write_...`)."""
        return self._hands.send(signer, receiver, actions, check)

    def transfer(self, signer: str, receiver: str, amount: int, check: bool = True) -> dict[str, Any]:
        """Send yoctoNEAR. Returns and raises as `call`."""
        return self._hands.send(signer, receiver, [write_transfer(amount)], check)

    def sign(self, signer: str, receiver: str, actions: list[bytes]) -> bytes:
        """A signed transaction with the account's next nonce, to be sent by other means."""
        return self._hands.sign(signer, receiver, actions)

    def deploy(
        self, account: str, wasm: bytes, init_method: str | None = None, init_args: Json = None
    ) -> dict[str, Any]:
        """Put a contract on an account whose key we have, and initialise it in the same transaction. Raises as `call`."""
        actions = [write_deploy_contract(wasm)]
        if init_method is not None:
            actions.append(write_function_call(init_method, self._hands.encode(init_args), DEFAULT_GAS, 0))
        return self._hands.send(account, account, actions, check=True)

    def advance_time(self, seconds: float) -> None:
        """Jump ahead. Blocks are made at once until the final one has the new time, so that views see it too."""
        self.rpc("devnet_advance_time", {"nanoseconds": round(seconds * 10**9)})
        self.mine(self.final_lag + 1)

    def mine(self, n: int = 1) -> None:
        """Make `n` blocks now."""
        self.rpc("devnet_mine", {"blocks": n})

    # the rest

    @property
    def _hands(self) -> Operator:
        if self._operator is None:
            raise NearDevnetError(_NOT_RUNNING)
        return self._operator

    def _wait_for(self, ready: Path, log: Path) -> str:
        assert self._child is not None
        end = time.monotonic() + START_SECONDS
        while not ready.exists():
            if self._child.poll() is not None:
                said = log.read_text(errors="replace").strip()[-2000:]
                raise NearDevnetError(f"the NEAR devnet ended with {self._child.returncode} at its start: {said}")
            if time.monotonic() > end:
                raise NearDevnetError(f"the NEAR devnet did not answer within {START_SECONDS:.0f} s")
            time.sleep(0.01)
        return ready.read_text()


# the parent's working directory may be any
_PROGRAM = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from devnet.near.__main__ import main; sys.exit(main())"
