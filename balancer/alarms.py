"""What is wrong at this moment, for `/health` and for operators who are told without asking."""

import re
from collections.abc import Iterator

from balancer import health
from pricing.feeds.troubles import price_troubles
from swaps.models import Alert, SwapSession
from swaps.services.alerts import Trouble, alerts_settle

SESSION_ACTION = "look at the session in the admin console"
PRICES_ACTION = "see GET /api/prices and docs/prices.md"
MOST_SESSIONS = 1_000
FIGURES = re.compile(r"\d+(\.\d+)?")


def survey() -> int:
    """Tell operators of everything that is newly wrong and of everything that is over; how many alerts that made."""
    return alerts_settle(list(troubles_now()))


def troubles_now() -> Iterator[Trouble]:
    """The reasons of `/health`, what is wrong with prices, and every session that an operator should look at."""
    for reason in health.reasons_now():
        yield Trouble(f"health:{_steady(reason)}", reason, Alert.Severity.ERROR, action="see /health")
    for one in price_troubles():
        severity = Alert.Severity.ERROR if one.stops_quotes else Alert.Severity.WARNING
        yield Trouble(one.key[:200], one.message, severity, action=PRICES_ACTION)
    waiting = SwapSession.objects.exclude(attention="").order_by("-created_at")
    for session_id, attention in waiting.values_list("pk", "attention")[:MOST_SESSIONS]:
        yield Trouble(
            f"session:{session_id}:{_steady(attention)}"[:200],
            attention,
            action=SESSION_ACTION,
            session_id=session_id,
        )


def _steady(sentence: str) -> str:
    """A sentence without the figures that tick in it: the same trouble has the same name."""
    return FIGURES.sub("#", sentence)[:150]
