"""The rows behind a session's page: a fixed number of queries, however much has happened."""

from datetime import datetime

from access.webhooks.selectors import deliveries_about
from swaps import selectors
from swaps.evidence import Decision, Facts
from swaps.machine import IllegalTransition, decide
from swaps.models import LedgerEntry, Refund, SessionTransition, StrayLock, SwapSession
from swaps.next_steps import action_of
from swaps.page.picture import Picture
from swaps.services.facts import facts_gather
from swaps.standing import Standing

MOST_TRANSITIONS, MOST_DELIVERIES, MOST_ENTRIES, MOST_STRANGERS = 200, 100, 500, 20


def picture_of(session: SwapSession, *, wall: datetime) -> Picture:
    """Everything the page shows of a session, with `wall` as our clock, by which it counts down: a chain whose time is ahead
    of it is an alarm of its own. The session comes with its secret and chains."""
    gathered = facts_gather(session, wall=wall)
    sent = list(selectors.transactions_of(session.pk).select_related("intent", "account"))
    standing = Standing(session, gathered.source, gathered.destination, sent)
    transitions = _newest_transitions(session)
    chains = {chain.name: chain for chain in (session.source_chain, session.destination_chain)}
    secret = getattr(session, "secret", None)
    return Picture(
        session=session,
        facts=gathered.facts,
        decision=_decision(gathered.facts),
        asked=action_of(standing),
        source=gathered.source,
        destination=gathered.destination,
        now=int(wall.timestamp()),
        secret_state=secret.state if secret is not None and standing.secret_held else "none",
        strangers=gathered.strangers[:MOST_STRANGERS],
        intents=tuple(selectors.intents_of(session.pk)),
        transactions=tuple(sent),
        strays=tuple(StrayLock.objects.filter(session=session).order_by("pk")[:MOST_STRANGERS]),
        refunds=tuple(
            Refund.objects.filter(leg__session=session).select_related("leg").order_by("-pk")[:MOST_STRANGERS]
        ),
        ledger=tuple(LedgerEntry.objects.filter(session=session).order_by("pk")[:MOST_ENTRIES]),
        transitions=tuple(transitions),
        earlier=max(0, session.seq - len(transitions)),
        deliveries=tuple(deliveries_about(session.principal, session.pk, most=MOST_DELIVERIES)),
        chains=chains,
    )


def _newest_transitions(session: SwapSession) -> list[SessionTransition]:
    newest = SessionTransition.objects.filter(session=session).order_by("-seq")[:MOST_TRANSITIONS]
    return list(reversed(newest))


def _decision(facts: Facts) -> Decision | None:
    try:
        return decide(facts)
    except IllegalTransition:
        return None
