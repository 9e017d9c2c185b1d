"""A maker's keys on both chains: a transaction is sent again, the same bytes, until it is final, whatever is killed meanwhile."""

import base64
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

import httpx

from devnet.client import Document
from devnet.evm.accounts import DevAccount
from devnet.evm.anvil import Anvil, AnvilError
from devnet.evm.rpc import RpcError
from devnet.near.client import NearRpcError
from devnet.near.process import NearDevnet, NearDevnetError
from devnet.near.transactions import read_signed_transaction, write_function_call
from devnet.proofs.soak.client import GaveUp

T = TypeVar("T")
AGAIN_SECONDS = 0.25
FINAL_SECONDS = 180.0
GAS, FEE, TIP = 600_000, 20 * 10**9, 10**9
# a chain that is away: refused, cut short (ValueError), its client closed while it was brought back (RuntimeError)
AWAY = (OSError, httpx.TransportError, ValueError, RuntimeError, AnvilError, NearDevnetError)


class TransactionFailed(RuntimeError):
    """A chain carried a transaction out, and it failed."""


class _Wallet:
    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop

    def _until(self, step: Callable[[], T | None], what: str) -> T:
        """The first answer of a step that is repeated while it has none, or the chain is away. Raises `GaveUp`."""
        end = time.monotonic() + FINAL_SECONDS
        while time.monotonic() < end:
            try:
                found = step()
            except TransactionFailed:
                raise
            except AWAY:
                found = None
            if found is not None:
                return found
            if self._stop.wait(AGAIN_SECONDS):
                break
        raise GaveUp(f"{what} was not final within {FINAL_SECONDS:.0f} s")


class EvmWallet(_Wallet):
    """One account of one EVM chain, used by one thread."""

    def __init__(self, anvil: Anvil, account: DevAccount, stop: threading.Event) -> None:
        super().__init__(stop)
        self.anvil, self.account = anvil, account
        self._nonce = 0

    def send(self, call: Document) -> str:
        """Carry out `{to, data, value}` and return the transaction's hash once it is final. Raises `TransactionFailed`."""
        raw, tx_hash = self._signed(call)
        receipt = self._until(lambda: self._final(raw, tx_hash), f"the transaction {tx_hash}")
        self._nonce += 1
        if int(receipt["status"], 16) != 1:
            raise TransactionFailed(f"{tx_hash} of {self.account.address} reverted")
        return tx_hash

    def _signed(self, call: Document) -> tuple[str, str]:
        from eth_account import Account

        fields = {
            "chainId": self.anvil.chain_id,
            "nonce": self._nonce,
            "to": bytes.fromhex(call["to"][2:]),
            "data": call["data"],
            "value": int(call["value"]),
            "gas": GAS,
            "maxFeePerGas": FEE,
            "maxPriorityFeePerGas": TIP,
        }
        signed = Account.sign_transaction(fields, self.account.key)
        return "0x" + bytes(signed.raw_transaction).hex(), "0x" + bytes(signed.hash).hex()

    def _final(self, raw: str, tx_hash: str) -> dict[str, Any] | None:
        rpc = self.anvil.rpc
        receipt: dict[str, Any] | None = rpc.call("eth_getTransactionReceipt", tx_hash)
        if receipt is None:
            try:
                rpc.call("eth_sendRawTransaction", raw)
            except RpcError:
                return None  # it is in the pool already, or in a block by now
            return None
        final = int(rpc.call("eth_getBlockByNumber", "finalized", False)["number"], 16)
        return receipt if int(receipt["blockNumber"], 16) <= final else None


class NearWallet(_Wallet):
    """One NEAR account, used by one thread."""

    def __init__(self, near: NearDevnet, account: str, stop: threading.Event) -> None:
        super().__init__(stop)
        self.near, self.account = near, account

    def send(self, call: Document) -> str:
        """Carry out `{receiverId, methodName, args, deposit, gas}` and return the hash once it is final.

        Raises `TransactionFailed`.
        """
        args = self.near_args(call["args"])
        action = write_function_call(call["methodName"], args, int(call["gas"]), int(call["deposit"]))
        signed = self._until(lambda: self.near.sign(self.account, call["receiverId"], [action]), "a nonce")
        tx_hash = read_signed_transaction(signed).hash
        outcome = self._until(lambda: self._final(signed, tx_hash), f"the transaction {tx_hash}")
        failed = [part["outcome"]["status"] for part in outcome["receipts_outcome"]]
        if any("Failure" in status for status in failed):
            raise TransactionFailed(f"{tx_hash} of {self.account}: {failed}")
        return tx_hash

    @staticmethod
    def near_args(args: Any) -> bytes:
        """Arguments as JSON bytes."""
        from devnet.near.operator import Operator

        return Operator.encode(args)

    def _final(self, signed: bytes, tx_hash: str) -> dict[str, Any] | None:
        params = {"tx_hash": tx_hash, "sender_account_id": self.account, "wait_until": "NONE"}
        try:
            outcome: dict[str, Any] = self.near.rpc("EXPERIMENTAL_tx_status", params)
        except NearRpcError as error:
            if error.cause in ("UNKNOWN_TRANSACTION", "TIMEOUT_ERROR"):
                self._submit(signed)
            return None
        return outcome if outcome.get("final_execution_status") == "FINAL" else None

    def _submit(self, signed: bytes) -> None:
        try:
            self.near.rpc("devnet_submit", {"signed_tx_base64": base64.b64encode(signed).decode()})
        except NearRpcError as error:
            if "Expired" in str(error):
                raise TransactionFailed(f"a transaction of {self.account} expired: {error}") from error
