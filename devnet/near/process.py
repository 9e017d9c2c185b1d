"""A NEAR devnet as a child process: for tests and the demo."""

import base64
import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import IO, Any, Self

from devnet.near.client import Client
from devnet.near.genesis import DEFAULT_AMOUNT
from devnet.near.keys import hash_bytes, public_key_of
from devnet.near.transactions import (
    write_deploy_contract,
    write_function_call,
    write_signed_transaction,
    write_transfer,
)

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 30.0
STOP_SECONDS = 5.0
TERA = 10**12
DEFAULT_GAS = 300 * TERA


class DevnetError(RuntimeError):
    """The devnet did not start, or has ended; the message holds what it said last."""


class CallFailed(RuntimeError):
    """A transaction failed on chain. `outcome` is its whole outcome, `failure` the error."""

    def __init__(self, outcome: dict[str, Any]) -> None:
        self.outcome = outcome
        self.failure = outcome["status"]["Failure"]
        super().__init__(json.dumps(self.failure))


class NearDevnet:
    """One chain on 127.0.0.1, a context manager; it ends with this process at the latest.

    `block_time` None makes blocks for transactions at once, and the final head with them; a number makes a block every so
    many seconds. `accounts` maps names to yoctoNEAR. `keys` has the private key of each. `log` is a file for what the
    devnet writes to its standard error. Further options are those of `DevnetConfig`.
    """

    def __init__(
        self,
        port: int = 0,
        block_time: float | None = None,
        final_lag: int = 2,
        accounts: dict[str, int] | None = None,
        genesis: Path | None = None,
        skip_every: int = 0,
        state_history: int = 400,
        block_history: int = 20_000,
        poll_timeout: float = 10.0,
        module_cache: Path | None = ROOT / "var" / "near" / "modules",
        log: Path | None = None,
    ) -> None:
        self.keys: dict[str, str] = {}
        self.url = ""
        self._log = log
        self._child: subprocess.Popen[str] | None = None
        self._errors: IO[bytes] | None = None
        self._nonces: dict[str, int] = {}
        self._nonce_lock = threading.Lock()
        options = {
            "--port": port,
            "--block-time": block_time,
            "--final-lag": final_lag,
            "--skip-every": skip_every,
            "--state-history": state_history,
            "--block-history": block_history,
            "--poll-timeout": poll_timeout,
            "--module-cache": module_cache,
            "--genesis": genesis,
        }
        self._options = [word for name, value in options.items() if value is not None for word in (name, str(value))]
        for name, amount in (accounts or {}).items():
            self._options += ["--account", f"{name}={amount}"]

    # life

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> Self:
        """Start the chain and wait until it answers. Raises `DevnetError`."""
        command = [sys.executable, "-m", "devnet.near", *self._options, "--parent", str(os.getpid())]
        self._errors = self._open_log()
        self._child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._errors, cwd=ROOT, text=True
        )
        self._read_greeting(self._child)
        self.client = Client(self.url)
        return self

    def stop(self) -> None:
        """End the chain; its state is gone."""
        if self._child is None:
            return
        self._child.terminate()
        try:
            self._child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        if self._child.stdout is not None:
            self._child.stdout.close()
        if self._errors is not None:
            self._errors.close()
        self._child = None

    @property
    def is_running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    @property
    def pid(self) -> int:
        """Process id of the running devnet. Raises `DevnetError` when it is not running."""
        if self._child is None:
            raise DevnetError("the NEAR devnet is not running")
        return self._child.pid

    def errors(self) -> str:
        """What the devnet has written to its standard error."""
        if self._errors is None or self._errors.closed:
            return ""
        return Path(self._errors.name).read_text(errors="replace")

    # calls

    def rpc(self, method: str, params: Any = None) -> Any:
        """The result of any RPC method. Raises `RpcFailure`."""
        return self.client.call(method, params)

    def call(
        self,
        signer: str,
        receiver: str,
        method: str,
        args: dict[str, Any] | bytes | None = None,
        deposit: int = 0,
        gas: int = DEFAULT_GAS,
        check: bool = True,
    ) -> dict[str, Any]:
        """Call a contract and wait until everything that follows is final. Returns the outcome with its receipts.

        Raises `CallFailed` if the transaction failed, unless `check` is False. A failed receipt later on does not raise.
        """
        return self.send(signer, receiver, [write_function_call(method, _encode(args), gas, deposit)], check)

    def transfer(self, signer: str, receiver: str, amount: int, check: bool = True) -> dict[str, Any]:
        """Send yoctoNEAR; like `call`."""
        return self.send(signer, receiver, [write_transfer(amount)], check)

    def deploy(
        self,
        account: str,
        wasm: bytes,
        init_method: str | None = None,
        init_args: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Deploy a contract to an account of ours, and initialise it in the same transaction; like `call`."""
        actions = [write_deploy_contract(wasm)]
        if init_method is not None:
            actions.append(write_function_call(init_method, _encode(init_args), 200 * TERA, 0))
        return self.send(account, account, actions)

    def send(self, signer: str, receiver: str, actions: list[bytes], check: bool = True) -> dict[str, Any]:
        """Sign borsh actions with the account's key, send them, and wait until they are final; like `call`."""
        signed = base64.b64encode(self.sign(signer, receiver, actions)).decode()
        sent = self.rpc("send_tx", {"signed_tx_base64": signed, "wait_until": "FINAL"})
        tx_hash = sent["transaction"]["hash"]
        asked = {"tx_hash": tx_hash, "sender_account_id": signer, "wait_until": "FINAL"}
        outcome: dict[str, Any] = self.rpc("EXPERIMENTAL_tx_status", asked)
        if check and "Failure" in outcome["status"]:
            raise CallFailed(outcome)
        return outcome

    def sign(self, signer: str, receiver: str, actions: list[bytes]) -> bytes:
        """A signed transaction with the next nonce of the account's key."""
        block_hash = hash_bytes(self.rpc("block", {"finality": "final"})["header"]["hash"])
        return write_signed_transaction(
            signer, self.keys[signer], self._next_nonce(signer), receiver, block_hash, actions
        )

    def view(self, account: str, method: str, args: dict[str, Any] | None = None, finality: str = "optimistic") -> Any:
        """The result of a view method, decoded from JSON (None if it returned nothing). Raises `DevnetError` with its error."""
        asked = {
            "request_type": "call_function",
            "finality": finality,
            "account_id": account,
            "method_name": method,
            "args_base64": base64.b64encode(_encode(args)).decode(),
        }
        answer = self.rpc("query", asked)
        if "error" in answer:
            raise DevnetError(f"{account}.{method}: {answer['error']}")
        return json.loads(bytes(answer["result"])) if answer["result"] else None

    def account(self, account: str, finality: str = "optimistic") -> dict[str, Any]:
        """The `view_account` answer. Raises `RpcFailure`."""
        asked = {"request_type": "view_account", "finality": finality, "account_id": account}
        answer: dict[str, Any] = self.rpc("query", asked)
        return answer

    def balance(self, account: str, finality: str = "optimistic") -> int:
        """YoctoNEAR of an account. Raises `RpcFailure`."""
        return int(self.account(account, finality)["amount"])

    # time and blocks

    @property
    def time(self) -> int:
        """Nanoseconds that the next block's time will be, at least."""
        return int(self.rpc("devnet_state")["timestamp_nanosec"])

    def set_time(self, timestamp: int, frozen: bool = False) -> None:
        """Set the time in nanoseconds; a frozen clock makes each block 1 ns later than the one before."""
        self.rpc("devnet_set_time", {"timestamp_nanosec": str(timestamp), "frozen": frozen})

    def advance_time(self, seconds: float) -> None:
        """Jump ahead; later blocks carry the new time."""
        self.rpc("devnet_advance_time", {"nanoseconds": round(seconds * 10**9)})

    def mine(self, blocks: int = 1) -> int:
        """Make blocks now and return the new height."""
        return int(self.rpc("devnet_mine", {"blocks": blocks})["height"])

    # inside

    def _next_nonce(self, signer: str) -> int:
        with self._nonce_lock:
            if signer not in self._nonces:
                asked = {
                    "request_type": "view_access_key",
                    "finality": "optimistic",
                    "account_id": signer,
                    "public_key": public_key_of(self.keys[signer]),
                }
                self._nonces[signer] = int(self.rpc("query", asked)["nonce"])
            self._nonces[signer] += 1
            return self._nonces[signer]

    def _open_log(self) -> IO[bytes]:
        if self._log is None:
            return tempfile.NamedTemporaryFile(prefix="near-devnet-", suffix=".log")
        self._log.parent.mkdir(parents=True, exist_ok=True)
        return self._log.open("ab")

    def _read_greeting(self, child: subprocess.Popen[str]) -> None:
        """The first line says where it listens; a child that says nothing is ended."""
        assert child.stdout is not None
        alarm = threading.Timer(START_SECONDS, child.kill)
        alarm.start()
        try:
            line = child.stdout.readline()
        finally:
            alarm.cancel()
        if not line:
            child.wait()
            said = self.errors().strip()[-2000:]
            self.stop()
            raise DevnetError(said or f"the NEAR devnet did not start within {START_SECONDS:.0f} s")
        greeting = json.loads(line)
        self.url, self.keys = greeting["url"], greeting["keys"]


def _encode(args: dict[str, Any] | bytes | None) -> bytes:
    if isinstance(args, bytes):
        return args
    return json.dumps(args or {}, separators=(",", ":")).encode()


__all__ = ["DEFAULT_AMOUNT", "DEFAULT_GAS", "CallFailed", "DevnetError", "NearDevnet"]
