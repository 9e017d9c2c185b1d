"""What the client should do next, as data: one table of actions, chosen by where the session stands."""

from functools import lru_cache
from typing import Any

from chains.config import chain_config
from swaps.evidence import Presence
from swaps.models import Leg, SwapSession
from swaps.services import orders
from swaps.services.facts import LegView
from swaps.services.windows import claim_window, openness_of, refund_window
from swaps.shapes.session import NextDocument
from swaps.shapes.words import NextAction
from swaps.standing import Standing
from swaps.statuses import TERMINAL, Status
from swaps.times import rfc3339, rfc3339_of

DETAILS: dict[NextAction, str] = {
    "sign_order": "approve and sign limitOrder, and POST order, signature and extension as limitOrder to url; or POST "
    '{"sourceLock": "self"} there, and send the calls that it answers with',
    "execute": 'POST {"sourceLock": "self"} to url, and send the calls that it answers with',
    "send_calls": "send the calls from the maker's wallet, in this order",
    "hand_over_secret": "check both locks on their chains yourself, then POST the secret to url",
    "wait": "nothing: we go on as soon as the chains allow it",
    "rescue": "a lock could be settled by anyone by now, and was not yet: GET url, and send its calls if you will not wait",
    "none": "nothing: the swap is at its end",
}


def next_document(standing: Standing, *, in_full: bool) -> NextDocument:
    """`in_full` adds the calls and the order that a wallet needs, which answers about many sessions leave out."""
    session, action = standing.session, action_of(standing)
    document: NextDocument = {
        "action": action,
        "detail": DETAILS[action],
        "until": _until(standing, action),
        "url": _url(session, action),
    }
    if action in ("sign_order", "execute"):
        offer = offer_of(standing.session, standing.source.leg) if in_full else {}
        document["sourceLocks"] = ["self", "order"] if action == "sign_order" else ["self"]
        if "limitOrder" in offer:
            document["limitOrder"] = offer["limitOrder"]
        if "calls" in offer:
            document["calls"] = offer["calls"]
    if action == "send_calls" and in_full:
        document["calls"] = session.maker_calls
    return document


def action_of(standing: Standing) -> NextAction:
    """The one word."""
    session, status = standing.session, standing.status
    if status is Status.INITIALIZED:
        return "sign_order" if orders.can_be_ordered(standing.source.leg) else "execute"
    if status is Status.EXECUTING:
        return "send_calls" if session.source_lock == SwapSession.SourceLock.SELF else "wait"
    if status is Status.BOTH_LOCKED:
        asked = session.custody == SwapSession.Custody.MAKER and not standing.secret_held
        return "hand_over_secret" if asked else "wait"
    if status in TERMINAL:
        return "none"
    return "rescue" if _could_rescue(standing) else "wait"


def _could_rescue(standing: Standing) -> bool:
    """Whether the maker could settle a lock of his by himself at this moment, by the chains' own time."""
    source, destination = standing.source, standing.destination
    public = bool(source.facts.claim or destination.facts.claim)
    if _is_open(destination) and public and openness_of(destination.leg.chain_id).public_claim:
        window = claim_window(destination)
        if window.start <= _chain_seconds(destination) and (
            window.end is None or _chain_seconds(destination) < window.end
        ):
            return True
    if not _is_open(source) or not openness_of(source.leg.chain_id).public_refund:
        return False
    return refund_window(source).start <= _chain_seconds(source)


def _is_open(view: LegView) -> bool:
    return view.facts.lock is Presence.FINAL and not (view.facts.claim or view.facts.refund)


def _chain_seconds(view: LegView) -> int:
    return max(view.leg.chain.seen_time_ns, view.leg.chain.head_time_ns) // 10**9


def _until(standing: Standing, action: NextAction) -> str | None:
    if action in ("sign_order", "execute", "send_calls"):
        return rfc3339(standing.session.expires_at)
    if action == "hand_over_secret":
        ends = standing.first.leg.expires_at
        return None if ends is None else rfc3339_of(ends - int(standing.session.plan["margins"]["reveal"]))
    return None


def _url(session: SwapSession, action: NextAction) -> str | None:
    path = {"sign_order": "execute", "execute": "execute", "hand_over_secret": "secret", "rescue": "rescue"}.get(action)
    return f"/api/v1/sessions/{session.pk}/{path}" if path else None


@lru_cache(maxsize=2048)
def _kept(session_id: str) -> dict[str, Any]:
    """A session's place for its offer in this process."""
    return {}


def offer_of(session: SwapSession, leg: Leg) -> dict[str, Any]:
    """The calls and the order that a session offers, by its source leg. They follow from what is fixed when it is made, so they
    are made once: before it is written, since one whose maker cannot be told what to do must not come to be."""
    kept = _kept(session.pk)
    if not kept:
        kept.update(orders.next_steps(session, leg))
    return kept


def estimate(session: SwapSession) -> int:
    """Seconds a swap on this route takes when nothing goes wrong: two finalities and inclusions on each chain."""
    if session.status in TERMINAL:
        return 0
    chains = (chain_config(session.source_chain_id), chain_config(session.destination_chain_id))
    return int(sum(2 * (chain.finality_seconds + chain.block_seconds) for chain in chains)) or 1
