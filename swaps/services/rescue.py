"""What anyone can do for a swap on its chains without us: claim and refund on each leg, as calls ready to send.

A claim carries the secret. While only its maker knows it, the call has a place for it; once a chain shows it, it is filled
in. The secret that we keep never comes into this module.
"""

import base64
import json
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from chains.codec import calldata
from chains.codec.abi import hex0x
from chains.codec.address import checksummed
from chains.config import chain_config
from chains.events import EventKind
from chains.services.calls.near import GAS
from swaps.documents import Document, rfc3339_of
from swaps.machine import Payout, Presence
from swaps.models import Leg, SwapSession
from swaps.services.facts import Gathered, LegView, facts_gather
from swaps.services.windows import Window, claim_window, immutables_of, openness_of, refund_window

SECRET_BYTES = 32
SELECTOR_BYTES = 4
PLACE = bytes(SECRET_BYTES)
TERMS = (
    "(bytes32 orderHash, bytes32 hashlock, uint256 maker, uint256 taker, uint256 token, uint256 amount, "
    "uint256 safetyDeposit, uint256 timelocks) immutables"
)
NO_LOCK = "nothing is locked on this leg"


@dataclass(frozen=True)
class Moment:
    """A chain's time as far as we know it: `opened` is certain to have come, `late` may have come already."""

    opened: int
    late: int


def rescue_options(session: SwapSession) -> Document:
    """For each leg: its lock, and whether, from when, until when and by whom it can be claimed and refunded. Writes nothing,
    asks no node."""
    gathered = facts_gather(session, wall=timezone.now())
    secret = public_secret(gathered)
    return {
        "sessionId": session.pk,
        "status": session.status,
        "secretIsPublic": secret is not None,
        "receipt": f"/api/v1/sessions/{session.pk}/receipt",
        "legs": {view.leg.side: _leg(gathered, view, secret) for view in gathered.views},
    }


def public_secret(gathered: Gathered) -> bytes | None:
    """The secret, if a claim that stands on either chain shows it to everyone."""
    for view in gathered.views:
        for event in view.events:
            if event.kind == EventKind.LOCK_CLAIMED:
                return bytes.fromhex(str(event.payload["secret"]).removeprefix("0x"))
    return None


def _leg(gathered: Gathered, view: LegView, secret: bytes | None) -> Document:
    leg, openness = view.leg, openness_of(view.leg.chain_id)
    moment = _moment(gathered, view)
    return {
        "chain": leg.chain_id,
        "family": chain_config(leg.chain_id).family,
        "state": _state(view),
        "lockId": view.recognised.lock_id if view.recognised else None,
        "contract": leg.chain.contract,
        "token": leg.token,
        "amount": str(leg.amount),
        "chainTime": rfc3339_of(moment.opened) if moment.opened else None,
        "publicClaim": openness.public_claim,
        "publicRefund": openness.public_refund,
        "claim": _claim(view, moment, secret, openness.why_not),
        "refund": _refund(view, moment, openness.why_not),
        "pay": _pay(view),
    }


def _moment(gathered: Gathered, view: LegView) -> Moment:
    facts = gathered.facts
    now = facts.source_now if view.leg.side == Leg.Side.SOURCE else facts.destination_now
    return Moment(opened=now.seen, late=max(now.seen, now.wall))


def _state(view: LegView) -> str:
    facts = view.facts
    if facts.claim:
        return "claimed"
    if facts.refund:
        return "refunded"
    return {Presence.ABSENT: "absent", Presence.SEEN: "seen"}.get(facts.lock, "locked")


def _claim(view: LegView, moment: Moment, secret: bytes | None, closed: str) -> Document:
    if view.recognised is None:
        return _impossible(NO_LOCK, view.leg.payee)
    window = claim_window(view)
    call, place = _claim_call(view, window, secret)
    reason = _why_not(view, window, moment, closed)
    return _option(window, reason, view.leg.payee, call, moment) | {"secret": place}


