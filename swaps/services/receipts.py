"""The receipt of a swap: all that its maker needs to get his money without us, under our signature.

It is complete from the first day: what is not known yet (which lock, when) follows from it and the chain's own events,
because an escrow's address and a lock's id are derived from the terms that stand in it. `sdk/rescue` works by it alone. It
never holds the secret.
"""

import re
from typing import Any

from django.utils import timezone

from access.signing import document_sign, public_keys
from chains.config import chain_config
from chains.events import EventKind
from swaps.documents import Document, rfc3339, rfc3339_of
from swaps.models import Leg, SwapSession
from swaps.services import orders
from swaps.services.facts import LegView, facts_gather
from swaps.services.windows import claim_window, openness_of, refund_window, stages_document

TYPE = "1balancer.receipt"
VERSION = 1


def receipt_issue(session: SwapSession) -> Document:
    """The receipt as of now, signed. Writes nothing; a later one adds the locks and their times to what an earlier said."""
    gathered, margins = facts_gather(session, wall=timezone.now()), session.plan["margins"]
    return document_sign(
        {
            "type": TYPE,
            "version": VERSION,
            "sessionId": session.pk,
            "issuedAt": rfc3339(timezone.now()),
            "createdAt": rfc3339(session.created_at),
            "createdAtSeconds": int(session.created_at.timestamp()),
            "expiresAt": rfc3339(session.expires_at),
            "status": session.status,
            "route": {"source": session.source_chain_id, "destination": session.destination_chain_id},
            "custody": session.custody,
            "hashFunction": session.hash_function,
            "hashlock": "0x" + session.hashlock,
            "plan": _plan(session),
            "margins": {"reveal": int(margins["reveal"]), "tail": int(margins["source_tail"])},
            "legs": {view.leg.side: _leg(session, view) for view in gathered.views},
        }
    )


def receipt_keys() -> Document:
    """The public keys whose receipts are ours."""
    return {"type": TYPE, "keys": public_keys()}


def _plan(session: SwapSession) -> dict[str, int]:
    """The ladder's offsets in whole seconds, named as JSON's members are."""
    offsets = {name: value for name, value in session.plan.items() if type(value) is int}
    return {re.sub("_(.)", lambda found: found[1].upper(), name): value for name, value in offsets.items()}


def _leg(session: SwapSession, view: LegView) -> Document:
    leg, chain = view.leg, view.leg.chain
    config, openness = chain_config(leg.chain_id), openness_of(leg.chain_id)
    evm = config.family == "evm"
    contracts = (
        {
            "factory": chain.contract,
            "escrowImplementation": _implementation(leg),
            "resolver": config.resolver,
            "limitOrderProtocol": config.limit_order_protocol or None,
        }
        if evm
        else {"htlc": chain.contract}
    )
    return {
        "chain": leg.chain_id,
        "family": config.family,
        "networkId": chain.network_id,
        "contracts": contracts,
        "token": leg.token,
        "native": leg.token == config.native_token,
        "amount": str(leg.amount),
        "safetyDeposit": leg.terms["immutables"]["safetyDeposit"] if evm else "0",
        "payee": leg.payee,
        "refundee": leg.refundee,
        "publicClaim": openness.public_claim,
        "publicRefund": openness.public_refund,
        "finality": config.finality,
        "stages": stages_document(leg),
        "terms": {**leg.terms["immutables"], "orderHashes": _order_hashes(session, leg)} if evm else _near_terms(leg),
        "lock": _lock(view),
    }


def _implementation(leg: Leg) -> str:
    source = leg.side == Leg.Side.SOURCE
    return leg.chain.escrow_src_implementation if source else leg.chain.escrow_dst_implementation


def _order_hashes(session: SwapSession, leg: Leg) -> list[str]:
    """The order hashes that this escrow may bear: that of the self lock and, until one way is chosen, of the offered order."""
    hashes = [leg.terms["immutables"]["orderHash"]]
    if leg.side == Leg.Side.SOURCE and not session.source_lock:
        offer = orders.next_steps(session).get("limitOrder")
        hashes += [offer["orderHash"]] if offer else []
    return hashes


def _near_terms(leg: Leg) -> dict[str, Any]:
    """Everything that the lock's id is derived from; `timelock` is null while it is open."""
    native = chain_config(leg.chain_id).native_token
    return {
        "sender": leg.refundee,
        "receiver": leg.terms["receiver"],
        "token": None if leg.token == native else leg.token,
        "amount": str(leg.amount),
        "hashlock": leg.terms["hashlock"],
        "salt": leg.terms["salt"],
        "timelock": leg.terms.get("timelock"),
    }


def _lock(view: LegView) -> Document | None:
    """The lock on chain and its absolute times, once it was seen."""
    if view.recognised is None:
        return None
    created = next(event for event in view.events if event.kind == EventKind.LOCK_CREATED)
    claim, refund = claim_window(view), refund_window(view)
    return {
        "id": view.recognised.lock_id,
        "height": created.block_height,
        "transaction": created.tx_hash,
        "createdAtSeconds": created.block_time_ns // 10**9,
        "terms": view.recognised.terms.get("immutables", view.recognised.terms),
        "claimFrom": rfc3339_of(view.recognised.claim_from),
        "publicClaimFrom": rfc3339_of(claim.start),
        "expiresAt": rfc3339_of(view.recognised.expires_at),
        "refundFrom": rfc3339_of(view.recognised.refund_from),
        "publicRefundFrom": rfc3339_of(refund.start),
    }
