"""What needs the operator now, in words, the gravest first; nothing else on the page is as urgent."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from balancer.conditions.readings import key_of
from balancer.console.figures.moment import Moment
from balancer.console.links import row, rows
from balancer.console.words import plural
from balancer.queue import worker_silent_seconds
from balancer.settings.alerts import RULES
from chains import overview as chains
from chains.models import Account, Chain, Intent
from swaps import overview as swaps
from swaps.models import Alert, Pause, StrayLock, SwapSession

WORKER_SILENT = 30.0  # seconds; procrastinate's workers report each ten
SHOWN = 5
DANGER, WARNING, INFO = "danger", "warning", "info"
LEVELS = {Alert.Severity.ERROR: DANGER, Alert.Severity.WARNING: WARNING}
MARKS = {DANGER: "error", WARNING: "warning", INFO: "info"}
RANK = (DANGER, WARNING, INFO)


@dataclass(frozen=True)
class Need:
    """One thing: what is wrong, what to do, where. `about` is the alert that tells of the same, its key or its rule alone; `rows`
    is how many there are where the link leads to a list."""

    level: str
    title: str
    href: str
    detail: str = ""
    at: datetime | None = None
    about: str = ""
    rows: int | None = None

    @property
    def mark(self) -> str:
        """The icon's name."""
        return MARKS[self.level]

    def tells(self, key: str) -> bool:
        """Whether the alert of this key says nothing more."""
        return bool(self.about) and (key == self.about or (self.about in RULES and key.startswith(f"{self.about}:")))


def read(moment: Moment) -> dict[str, Any]:
    """`needs`, the gravest first, and how many alerts stand beside those that are told."""
    direct = [*_chains(moment), *_workers(), *_sessions(), *_actions(), *_keys(), *_strays(), *_books(), *_pauses()]
    alerts = [one for one in moment.alerts if not one.session_id and not any(need.tells(one.key) for need in direct)]
    needs = direct + [_of_alert(one) for one in alerts[:SHOWN]]
    return {
        "needs": sorted(needs, key=lambda need: RANK.index(need.level)),
        "alerts": len(moment.alerts),
        "alerts_more": max(0, len(alerts) - SHOWN),
        "alerts_href": rows(Alert, state__exact=Alert.State.RAISED, cleared_at__isnull=True),
    }


def _of_alert(alert: Alert) -> Need:
    level = LEVELS.get(Alert.Severity(alert.severity), INFO)
    return Need(level, alert.message, row(alert), detail=alert.action, at=alert.at)


def _chains(moment: Moment) -> Iterator[Need]:
    for config, found in moment.chains:
        href = rows(Chain) if found is None else row(found)
        if found is not None and found.halted_reason:
            about = key_of("chain_halted", config.name)
            yield Need(DANGER, f"Money on {config.name} is halted", href, found.halted_reason, about=about)
        if config.is_usable and moment.is_silent(found):
            since = found.watched_at if found else None
            text = "nothing on it is seen: swaps there stand still"
            title = f"Nobody watches {config.name}" if since else f"{config.name} was never watched"
            about = key_of("watcher_silent", config.name)
            yield Need(DANGER, title, href, f"{text}; start manage.py watch_chain {config.name}", since, about)


def _workers() -> Iterator[Need]:
    silent = worker_silent_seconds()
    if silent is None or silent > WORKER_SILENT:
        title = "No worker runs" if silent is None else "No worker has reported for half a minute or more"
        detail = "no swap moves and nothing is sent: start manage.py work"
        yield Need(DANGER, title, "/health", detail, about="worker_silent")


def _sessions() -> Iterator[Need]:
    count, first = swaps.sessions_attention()
    for session in first:
        yield Need(WARNING, session.attention, row(session), f"{session.pk}, {session.status}", session.created_at)
    if count > len(first):
        href = rows(SwapSession, attention__gt="")
        yield Need(WARNING, f"{_many(count)} sessions in all need a look", href, rows=count)


def _actions() -> Iterator[Need]:
    found = chains.intents_attention()
    count, first = found.order_by()[: chains.MOST].count(), found.first()
    if first is not None:
        title = f"{_many(count)} {'action is' if count == 1 else 'actions are'} stuck"
        detail = f"the oldest, {first.step} on {first.chain_id}: {first.attention}"
        yield Need(DANGER, title, rows(Intent, attention__gt=""), detail, first.created_at, rows=count)


def _keys() -> Iterator[Need]:
    for account in chains.accounts_stopped():
        stopped = bool(account.stopped_reason)
        title = f"The key {account.address[:20]} on {account.chain_id} " + ("pays nothing out" if stopped else "")
        yield Need(
            DANGER if stopped else WARNING,
            title if stopped else f"{title}needs a look",
            rows(Account, id__exact=account.pk),
            account.stopped_reason or account.attention,
            about=key_of("account_stopped", f"{account}:{account.public_key}"),
            rows=1,
        )


def _strays() -> Iterator[Need]:
    count = swaps.strays_standing()
    if count:
        href = rows(StrayLock, state__exact=StrayLock.State.STANDING)
        title = f"{plural(count, 'lock stands', 'locks stand')} that nobody agreed to"
        yield Need(INFO, title, href, "each goes back by itself when its own time is over", rows=count)


def _books() -> Iterator[Need]:
    last = swaps.reconciliation_last()
    if last is not None and last.differences:
        title = f"The books differ from the chains in {plural(len(last.differences), 'place')}"
        yield Need(DANGER, title, row(last), "see manage.py reconcile", last.at, "ledger_difference")


def _pauses() -> Iterator[Need]:
    for target in settings.PAUSED:
        about = key_of("swaps_paused", target)
        yield Need(INFO, f"New swaps are paused: {target}", rows(Pause), "by the setting PAUSED", about=about)
    for pause in swaps.pauses_open():
        about = key_of("swaps_paused", pause.target)
        yield Need(INFO, f"New swaps are paused: {pause.target}", row(pause), _because(pause), pause.started_at, about)


def _because(pause: Pause) -> str:
    return f"{pause.reason}, by {pause.actor}"


def _many(count: int) -> str:
    return str(count) if count < swaps.MOST else f"{swaps.MOST} or more"
