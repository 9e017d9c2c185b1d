"""What we ask of a NEAR node."""

import base64
import json
from typing import Any

from onebalancer_rescue.errors import ChainTrouble, NodeRefused
from onebalancer_rescue.rpc import Node

Json = dict[str, Any]


class NearNode:
    """Typed questions to one endpoint."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def network(self) -> str:
        """The network's id."""
        return str(self._node.call("status", [])["chain_id"])

    def block(self, finality: str) -> Json:
        """Height, hash and time (unix seconds) of the newest block of this finality."""
        header = self._node.call("block", {"finality": finality})["header"]
        seconds = int(header["timestamp_nanosec"]) // 10**9
        return {"height": header["height"], "hash": header["hash"], "time": seconds}

    def view(self, contract: str, method: str, args: Json, *, block: str | None = None) -> Any:
        """What a view function returns at the final block, or at the one of that hash. Raises `ChainTrouble`."""
        encoded = base64.b64encode(json.dumps(args).encode()).decode()
        request = {
            "request_type": "call_function",
            "account_id": contract,
            "method_name": method,
            "args_base64": encoded,
            **({"block_id": block} if block else {"finality": "final"}),
        }
        answer = self._node.call("query", request)
        if answer.get("error"):
            raise NodeRefused(f"{self._node.chain}: {contract}.{method}: {str(answer['error'])[:300]}", answer["error"])
        data = bytes(answer["result"])
        return json.loads(data) if data else None

    def account(self, account: str) -> Json | None:
        """An account, or None where there is none."""
        try:
            found: Json = self._node.call(
                "query", {"request_type": "view_account", "finality": "final", "account_id": account}
            )
        except NodeRefused as refused:
            if "UNKNOWN_ACCOUNT" in json.dumps(refused.error):
                return None
            raise
        return found

    def nonce(self, account: str, public_key: str) -> int | None:
        """The newest nonce of an access key, or None where there is no such key."""
        request = {"request_type": "view_access_key", "account_id": account, "public_key": public_key}
        try:
            answer = self._node.call("query", request | {"finality": "optimistic"})
        except NodeRefused as refused:
            if "UNKNOWN_ACCESS_KEY" in json.dumps(refused.error) or "UNKNOWN_ACCOUNT" in json.dumps(refused.error):
                return None
            raise
        return None if answer.get("error") else int(answer["nonce"])

    def send(self, signed: bytes) -> None:
        """Hand over a signed transaction. What comes of it, only `outcome` knows."""
        self._node.call("send_tx", {"signed_tx_base64": base64.b64encode(signed).decode(), "wait_until": "NONE"})

    def outcome(self, transaction: str, account: str) -> Json | None:
        """A transaction's outcome, or None while the node does not know it."""
        request = {"tx_hash": transaction, "sender_account_id": account, "wait_until": "NONE"}
        try:
            found: Json = self._node.call("tx", request)
        except NodeRefused as refused:
            if "UNKNOWN_TRANSACTION" in json.dumps(refused.error):
                return None
            raise
        except ChainTrouble:
            return None
        return found
