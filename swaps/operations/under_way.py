"""A refund that was ordered: how far its call is, and which action helps where it does not get on by itself."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone

from access.actions.forms import ask_url
from access.actions.plans import Remedy
from chains.config import chain_config
from chains.models import ChainTransaction, Intent
from chains.operations.words import halted, short
from swaps.models import Refund, SwapSession
from swaps.selectors import intents_of

State, Sent = Intent.State, ChainTransaction.State
LATE = timedelta(seconds=30)
"""A call that is due so long, and that no worker took, is not taken by itself any more."""


@dataclass(frozen=True)
class UnderWay:
    """One ordered refund. `stuck` says why it does not get on; empty while it does by itself, and `words` say how far it is."""

    refund: Refund
    words: str = ""
    stuck: str = ""
    remedies: tuple[Remedy, ...] = ()


def refunds_under_way(session: SwapSession) -> list[UnderWay]:
    """Each refund of this swap that was ordered and has no end yet, with where it stands. Writes nothing, asks no node."""
    ordered = Refund.objects.filter(leg__session=session, state=Refund.State.REQUESTED)
    rows = list(ordered.select_related("leg__chain").order_by("leg_id"))
    calls = {one.step: one for one in intents_of(session.pk)} if rows else {}
    return [_under_way(row, calls.get(f"{row.leg.side}_refund")) for row in rows]


def why_under_way(found: list[UnderWay]) -> str:
    """In one sentence why asking again does not help; empty where nothing is under way."""
    if not found:
        return ""
    told = "; ".join(
        f"{one.refund.leg.side}, by {one.refund.actor}, {_since(one.refund.requested_at)}" for one in found
    )
    stuck = "; the ".join(f"{one.refund.leg.side} lock: {one.stuck}" for one in found if one.stuck)
    if stuck:
        return f"a refund is under way already ({told}), and does not get on. The {stuck}"
    return f"a refund is under way already ({told}): asking again changes nothing"


def _under_way(refund: Refund, call: Intent | None) -> UnderWay:
    chain = refund.leg.chain
    if chain.halted_reason:
        return UnderWay(refund, stuck=halted(chain), remedies=(_lift(chain.name),))
    if call is None:
        return _waits(refund, refund.requested_at, "the engine orders its call", ())
    if call.cancel_requested_at is not None or call.state == State.WITHDRAWN:
        return UnderWay(refund, stuck=f"its call was cancelled: {call.cancel_reason}", remedies=(_look(call),))
    if call.state == State.PENDING:
        return _pending(refund, call)
    if call.state == State.REVERTED:
        return UnderWay(refund, stuck=f"its transaction failed for good{_error(call)}", remedies=(_retry(call),))
    return _signed(refund, call)


def _pending(refund: Refund, call: Intent) -> UnderWay:
    again_at, troubled = call.not_before, call.attention or call.last_error
    if again_at is not None and again_at > timezone.now() and (troubled or call.attempts or call.delays):
        tried = f"{call.attempts} attempt{'' if call.attempts == 1 else 's'}"
        told = f"it is tried again at {again_at:%H:%M:%S} UTC, after {tried}{_error(call)}"
        return UnderWay(refund, stuck=told, remedies=(_retry(call), _look(call)))
    if troubled:
        what = "its call was not sent" if call.attention else "its last attempt failed"
        return UnderWay(refund, stuck=what + _error(call), remedies=(_retry(call), _look(call)))
    return _waits(refund, call.not_before or call.updated_at, "a worker sends its call", (_retry(call),))


def _waits(refund: Refund, due: datetime, what: str, remedies: tuple[Remedy, ...]) -> UnderWay:
    """What somebody of ours does within seconds, if he lives."""
    if due > timezone.now() - LATE:
        return UnderWay(refund, f"{what} within seconds")
    alive = Remedy("See which processes live", reverse("admin:balancer_process_changelist"))
    told = f"it waits {_since(due)} until {what}, which takes seconds while one lives"
    return UnderWay(refund, stuck=told, remedies=(*remedies, alive))


def _signed(refund: Refund, call: Intent) -> UnderWay:
    sent = call.transactions.order_by("-pk").first()
    if sent is None or sent.state == Sent.INCLUDED:
        where = f"in block {sent.block_height}" if sent else "signed"
        return UnderWay(refund, f"its transaction is {where}, and waits to be final")
    config, again = (
        chain_config(sent.chain_id),
        Remedy("Look for its transaction…", _ask("transaction.reobserve", sent)),
    )
    if sent.state not in (Sent.SIGNED, Sent.BROADCAST):
        told = f"{short(sent.hash)} {sent.get_state_display()}, and its event is not read yet"
        return UnderWay(refund, told, remedies=(again,))
    if sent.waiting_since > timezone.now() - timedelta(seconds=config.inclusion_seconds):
        return UnderWay(refund, f"{short(sent.hash)} is out, and waits for its block")
    told = f"{short(sent.hash)} waits {_since(sent.waiting_since)}, and is in no block"
    outbid = (Remedy("Replace its transaction…", _ask("transaction.replace", sent)),) if config.family == "evm" else ()
    return UnderWay(refund, stuck=told, remedies=(*outbid, again))


def _error(call: Intent) -> str:
    said = call.attention or call.last_error
    return f": {said}" if said else ""


def _since(at: datetime) -> str:
    return f"since {at:%H:%M:%S} UTC"


def _ask(kind: str, sent: ChainTransaction) -> str:
    return ask_url(kind, str(sent.pk))


def _lift(chain: str) -> Remedy:
    return Remedy(f"Lift the halt of {chain}…", ask_url("chain.resume", chain))


def _retry(call: Intent) -> Remedy:
    return Remedy(f"Try the refund on {call.chain_id} again…", ask_url("intent.retry", str(call.pk)))


def _look(call: Intent) -> Remedy:
    return Remedy("Its call and every transaction", reverse("admin:chains_intent_change", args=[call.pk]))
