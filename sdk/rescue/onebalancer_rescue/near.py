"""A leg on NEAR: locks are found by the agreed id and among all, and believed because their ids follow from their terms."""

import json
import time
from collections.abc import Iterator
from typing import Any

from onebalancer_rescue.errors import BadInput, ChainTrouble
from onebalancer_rescue.locks import Call, ChainTime, Lock
from onebalancer_rescue.near_codec import NearKey, lock_id
from onebalancer_rescue.near_node import Json, NearNode
from onebalancer_rescue.receipt import Leg, Receipt
from onebalancer_rescue.rpc import Node

GAS = 150 * 10**12
COST = 2 * 10**22  # yoctoNEAR that so much gas may cost, with room for a price that rises
PAGE = 100
POLL_SECONDS = 1.0
RESEND_SECONDS = 10.0
TERMS = ("sender", "receiver", "token", "amount", "hashlock", "timelock", "salt")


class NearLeg:
    """See `ChainLeg`. Everything is read at the final block: what is seen here stays."""

    def __init__(self, receipt: Receipt, leg: Leg, node: Node, key: NearKey | None) -> None:
        self.receipt, self.leg, self._key = receipt, leg, key
        self.node = NearNode(node)
        self._htlc = str(leg.contracts["htlc"])
        self._searched: list[str] | None = None
        self._signed: dict[str, bytes] = {}

    def check(self) -> None:
        found = self.node.network()
        if found != self.leg.network_id:
            raise BadInput(
                f"the node given for {self.leg.chain} is of {found}, and the receipt's is {self.leg.network_id}"
            )
        function = self.node.view(self._htlc, "get_config", {})["hash_function"]
        if function != self.receipt.hash_function:
            raise BadInput(f"{self._htlc} hashes by {function}, and the receipt says {self.receipt.hash_function}")

    def time(self) -> ChainTime:
        return ChainTime(self.node.block("optimistic")["time"], self.node.block("final")["time"])

    def locks(self) -> list[Lock]:
        """The one agreed upon first, where it is. All are searched once: from then on those that were found are read again."""
        agreed = self._by_id()
        found = {agreed["id"]: agreed} if agreed else {}
        if self._searched is None:
            found |= {record["id"]: record for record in self._by_search() if self._lock(record)}
            self._searched = list(found)
        else:
            again = [self._get(name) for name in self._searched if name not in found]
            found |= {record["id"]: record for record in again if record}
        return [lock for lock in map(self._lock, found.values()) if lock is not None]

    def call(self, action: str, lock: Lock, secret: bytes | None) -> Call:
        args, shown = {"id": lock.id}, {"id": lock.id}
        if action == "claim":
            assert secret is not None
            args, shown = {**args, "secret": secret.hex()}, {**shown, "secret": "<secret>"}
        described = {"receiverId": self._htlc, "methodName": action, "args": shown, "gas": str(GAS), "deposit": "0"}
        return Call(action, lock, described, json.dumps(args, separators=(",", ":")).encode())

    def sender(self) -> str:
        if self._key is None:
            raise BadInput(
                f"{self.leg.chain} needs a NEAR key: a near-cli credentials file, or ed25519:… in the file and --account"
            )
        return self._key.account

    # What stands on the chain

    def _by_id(self) -> Json | None:
        """By the id that the receipt's terms derive, once its timelock is known."""
        terms = dict(self.leg.terms)
        if self.leg.lock is not None:
            terms |= {"timelock": self.leg.lock["terms"]["timelock"]}
        if terms.get("timelock") is None:
            return None
        return self._get(lock_id(terms))

    def _get(self, name: str) -> Json | None:
        found: Json | None = self.node.view(self._htlc, "get_lock", {"id": name})
        return found

    def _by_search(self) -> Iterator[Json]:
        """Among all locks, at one block, newest first: they stand in the order in which they were made, but for removals."""
        at = self.node.block("final")["hash"]
        end = int(self.node.view(self._htlc, "get_locks_count", {}, block=at))
        while end > 0:
            start = max(0, end - PAGE)
            page = {"from_index": start, "limit": end - start}
            yield from reversed(self.node.view(self._htlc, "get_locks", page, block=at))
            end = start

    def _lock(self, found: Json) -> Lock | None:
        """The lock, if it bears our hashlock and its sender is our refundee: he gets it back, whatever else it says."""
        agreed = self.leg.terms
        if (found["hashlock"], found["sender"]) != (self.receipt.hashlock.hex(), agreed["sender"]):
            return None
        if lock_id({name: found[name] for name in TERMS}) != found["id"]:
            raise BadInput(f"the terms of {found['id']} derive another id: {self._htlc} or the node is wrong")
        differs = tuple(
            f"{name} is {found[name]}, agreed was {agreed[name]}"
            for name in TERMS
            if name != "timelock" and str(found[name]) != str(agreed[name])
        )
        timelock = int(found["timelock"])
        return Lock(
            id=found["id"],
            created_at=int(found["created_at"]),
            claim_from=int(found["created_at"]),
            claim_until=timelock,
            refund_from=timelock,
            state=found["state"],
            final=True,
            secret=bytes.fromhex(found["secret"]) if found.get("secret") else None,
            unpaid=found["state"] != "locked" and found["payout"] == "failed",
            differs=differs,
            terms=found,
        )

    # Trying and sending

    def probe(self, call: Call, sender: str) -> list[str]:
        """A view cannot run what pays, so the state is read once more just before; the contract's rules are known."""
        account = self.node.account(sender)
        if account is None or int(account["amount"]) < COST:
            raise BadInput(f"{sender} cannot pay for gas: it needs {COST} yoctoNEAR")
        payee = self._payee(call)
        token = call.lock.terms["token"]
        if token is not None and self.node.view(token, "storage_balance_of", {"account_id": payee}) is None:
            remedy = f"run {token}'s storage_deposit for it, and then this command again"
            return [f"{payee} is not registered with {token}: the payment will fail; {remedy}"]
        return []

    def _payee(self, call: Call) -> str:
        claimed = call.action == "claim" or (call.action == "pay" and call.lock.state == "claimed")
        return str(call.lock.terms["receiver" if claimed else "sender"])

    def send(self, call: Call) -> str:
        assert self._key is not None
        nonce = self.node.nonce(self._key.account, self._key.public_key)
        if nonce is None:
            raise BadInput(f"{self._key.public_key} is not a key of {self._key.account}")
        signed, sent = self._key.sign_call(
            receiver=self._htlc,
            method=call.action,
            args=call.payload,
            gas=GAS,
            nonce=nonce + 1,
            block_hash=self.node.block("final")["hash"],
        )
        self._signed[sent] = signed
        self.node.send(signed)
        return sent

    def confirm(self, call: Call, transaction: str, seconds: float) -> str:
        assert self._key is not None
        end, again = time.monotonic() + seconds, time.monotonic() + RESEND_SECONDS
        while time.monotonic() < end:
            outcome = self.node.outcome(transaction, self._key.account)
            if outcome is not None and outcome.get("final_execution_status") == "FINAL":
                told = self._settled(call, transaction, outcome)
                if told:
                    return told
            if outcome is None and time.monotonic() > again:
                again = time.monotonic() + RESEND_SECONDS
                self.node.send(self._signed[transaction])
            time.sleep(POLL_SECONDS)
        raise ChainTrouble(f"{transaction} is not final after {seconds:.0f} s: run `status` again later")

    def _settled(self, call: Call, transaction: str, outcome: Json) -> str:
        """What happened; empty while the node that we ask has not seen the payment's end."""
        if "Failure" in outcome["status"]:
            raise ChainTrouble(f"{transaction} failed: {_failure(outcome['status'])}; run `status`")
        found = self.node.view(self._htlc, "get_lock", {"id": call.lock.id})
        payee, token = self._payee(call), call.lock.terms["token"] or "NEAR"
        if found["payout"] in ("none", "paying"):
            return ""
        if found["payout"] != "paid":
            raise ChainTrouble(
                f"the lock is {found['state']}, and the payment to {payee} {found['payout']}: run the command again"
            )
        return f"final: {found['amount']} base units of {token} went to {payee} ({transaction})"


def _failure(status: Any) -> str:
    return json.dumps(status)[:300]
