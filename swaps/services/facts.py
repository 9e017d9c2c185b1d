"""Gathering what the machine may know: events that stand, intents, chain time. Nothing here writes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from django.db.models import QuerySet

from chains.config import chain_config
from chains.events import EventKind
from chains.models import Chain, ChainEvent, Intent
from chains.selectors import events_of_lock, locks_of_swap, own_hashes
from swaps.evidence import ClaimOrder
from swaps.machine import ChainNow, Facts, LegFacts, Margins, Payout, Presence, Sending, Status, Step
from swaps.models import LedgerEntry, Leg, SwapSession
from swaps.selectors import is_paused
from swaps.services.confirmations import final_height
from swaps.services.legs import Recognised, family_of

SUBJECT = "session"
SENDING = {
    Intent.State.PENDING: Sending.IN_FLIGHT,
    Intent.State.SENT: Sending.IN_FLIGHT,
    Intent.State.DONE: Sending.DONE,
    Intent.State.REVERTED: Sending.REVERTED,
    Intent.State.WITHDRAWN: Sending.REVERTED,
}
CLAIMS = (EventKind.LOCK_CLAIMED,)
REFUNDS = (EventKind.LOCK_REFUNDED,)


@dataclass(frozen=True)
class LegView:
    """One leg with the lock that was recognised as it (if any), the events of that lock, and what they amount to."""

    leg: Leg
    recognised: Recognised | None
    events: tuple[ChainEvent, ...]
    facts: LegFacts


@dataclass(frozen=True)
class Gathered:
    """A session's facts, and the views they were drawn from. `strangers` = locks with its hashlock that are not it, and its
    maker's with its salt and another hashlock."""

    session: SwapSession
    facts: Facts
    source: LegView
    destination: LegView
    strangers: tuple[ChainEvent, ...]

    @property
    def views(self) -> tuple[LegView, LegView]:
        return self.source, self.destination


def facts_gather(session: SwapSession, *, wall: datetime) -> Gathered:
    """Everything `machine.decide` needs for this session, from the database alone."""
    legs = {leg.side: leg for leg in session.legs.select_related("chain", "session")}
    maker = legs["source"].refundee
    found = list(locks_of_swap(session.hashlock, session.salt, maker).select_related("chain"))
    created = [event for event in found if event.hashlock == session.hashlock]
    sending = sending_of(session)
    source = _view(legs["source"], created, sending)
    destination = _view(legs["destination"], created, sending)
    known = {(view.leg.chain_id, view.recognised.lock_id) for view in (source, destination) if view.recognised}
    strangers = tuple(event for event in found if (event.chain_id, event.lock_id) not in known)
    secret = getattr(session, "secret", None)
    source_now = _now(legs["source"].chain, wall)
    if source.facts.lock is Presence.ABSENT and is_paused(session.source_chain_id, session.destination_chain_id):
        source_now = replace(source_now, open=False)  # no order is filled while new swaps are paused
    facts = Facts(
        status=Status(session.status),
        source=source.facts,
        destination=destination.facts,
        source_now=source_now,
        destination_now=_now(legs["destination"].chain, wall),
        margins=Margins(**session.plan["margins"]),
        expires_at=int(session.expires_at.timestamp()),
        order_mode=session.source_lock == SwapSession.SourceLock.ORDER,
        executed=session.executed_at is not None,
        cancel_requested=session.cancel_requested_at is not None,
        secret_held=secret is not None and secret.purged_at is None,
        revealed=secret is not None and secret.revealed_at is not None,
        sending=sending,
        claims=ClaimOrder(session.plan.get("claims", ClaimOrder.DESTINATION_FIRST)),
    )
    return Gathered(session, facts, source, destination, strangers)


def intents_of(session: SwapSession) -> QuerySet[Intent]:
    """The session's intents."""
    return Intent.objects.filter(subject_type=SUBJECT, subject_id=session.pk)


def sending_of(session: SwapSession) -> dict[Step, Sending]:
    """Where each of the session's steps stands."""
    return {Step(intent.step): SENDING[Intent.State(intent.state)] for intent in intents_of(session)}


