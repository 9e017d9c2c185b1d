"""The devnet's own client: signs, sends, and waits until everything is final. It meets no faults."""

import base64
import json
import threading
import time
from collections.abc import Mapping
from typing import Any

from devnet.near.client import Client, NearRpcError
from devnet.near.keys import hash_bytes, public_key_of
from devnet.near.server import OPERATOR_PATH
from devnet.near.transactions import write_signed_transaction

Json = Any

FINAL_SECONDS = 120.0


class NearCallFailed(RuntimeError):
    """A receipt of a transaction failed. `outcome` is as EXPERIMENTAL_tx_status gives it, `failures` what failed."""

    def __init__(self, outcome: dict[str, Any], failures: list[Json]) -> None:
        self.outcome = outcome
        self.failures = failures
        super().__init__(json.dumps(failures)[:2000])


class Operator:
    """Works with one chain. `keys` are private keys by account; more may be added. Safe for threads."""

    def __init__(self, url: str, keys: dict[str, str]) -> None:
        self.keys = keys
        self._client = Client(url)
        self._nonces: dict[str, int] = {}
        self._lock = threading.RLock()

    def close(self) -> None:
        """Close this thread's connection."""
        self._client.close()

    # asking

    def rpc(self, method: str, params: Json = None) -> Json:
        """The result of a method, as any client would get it, faults included. Raises `NearRpcError` or `OSError`."""
        return self._client.call(method, params)

    def query(self, request_type: str, finality: str = "optimistic", **params: Json) -> Json:
        """The answer of a query."""
        request = {"request_type": request_type, "finality": finality} | params
        answer = self._ask("query", request)
        if "error" in answer:
            # how nearcore answers for a failed view call and a missing key
            raise NearRpcError("query", {"cause": {"name": "CONTRACT_EXECUTION_ERROR"}, "data": answer["error"]})
        return answer

    def view(self, account: str, method: str, args: Json = None, finality: str = "optimistic") -> Json:
        """A view method's result from JSON, None for nothing."""
        encoded = base64.b64encode(self.encode(args)).decode()
        answer = self.query("call_function", finality, account_id=account, method_name=method, args_base64=encoded)
        result = bytes(answer["result"])
        return json.loads(result) if result else None

    @staticmethod
    def encode(args: Json) -> bytes:
        """Arguments as bytes: an object as JSON, None as an empty object."""
        if isinstance(args, bytes):
            return args
        return json.dumps({} if args is None else args, separators=(",", ":"), ensure_ascii=False).encode()

    # acting

    def send(self, signer: str, receiver: str, actions: list[bytes], check: bool) -> dict[str, Any]:
        """Send a transaction and wait until it is final. Raises `NearCallFailed` (with `check`), `NearRpcError`."""
        # a nonce must reach the chain before a higher one does
        with self._lock:
            signed = base64.b64encode(self.sign(signer, receiver, actions)).decode()
            sent = self._ask("devnet_submit", {"signed_tx_base64": signed})
        outcome = self._wait(sent["tx_hash"], signer)
        failures = _failures(outcome)
        if check and failures:
            raise NearCallFailed(outcome, failures)
        return outcome

    def sign(self, signer: str, receiver: str, actions: list[bytes]) -> bytes:
        """A signed transaction with the next nonce: one above all that the chain and we have used."""
        key = self.keys[signer]
        with self._lock:
            access = self.query("view_access_key", account_id=signer, public_key=public_key_of(key))
            nonce = self._nonces[signer] = max(access["nonce"], self._nonces.get(signer, 0)) + 1
        return write_signed_transaction(signer, key, nonce, receiver, hash_bytes(access["block_hash"]), actions)

    def _wait(self, tx_hash: str, signer: str) -> dict[str, Any]:
        params = {"tx_hash": tx_hash, "sender_account_id": signer, "wait_until": "FINAL"}
        end = time.monotonic() + FINAL_SECONDS
        while True:
            try:
                outcome: dict[str, Any] = self._ask("EXPERIMENTAL_tx_status", params)
                return outcome
            except NearRpcError as error:
                if error.cause != "TIMEOUT_ERROR" or time.monotonic() > end:
                    raise

    def _ask(self, method: str, params: Json) -> Json:
        return self._client.call(method, params, OPERATOR_PATH)


def _failures(outcome: Mapping[str, Any]) -> list[Json]:
    """What failed, refunds aside."""
    refunds = {each["receipt_id"] for each in outcome["receipts"] if each["predecessor_id"] == "system"}
    results = [each for each in outcome["receipts_outcome"] if each["id"] not in refunds]
    return [each["outcome"]["status"]["Failure"] for each in results if "Failure" in each["outcome"]["status"]]
