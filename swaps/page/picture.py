"""All that a session's page is drawn from, as it was read at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from access.webhooks.models import Delivery
from chains.models import Chain, ChainEvent, ChainTransaction, Intent
from swaps.evidence import Decision, Facts
from swaps.models import LedgerEntry, Refund, SessionTransition, StrayLock, SwapSession
from swaps.page.words import amount_text
from swaps.services.facts import LegView
from swaps.shapes.words import NextAction


@dataclass(frozen=True)
class Picture:
    """`decision` is what the machine says to these facts, None where it refuses them. `asked` is what the client should do.
    `transitions` are the newest ones, in order; `earlier` is how many there are before them."""

    session: SwapSession
    facts: Facts
    decision: Decision | None
    asked: NextAction
    source: LegView
    destination: LegView
    now: int
    secret_state: str = "none"
    strangers: tuple[ChainEvent, ...] = ()
    intents: tuple[Intent, ...] = ()
    transactions: tuple[ChainTransaction, ...] = ()
    strays: tuple[StrayLock, ...] = ()
    refunds: tuple[Refund, ...] = ()
    ledger: tuple[LedgerEntry, ...] = ()
    transitions: tuple[SessionTransition, ...] = ()
    earlier: int = 0
    deliveries: tuple[Delivery, ...] = ()
    chains: Mapping[str, Chain] = field(default_factory=dict)

    @property
    def source_text(self) -> str:
        session = self.session
        return amount_text(session.source_chain_id, session.source_token, session.source_amount)

    @property
    def destination_text(self) -> str:
        session = self.session
        return amount_text(session.destination_chain_id, session.destination_token, session.destination_amount)

    @property
    def sent_for(self) -> dict[int, list[ChainTransaction]]:
        """Our transactions by intent, newest first."""
        found: dict[int, list[ChainTransaction]] = {}
        for sent in reversed(self.transactions):
            found.setdefault(sent.intent_id, []).append(sent)
        return found

    @property
    def plan(self) -> dict[str, Any]:
        plan: dict[str, Any] = self.session.plan
        return plan
