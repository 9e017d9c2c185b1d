"""Refunds: by themselves at expiry, on an operator's order, or by anyone on chain. Each is a row."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from access.services import LONGEST_NAME, audit_record
from chains.models import ChainEvent
from swaps.errors import RefundRefused
from swaps.locks import lock_session
from swaps.machine import Presence, Sending, Step
from swaps.models import Leg, Refund, SwapSession
from swaps.services.facts import Gathered, LegView, datetime_of, facts_gather
from swaps.services.transitions import session_note


@dataclass(frozen=True)
class RefundOption:
    """What a refund of one leg would do now: `possible`, or `why_not` and, where time is what is missing, `not_before`."""

    leg: Leg
    possible: bool
    why_not: str = ""
    not_before: datetime | None = None
    call: str = ""


def refund_options(session: SwapSession) -> list[RefundOption]:
    """For each leg, whether it can be refunded now, and if not why not and from when. Writes nothing."""
    gathered = facts_gather(session, wall=timezone.now())
    return [_option(gathered, view) for view in gathered.views]


def _option(gathered: Gathered, view: LegView) -> RefundOption:
    leg, facts = view.leg, view.facts
    if facts.lock is Presence.ABSENT:
        return RefundOption(leg, False, "nothing is locked on this leg")
    if facts.refund:
        return RefundOption(
            leg, False, "it is refunded already" if facts.refund is Presence.FINAL else "its refund is on its way"
        )
    if facts.claim:
        return RefundOption(leg, False, "it was claimed")
    if facts.lock is not Presence.FINAL:
        return RefundOption(leg, False, "its lock is not final yet")
    if leg.side == Leg.Side.SOURCE and not _destination_is_back(gathered):
        return RefundOption(leg, False, "the destination must be refunded first: until then it may still be claimed")
    now = gathered.facts.source_now if leg.side == Leg.Side.SOURCE else gathered.facts.destination_now
    if now.final < facts.refund_from:
        return RefundOption(
            leg,
            False,
            "its timelock has not run out by the chain's final time: the contract would refuse",
            datetime_of(facts.refund_from),
        )
    return RefundOption(leg, True, call=f"{'cancel' if leg.lock_id.startswith('0x') else 'refund'} on {leg.chain_id}")


def _destination_is_back(gathered: Gathered) -> bool:
    destination = gathered.destination.facts
    if destination.lock is Presence.ABSENT:
        return gathered.facts.state(Step.DESTINATION_LOCK) in (Sending.ABSENT, Sending.REVERTED)
    return destination.refund is Presence.FINAL


@transaction.atomic
def refund_request(*, session_id: str, actor: str, reason: str) -> list[Refund]:
    """An operator orders that everything of this swap that can go back, goes back.

    The session is given up (no reveal any more), and every leg that is refundable now gets a `Refund` row and its call.
    Asked twice, it finds the first request's rows. Raises `RefundRefused` with why not and from when.
    """
    from swaps.tasks import advance_session

    session = lock_session(session_id)
    reason, actor = reason.strip(), actor[:LONGEST_NAME]
    if not reason:
        raise RefundRefused("a refund needs a reason, for whoever reads the books later", code="refund_needs_reason")
    standing = list(Refund.objects.filter(leg__session=session, state=Refund.State.REQUESTED))
    if standing:
        return standing
    options = refund_options(session)
    possible = [option for option in options if option.possible]
    if not possible:
        _refuse(options)
    if session.cancel_requested_at is None:
        session.cancel_requested_at = timezone.now()
    rows = [
        refund_open(leg=option.leg, source=Refund.Source.OPERATOR, actor=actor, reason=reason) for option in possible
    ]
    session_note(session, cause="refund_requested", actor=actor, data={"legs": [row.leg.side for row in rows]})
    audit_record(
        action="refund_requested", actor_kind="operator", actor_id=actor, target=session.pk, detail={"reason": reason}
    )
    advance_session.defer(session_id=session.pk)
    return rows


def _refuse(options: list[RefundOption]) -> None:
    times = [option.not_before for option in options if option.not_before]
    why = "; ".join(f"{option.leg.side}: {option.why_not}" for option in options)
    if times:
        raise RefundRefused(
            f"not yet: {why}",
            code="refund_not_yet",
            extra={"refundableAt": min(times).isoformat().replace("+00:00", "Z")},
        )
    raise RefundRefused(why)


def refund_open(*, leg: Leg, source: str, actor: str, reason: str) -> Refund:
    """The open refund of a leg, made if there is none."""
    return Refund.objects.get_or_create(
        leg=leg,
        state=Refund.State.REQUESTED,
        defaults={"source": source, "actor": actor, "reason": reason},
    )[0]


def refunds_settle(view: LegView) -> None:
    """Close a leg's refund once a final event tells its end; a refund by somebody else becomes a row as well."""
    if view.facts.refund is Presence.FINAL:
        event = next(event for event in view.events if event.kind == "lock_refunded")
        if not Refund.objects.filter(leg=view.leg, state=Refund.State.DONE).exists():
            row = refund_open(leg=view.leg, source=Refund.Source.CHAIN, actor="chain", reason="refunded on chain")
            _close(row, Refund.State.DONE, event)
    elif view.facts.claim is Presence.FINAL:
        for row in Refund.objects.filter(leg=view.leg, state=Refund.State.REQUESTED):
            _close(row, Refund.State.OVERTAKEN, None)


def _close(row: Refund, state: str, event: ChainEvent | None) -> None:
    row.state, row.finished_at = state, timezone.now()
    row.tx_hash = event.tx_hash if event else ""
    row.save(update_fields=["state", "finished_at", "tx_hash"])