def _refund(view: LegView, moment: Moment, closed: str) -> Document:
    if view.recognised is None:
        return _impossible(NO_LOCK, view.leg.refundee)
    window = refund_window(view)
    return _option(
        window, _why_not(view, window, moment, closed), view.leg.refundee, _refund_call(view, window), moment
    )


def _why_not(view: LegView, window: Window, moment: Moment, closed: str) -> str:
    """Why a call would fail now, or must wait; empty when it works."""
    facts = view.facts
    if facts.claim:
        return "it was claimed"
    if facts.refund:
        return "it was refunded"
    if closed:
        return closed
    if window.end is not None and moment.late >= window.end:
        return "it has expired: only a refund is left"
    if moment.opened < window.start:
        return f"the contract refuses it until {rfc3339_of(window.start)}"
    if facts.lock is not Presence.FINAL:
        return "its lock is not final yet"
    return ""


def _option(window: Window, reason: str, pays: str, call: Document, moment: Moment) -> Document:
    return {
        "available": not reason,
        "reason": reason or None,
        "from": rfc3339_of(window.start),
        "fromSeconds": window.start,
        "until": rfc3339_of(window.end),
        "untilSeconds": window.end,
        "secondsToWait": max(0, window.start - moment.opened),
        "who": window.who,
        "pays": pays,
        "call": call,
    }


def _impossible(reason: str, pays: str) -> Document:
    empty: Document = dict.fromkeys(("from", "fromSeconds", "until", "untilSeconds", "secondsToWait", "who"))
    return {"available": False, "reason": reason, **empty, "pays": pays, "call": None}


# Calls


def _claim_call(view: LegView, window: Window, secret: bytes | None) -> tuple[Document, Document]:
    """The call, and where in it the secret stands (or belongs)."""
    place: Document = {"filled": secret is not None, "bytes": SECRET_BYTES}
    if chain_config(view.leg.chain_id).family == "evm":
        data = calldata.escrow_public_withdraw(secret or PLACE, immutables_of(view))
        call = _evm_call(view, data, f"{window.method}(bytes32 secret, {TERMS})")
        return call, place | {"field": "data", "byteOffset": SELECTOR_BYTES, "encoding": "raw"}
    shown = (secret or PLACE).hex()
    call = _near_call(view, window.method, {"id": _lock_id(view), "secret": shown})
    offset = base64.b64decode(call["actions"][0]["argsBase64"]).rindex(shown.encode())
    return call, place | {"field": "args.secret", "byteOffset": offset, "encoding": "hex"}


def _refund_call(view: LegView, window: Window) -> Document:
    if chain_config(view.leg.chain_id).family != "evm":
        return _near_call(view, window.method, {"id": _lock_id(view)})
    encode = calldata.escrow_public_cancel if view.leg.side == Leg.Side.SOURCE else calldata.escrow_cancel
    return _evm_call(view, encode(immutables_of(view)), f"{window.method}({TERMS})")


def _pay(view: LegView) -> Document | None:
    """On NEAR, where the payment of a settled lock failed: another try, by anyone, whenever."""
    if view.facts.payout is not Payout.FAILED:
        return None
    call = _near_call(view, "pay", {"id": _lock_id(view)})
    return {"available": True, "reason": None, "who": "anyone", "call": call}


def _evm_call(view: LegView, data: bytes, signature: str) -> Document:
    return {
        "chainId": int(view.leg.chain.network_id),
        "to": checksummed(_lock_id(view)),
        "data": hex0x(data),
        "value": "0",
        "signature": signature,
    }


def _near_call(view: LegView, method: str, args: dict[str, Any]) -> Document:
    encoded = json.dumps(args, separators=(",", ":")).encode()
    action = {
        "type": "FunctionCall",
        "methodName": method,
        "args": args,
        "argsBase64": base64.b64encode(encoded).decode(),
        "gas": str(GAS[method]),
        "deposit": "0",
    }
    return {"networkId": view.leg.chain.network_id, "receiverId": view.leg.chain.contract, "actions": [action]}


def _lock_id(view: LegView) -> str:
    assert view.recognised is not None
    return view.recognised.lock_id
