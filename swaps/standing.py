"""Where sessions stand: all that their documents are drawn from, in two queries however many sessions there are."""

from collections.abc import Sequence
from dataclasses import dataclass

from chains.models import Chain, ChainEvent, ChainTransaction
from chains.selectors import events_of_locks
from swaps import selectors
from swaps.evidence import ClaimOrder, LegFacts, Presence
from swaps.models import Leg, SwapSession
from swaps.services.facts import LegView, leg_view
from swaps.services.legs import Recognised
from swaps.statuses import Status

UNTOUCHED = (Status.INITIALIZED,)


@dataclass(frozen=True)
class Standing:
    """A session, both of its legs as their chains show them, and our transactions, oldest first."""

    session: SwapSession
    source: LegView
    destination: LegView
    transactions: Sequence[ChainTransaction]

    @property
    def views(self) -> tuple[LegView, LegView]:
        return self.source, self.destination

    @property
    def status(self) -> Status:
        return Status(self.session.status)

    @property
    def claims(self) -> ClaimOrder:
        """Which leg is claimed first."""
        return ClaimOrder(self.session.plan.get("claims", ClaimOrder.DESTINATION_FIRST))

    @property
    def first(self) -> LegView:
        """The leg that is claimed first, which makes the secret public."""
        return self.destination if self.claims is ClaimOrder.DESTINATION_FIRST else self.source

    @property
    def secret_held(self) -> bool:
        """Whether we have the secret, or had it. One of the maker's own comes with both locks, and not before."""
        if self.session.custody == SwapSession.Custody.MAKER and self.status in UNTOUCHED:
            return False
        return getattr(self.session, "secret", None) is not None


def standings_of(sessions: Sequence[SwapSession]) -> list[Standing]:
    """The standing of each session, in order. Sessions come with their legs, chains and secret (`selectors`)."""
    legs = [leg for session in sessions for leg in _legs(session)]
    events = events_of_locks({(leg.chain_id, leg.lock_id) for leg in legs if leg.lock_id})
    begun = [session.pk for session in sessions if session.status not in UNTOUCHED]
    sent = selectors.transactions_of_all(begun) if begun else {}
    return [_standing(session, events, sent.get(session.pk, [])) for session in sessions]


def standing_of(session: SwapSession) -> Standing:
    """The standing of one session."""
    return standings_of([session])[0]


def _standing(
    session: SwapSession, events: dict[tuple[str, str], tuple[ChainEvent, ...]], sent: list[ChainTransaction]
) -> Standing:
    views = {leg.side: _view(leg, events.get((leg.chain_id, leg.lock_id), ())) for leg in _legs(session)}
    return Standing(session, views[Leg.Side.SOURCE.value], views[Leg.Side.DESTINATION.value], sent)


def _legs(session: SwapSession) -> list[Leg]:
    """Its legs, sharing the session's own chains: they are loaded already."""
    legs = list(session.legs.all())
    for leg in legs:
        leg.chain = _chain(session, leg)
    return legs


def _chain(session: SwapSession, leg: Leg) -> Chain:
    return session.source_chain if leg.side == Leg.Side.SOURCE else session.destination_chain


def _view(leg: Leg, events: tuple[ChainEvent, ...]) -> LegView:
    if not events:
        return LegView(leg, None, (), LegFacts(verified=leg.verified))
    recognised = Recognised(
        lock_id=leg.lock_id,
        terms=leg.lock_terms,
        claim_from=leg.claim_from or 0,
        expires_at=leg.expires_at or 0,
        refund_from=leg.refund_from or 0,
    )
    return leg_view(leg, recognised, events)


def is_locked(view: LegView) -> bool:
    """Whether its lock is final by the session's own level."""
    return view.facts.lock is Presence.FINAL