def _now(chain: Chain, wall: datetime) -> ChainNow:
    seen = max(chain.seen_time_ns, chain.head_time_ns)
    return ChainNow(
        final=chain.final_time_ns // 10**9,
        seen=seen // 10**9,
        wall=int(wall.timestamp()),
        open=not chain.halted_reason,
    )


def _view(leg: Leg, created: list[ChainEvent], sending: Mapping[Step, Sending]) -> LegView:
    family = family_of(leg.chain_id)
    candidates = ((event, family.recognise(leg, event)) for event in created if event.chain_id == leg.chain_id)
    found = [(event, recognised) for event, recognised in candidates if recognised]
    if not found:
        return LegView(leg, None, (), LegFacts())
    recognised = found[0][1] if len(found) == 1 else _chosen(leg, found, sending)
    return leg_view(leg, recognised, tuple(events_of_lock(leg.chain_id, recognised.lock_id)))


def _chosen(leg: Leg, found: list[tuple[ChainEvent, Recognised]], sending: Mapping[Step, Sending]) -> Recognised:
    """Which of several locks with the agreed terms is the leg's: the first that was seen; on the destination, where anybody can
    make ours as well from his own money and in another block, rather our own. The one that was gone on with stays."""
    if leg.side == Leg.Side.SOURCE:
        return found[0][1]
    for _, recognised in found:
        if recognised.lock_id == leg.lock_id and _is_gone_on_with(leg, sending):
            return recognised
    ours = own_hashes(leg.chain_id, {event.tx_hash for event, _ in found})
    return next((recognised for event, recognised in found if event.tx_hash in ours), found[0][1])


def _is_gone_on_with(leg: Leg, sending: Mapping[Step, Sending]) -> bool:
    """Whether the destination's recorded lock was believed: clients were told so, its end was ordered, or it is in the books."""
    if leg.session.status in (Status.BOTH_LOCKED, Status.REVEALING_SECRET):
        return True
    if Step.DESTINATION_CLAIM in sending or Step.DESTINATION_REFUND in sending:
        return True
    locked = LedgerEntry.objects.filter(session_id=leg.session_id, kind=LedgerEntry.Kind.LOCKED)
    return locked.filter(event__chain_id=leg.chain_id, event__lock_id=leg.lock_id).exists()


def leg_view(leg: Leg, recognised: Recognised, events: tuple[ChainEvent, ...]) -> LegView:
    """A leg with its lock, and what the lock's standing events, oldest first, amount to."""
    return LegView(leg, recognised, events, _leg_facts(leg, recognised, events))


def _leg_facts(leg: Leg, recognised: Recognised, events: tuple[ChainEvent, ...]) -> LegFacts:
    return LegFacts(
        lock=_presence(leg, events, (EventKind.LOCK_CREATED,)),
        claim=_presence(leg, events, CLAIMS),
        refund=_presence(leg, events, REFUNDS),
        claim_from=recognised.claim_from,
        expires_at=recognised.expires_at,
        refund_from=recognised.refund_from,
        verified=leg.verified,
        payout=payout_of(leg.chain_id, events),
    )


def _presence(leg: Leg, events: tuple[ChainEvent, ...], kinds: tuple[EventKind, ...]) -> Presence:
    """Final beats seen: a contract that emits twice (a funded-again clone) is judged by its first event."""
    heights = [event.block_height for event in events if event.kind in kinds]
    if not heights:
        return Presence.ABSENT
    return Presence.FINAL if min(heights) <= final_height(leg) else Presence.SEEN


def payout_of(chain: str, events: Sequence[ChainEvent]) -> Payout:
    """What became of a lock's money by these events of it, oldest first. An escrow pays as it is settled; the HTLC's payment
    may fail after that, and again."""
    kinds = [event.kind for event in events]
    if not any(kind in kinds for kind in (*CLAIMS, *REFUNDS)):
        return Payout.PENDING
    if chain_config(chain).family == "evm" or EventKind.PAYOUT_SUCCEEDED in kinds:
        return Payout.PAID
    return Payout.FAILED if kinds[-1] == EventKind.PAYOUT_FAILED else Payout.PENDING


def datetime_of(seconds: int) -> datetime:
    """Chain seconds as an aware datetime."""
    return datetime.fromtimestamp(seconds, tz=UTC)
