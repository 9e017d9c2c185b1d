# Made from _async/near.py by sdk/generate.py: change that file instead.
"""A leg on NEAR, read at the final block of the client's own nodes."""

import base64
import json
import time
from typing import Any, Literal

from onebalancer._sync.rpc import Node
from onebalancer.chains import NearChain, endpoints
from onebalancer.differences import Differences
from onebalancer.errors import Difference, NodeRefused
from onebalancer.models import LegDocument
from onebalancer.near_terms import Lock, lock_id
from onebalancer.secrets import SwapRecord

Side = Literal["source", "destination"]


class NearNode(Node):
    """What is asked of a NEAR node."""

    def network_id(self) -> str:
        """The network's name."""
        return str((self.rpc("status", []))["chain_id"])

    def head_time(self) -> int:
        """Unix seconds of the newest block."""
        block = self.rpc("block", {"finality": "optimistic"})
        return int(block["header"]["timestamp_nanosec"]) // 10**9

    def code_hash(self, account: str) -> str:
        """Of a contract's code, base58, at the final block."""
        request = {"request_type": "view_account", "finality": "final", "account_id": account}
        return str((self.rpc("query", request))["code_hash"])

    def view(self, contract: str, method: str, args: dict[str, Any]) -> Any:
        """What a view function returns at the final block. Raises `NodeRefused`."""
        request = {
            "request_type": "call_function",
            "finality": "final",
            "account_id": contract,
            "method_name": method,
            "args_base64": base64.b64encode(json.dumps(args).encode()).decode(),
        }
        answer = self.rpc("query", request)
        if answer.get("error") or "result" not in answer:
            raise NodeRefused(f"{self.host}: {contract}.{method}: {str(answer.get('error'))[:300]}")
        return json.loads(bytes(answer["result"]))


def near_differences(side: Side, chain: NearChain, record: SwapRecord, leg: LegDocument) -> list[Difference]:
    """Everything that differs from what was agreed; nothing does for a lock to which a secret may go."""
    found: list[Difference] = []
    for url in endpoints(chain):
        found += _on_chain(side, chain, record, leg, NearNode(url))
    return found


def _on_chain(side: Side, chain: NearChain, record: SwapRecord, leg: LegDocument, node: NearNode) -> list[Difference]:
    told = Differences(f"{side} on {node.host}")
    told.same("network", node.network_id(), chain.network_id)
    if chain.code_hash is not None:
        told.same("the HTLC's code", node.code_hash(chain.htlc), chain.code_hash)
    if told.found:
        return told.found
    config = node.view(chain.htlc, "get_config", {})
    told.same("hash function", config["hash_function"], record.hash_function)
    told.holds("a claim by anybody", config["public_claim"] is True, "not allowed", "allowed")
    lock: Lock | None = node.view(chain.htlc, "get_lock", {"id": leg["lockId"]}) if leg["lockId"] else None
    if lock is None:
        absent = f"absent from {chain.htlc} at the final block"
        told.add("the lock", absent, "a lock with the agreed terms", may_change=True)
        return told.found
    told.same("id of the lock", lock_id(lock), leg["lockId"])
    told.same("state", lock["state"], "locked")
    told.same("hashlock", f"0x{lock['hashlock']}", record.hashlock)
    if side == "source":
        _source_terms(told, record, lock)
    else:
        _destination_terms(told, chain, record, lock, node)
    return told.found


def _source_terms(told: Differences, record: SwapRecord, lock: Lock) -> None:
    told.same("refundee", lock["sender"], record.request["maker"])
    told.same("token", lock["token"] or "near", record.request["sourceToken"])
    told.same("amount", lock["amount"], record.request["sourceAmount"])
    for name, sent in (record.source_terms or {}).items():
        told.same(name, lock.get(name), sent)


def _destination_terms(told: Differences, chain: NearChain, record: SwapRecord, lock: Lock, node: NearNode) -> None:
    least, wanted, token = record.minimum_destination_amount, chain.min_seconds_left, lock["token"]
    told.same("payee", lock["receiver"], record.request["taker"])
    told.same("token", token or "near", record.request["destinationToken"])
    told.holds("amount", int(lock["amount"]) >= least, lock["amount"], f"at least {least}")
    left = int(lock["timelock"]) - max(node.head_time(), int(time.time()))
    told.holds("time left", left >= wanted, f"{left} s", f"at least {wanted} s")
    if token is not None:
        registered = node.view(token, "storage_balance_of", {"account_id": lock["receiver"]})
        paid = "registered, so that it can be paid"
        told.holds("the payee", registered is not None, f"not registered with {token}", paid, may_change=True)
