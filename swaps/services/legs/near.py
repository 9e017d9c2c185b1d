"""Legs on NEAR: locks of the HTLC, whose id is derived from their terms."""

import json
from typing import Any

from chains.codec.near import lock_id
from chains.config import chain_config, client, quorum
from chains.errors import NoQuorum
from chains.models import ChainEvent
from chains.services.calls.near import GAS
from swaps.models import Leg, SwapSession
from swaps.services.legs import Recognised, Stray, Verification, differences
from swaps.timelocks import Ladder


class NearLegs:
    """See `LegFamily`. A source lock may have any timelock: a longer one binds only its maker, and one that is too
    short is refused by the ladder. A destination lock's timelock is fixed when we order it: its id, derived from its sender
    and all of its terms, is the only one there can be, and nobody else can make it."""

    def terms(self, session: SwapSession, side: str, ladder: Ladder) -> dict[str, Any]:
        source = side == Leg.Side.SOURCE
        terms: dict[str, Any] = {
            "receiver": chain_config(session.source_chain_id).account if source else session.taker,
            "hashlock": session.hashlock,
            "salt": session.salt,
        }
        if source:
            now = max(int(session.created_at.timestamp()), session.source_chain.head_time_ns // 10**9)
            terms["timelock"] = now + ladder.source_cancellation
        return terms

    def maker_calls(self, session: SwapSession, leg: Leg) -> list[dict[str, Any]]:
        config = chain_config(leg.chain_id)
        terms = {key: leg.terms[key] for key in ("receiver", "hashlock", "timelock", "salt")}
        native = leg.token == config.native_token
        missing = self._missing_storage(leg)
        deposit = self._call(leg, "storage", config.htlc, "storage_deposit", {}, deposit=str(missing), gas=GAS["lock"])
        storage = [deposit] if missing else []
        if native:
            lock = self._call(leg, "lock", config.htlc, "lock", terms, deposit=str(leg.amount), gas=GAS["lock"])
            return [*storage, lock]
        transfer = {
            "receiver_id": config.htlc,
            "amount": str(leg.amount),
            "msg": json.dumps(terms, separators=(",", ":")),
        }
        lock = self._call(
            leg, "lock", leg.token, "ft_transfer_call", transfer, deposit="1", gas=GAS["ft_transfer_call"]
        )
        return [*storage, lock]

    @staticmethod
    def _missing_storage(leg: Leg) -> int:
        """YoctoNEAR that the maker must still deposit with the HTLC (NEP-145) before it takes this lock."""
        config, node = chain_config(leg.chain_id), client(leg.chain_id)
        terms = {
            "sender": leg.refundee,
            "receiver": leg.terms["receiver"],
            "token": None if leg.token == config.native_token else leg.token,
        }
        cost = int(node.view(config.htlc, "lock_storage_cost", terms))
        balance = node.view(config.htlc, "storage_balance_of", {"account_id": leg.refundee})
        if balance is None:
            return cost + int(node.view(config.htlc, "storage_balance_bounds", {})["min"])
        return max(0, cost - int(balance["available"]))

    @staticmethod
    def _call(
        leg: Leg, purpose: str, receiver: str, method: str, args: dict[str, Any], *, deposit: str, gas: int
    ) -> dict[str, Any]:
        return {
            "chain": leg.chain_id,
            "purpose": purpose,
            "receiverId": receiver,
            "methodName": method,
            "args": args,
            "deposit": deposit,
            "gas": str(gas),
        }

    def recognise(self, leg: Leg, event: ChainEvent) -> Recognised | None:
        config = chain_config(leg.chain_id)
        found, agreed = event.payload, self._agreed(leg)
        if event.contract != config.htlc or any(found.get(key) != value for key, value in agreed.items()):
            return None
        timelock = int(found["timelock"])
        if leg.side == Leg.Side.DESTINATION and timelock != leg.terms.get("timelock"):
            return None
        return Recognised(
            lock_id=event.lock_id,
            terms={**agreed, "timelock": timelock},
            claim_from=event.block_time_ns // 10**9,
            expires_at=timelock,
            refund_from=timelock,
        )

    @staticmethod
    def _agreed(leg: Leg) -> dict[str, Any]:
        native = leg.token == chain_config(leg.chain_id).native_token
        return {
            "sender": leg.refundee,
            "receiver": leg.terms["receiver"],
            "token": None if native else leg.token,
            "amount": str(leg.amount),
            "hashlock": leg.terms["hashlock"],
            "salt": leg.terms["salt"],
        }

    def stray(self, leg: Leg, event: ChainEvent) -> Stray | None:
        found, agreed = event.payload, self._agreed(leg)
        if leg.side == Leg.Side.DESTINATION:
            return None  # there is no second one: what else our account has locked is for `reconcile` to tell of
        if event.contract != chain_config(leg.chain_id).htlc or found.get("sender") != leg.refundee:
            return None
        return Stray(
            differences=differences(found, agreed),
            refund_from=int(found["timelock"]),
            call={"method": "refund", "id": event.lock_id},
        )

    def lock_call(self, leg: Leg, *, latest_expiry: int, now: int) -> dict[str, Any]:
        if "timelock" not in leg.terms:
            wanted = now + int(leg.session.plan["destination_cancellation"])
            leg.terms["timelock"] = min(wanted, latest_expiry)
            leg.save(update_fields=["terms"])
        return {"method": "lock", "token": leg.token, "amount": str(leg.amount), **leg.terms}

    def claim_call(self, leg: Leg) -> dict[str, Any]:
        return {"method": "claim", "id": leg.lock_id}

    def refund_call(self, leg: Leg) -> dict[str, Any]:
        return {"method": "refund", "id": leg.lock_id}

    def pay_call(self, leg: Leg) -> dict[str, Any]:
        return {"method": "pay", "id": leg.lock_id}

    def verify(self, leg: Leg) -> Verification:
        config = chain_config(leg.chain_id)
        block = leg.chain.final_hash
        if not block:
            raise NoQuorum(f"{leg.chain_id} has no final block yet")
        found = quorum(leg.chain_id).ask(
            f"the lock {leg.lock_id}", lambda node: node.view(config.htlc, "get_lock", {"id": leg.lock_id}, block=block)
        )
        if found is None:
            return Verification((f"the HTLC has no lock {leg.lock_id}",))
        terms = leg.lock_terms
        problems = [
            f"{key} is {found.get(key)!r} and was agreed as {value!r}"
            for key, value in terms.items()
            if str(found.get(key)) != str(value)
        ]
        derived = lock_id(
            sender=terms["sender"],
            receiver=terms["receiver"],
            token=terms["token"],
            amount=int(terms["amount"]),
            hashlock=bytes.fromhex(terms["hashlock"]),
            timelock=int(terms["timelock"]),
            salt=bytes.fromhex(terms["salt"]),
        )
        if derived != leg.lock_id:
            problems.append(f"its terms derive the id {derived}")
        if found.get("state") != "locked":
            problems.append(f"its state is {found.get('state')!r}")
        return Verification(tuple(problems), {"state": found.get("state"), "block": block})
