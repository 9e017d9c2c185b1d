"""Whether a secret is wanted, what it was, and what anyone may do (@1inch/cross-chain-sdk 1.1.1, api/orders/types)."""

from collections.abc import Sequence
from typing import Any

from chains.config import chain_config
from swaps.fusion.common_documents import SIDES
from swaps.machine import Presence
from swaps.models import FusionOrder, Leg, SwapSession
from swaps.services.facts import Gathered, LegView
from swaps.services.rescue import public_secret
from swaps.services.windows import claim_window, immutables_of, openness_of, refund_window
from swaps.statuses import Status

Document = dict[str, Any]


def ready_document(order: FusionOrder) -> Document:
    """`ReadyToAcceptSecretFills`: the one fill, when both its escrows are final and its secret is wanted."""
    session = order.session
    wanted = session.status == Status.BOTH_LOCKED and not hasattr(session, "secret")
    return {"fills": [_ready_fill(session)] if wanted else []}


def ready_for_all_document(orders: Sequence[FusionOrder]) -> Document:
    """The same of several orders, of those alone that are ready."""
    return {
        "orders": [
            {
                "orderHash": str(order),
                "makerAddress": order.session.maker,
                "fills": [_ready_fill(order.session)],
            }
            for order in orders
        ]
    }


def _ready_fill(session: SwapSession) -> Document:
    hashes = {leg.side: leg.lock_tx for leg in session.legs.all()}
    return {
        "idx": 0,
        "srcEscrowDeployTxHash": hashes[Leg.Side.SOURCE],
        "dstEscrowDeployTxHash": hashes[Leg.Side.DESTINATION],
    }


def published_document(gathered: Gathered) -> Document:
    """`PublishedSecretsResponse`: the secret once a chain shows it, and never before."""
    secret = public_secret(gathered)
    shown = []
    if secret is not None:
        shown.append(
            {
                "idx": 0,
                "secret": "0x" + secret.hex(),
                "srcImmutables": _immutables(gathered.source.leg),
                "dstImmutables": _immutables(gathered.destination.leg),
            }
        )
    return {"orderType": "SingleFill", "secrets": shown}


def _immutables(leg: Leg) -> Document:
    found: Document = (leg.lock_terms or leg.terms)["immutables"]
    return found


def public_actions(gathered: Gathered) -> list[Document]:
    """`ReadyToExecutePublicAction`s: what anyone could do now for the escrows of one order."""
    secret, facts = public_secret(gathered), gathered.facts
    found: list[Document] = []
    for view, now in ((gathered.source, facts.source_now), (gathered.destination, facts.destination_now)):
        openness = openness_of(view.leg.chain_id)
        if view.recognised is None or view.facts.lock is not Presence.FINAL or view.facts.claim or view.facts.refund:
            continue
        claim, refund = claim_window(view), refund_window(view)
        before_end = claim.end is None or max(now.seen, now.wall) < claim.end
        if openness.public_claim and secret is not None and claim.start <= now.seen and before_end:
            found.append({**_action(view, "withdraw"), "secret": "0x" + secret.hex()})
        if openness.public_refund and refund.start <= now.seen:
            found.append(_action(view, "cancel"))
    return found


def _action(view: LegView, action: str) -> Document:
    return {
        "side": SIDES[Leg.Side(view.leg.side)],
        "action": action,
        "immutables": immutables_of(view).to_json(),
        "chainId": int(chain_config(view.leg.chain_id).network_id),
        "escrow": view.leg.lock_id,
    }
