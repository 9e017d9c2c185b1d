"""Telling operators: each trouble once when it begins, and once when it is over."""

from collections.abc import Collection
from dataclasses import dataclass

import structlog
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from access.transactions import hang_never
from swaps.models import Alert
from swaps.notifications import alert_announce

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Trouble:
    """Something that operators should know while it lasts. Two with the same `key` are the same."""

    key: str
    message: str
    severity: Alert.Severity = Alert.Severity.WARNING
    action: str = ""
    session_id: str = ""
    rule: str = ""


def alert_publish(trouble: Trouble) -> Alert | None:
    """Tell of a trouble; None when it stands already. In a transaction of its own: its number is the commit's order.

    Raises `RuntimeError` inside another transaction, which would hold the number, and everybody's next one, until its end.
    """
    with transaction.atomic(durable=True):
        _one_at_a_time()
        return _raise(trouble)


def alert_clear(key: str) -> Alert | None:
    """Tell that a trouble is over; None when it does not stand. In a transaction of its own, likewise."""
    with transaction.atomic(durable=True):
        _one_at_a_time()
        return _clear(key)


def alerts_settle(troubles: Collection[Trouble], kept: Collection[str] = ()) -> int:
    """These, and of `kept` those that stand already, are what is wrong now, and no others: tell of those that are new and of
    those that are over. How many were told."""
    wanted = {trouble.key: trouble for trouble in troubles}
    if _settled(wanted, kept):
        return 0
    with transaction.atomic(durable=True):
        _one_at_a_time()
        over = [_clear(key) for key in sorted(alerts_standing() - {*wanted, *kept})]
        begun = [_raise(trouble) for key, trouble in wanted.items()]
        return len([alert for alert in (*over, *begun) if alert])


def alerts_standing() -> set[str]:
    """The keys of the troubles that stand."""
    return set(Alert.objects.filter(state=Alert.State.RAISED, cleared_at=None).values_list("key", flat=True))


def _settled(wanted: Collection[str], kept: Collection[str]) -> bool:
    standing = alerts_standing()
    return standing >= set(wanted) and standing <= {*wanted, *kept}


def _one_at_a_time() -> None:
    hang_never()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('alerts', 0))")


def _raise(trouble: Trouble) -> Alert | None:
    if Alert.objects.filter(key=trouble.key, state=Alert.State.RAISED, cleared_at=None).exists():
        return None
    return _tell(trouble, Alert.State.RAISED)


def _clear(key: str) -> Alert | None:
    standing = Alert.objects.filter(key=key, state=Alert.State.RAISED, cleared_at=None).first()
    if standing is None:
        return None
    standing.cleared_at = timezone.now()
    standing.save(update_fields=["cleared_at"])
    over = Trouble(
        key,
        f"over: {standing.message}",
        Alert.Severity.INFO,
        session_id=standing.session_id,
        rule=standing.rule,
    )
    return _tell(over, Alert.State.CLEARED)


def _tell(trouble: Trouble, state: Alert.State) -> Alert:
    newest = Alert.objects.aggregate(newest=Max("seq"))["newest"] or 0
    alert = Alert.objects.create(
        seq=newest + 1,
        key=trouble.key,
        state=state,
        severity=trouble.severity,
        message=trouble.message[:300],
        action=trouble.action[:200],
        session_id=trouble.session_id,
        rule=trouble.rule,
    )
    log.warning("alert.told", key=alert.key, state=alert.state, severity=alert.severity, message=alert.message)
    alert_announce(alert.seq)
    return alert
