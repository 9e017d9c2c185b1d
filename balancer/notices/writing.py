"""Which alerts are told to whom, when, and in how many messages: a storm of alerts is a few messages."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from access.models import ActorKind
from access.operating import operating_values
from access.services import audit_record
from access.transactions import hang_never
from balancer.models import Delivery, Notice
from balancer.notices.targets import targets
from balancer.notices.words import body_of, title_of
from balancer.settings.alerts import NOTICES
from swaps.models import Alert
from swaps.services.alert_care import muted_now

MOST_AT_ONCE = 5_000
KEPT = timedelta(days=90)
HOUR = timedelta(hours=1)


@transaction.atomic
def notices_write(now: datetime | None = None) -> Notice | None:
    """Put what is new, what is over and what goes on unacknowledged into one message; None where there is nothing to tell, or
    where the last message was too lately."""
    hang_never()
    now = now or timezone.now()
    pending = list(
        Alert.objects.select_for_update(skip_locked=True).filter(notified_at=None).order_by("seq")[:MOST_AT_ONCE]
    )
    if not settings.ALERTS["urls"]:
        _mark(pending, now)  # whoever names an address tomorrow is not told of yesterday
        return None
    limits = operating_values(list(NOTICES))
    again = _to_repeat(now - timedelta(seconds=limits["ALERTS_REPEAT_SECONDS"]))
    if not (pending or again) or _too_soon(limits, now, urgent=_is_urgent(pending)):
        return None
    told = _audible(pending, again, now)
    if not told:
        return None
    return notice_send(title=title_of(told), body=body_of(told), severity=_worst(told), alerts=len(told))


@transaction.atomic
def notice_send(*, title: str, body: str, severity: str, alerts: int = 0) -> Notice:
    """One message to every address. It leaves within seconds, tried again for an hour where an address does not take it."""
    notice = Notice.objects.create(title=title[:200], body=body, severity=severity, alerts=alerts)
    at = timezone.now()
    Delivery.objects.bulk_create(
        Delivery(notice=notice, target=target.fingerprint, label=target.label, due_at=at)
        for target in targets().values()
    )
    return notice


@transaction.atomic
def notice_test(*, actor: str) -> Notice:
    """A message that says that messages arrive, by the way of all others. Audited."""
    body = f"{actor} asked for this message, to see that alarms arrive. Nothing is wrong."
    notice = notice_send(title="1Balancer: a test", body=body, severity=Alert.Severity.INFO)
    audit_record(
        action="alert_test_sent",
        actor_kind=ActorKind.OPERATOR,
        actor_id=actor[:80],
        target=f"notice {notice.pk}",
        detail={"addresses": [target.label for target in targets().values()]},
    )
    return notice


def notices_purge() -> int:
    """Forget messages that are old; how many rows that were."""
    return Notice.objects.filter(created_at__lt=timezone.now() - KEPT).delete()[0]


def _to_repeat(before: datetime) -> list[Alert]:
    """What stands, and nobody has said that he sees to it: told longer ago, or kept back by a mute that may be over."""
    standing = Alert.objects.select_for_update(skip_locked=True).filter(
        state=Alert.State.RAISED, cleared_at=None, acknowledged_at=None, notified_at__isnull=False
    )
    told = list(standing.filter(notified_at__lt=before, quiet=False).order_by("seq")[:MOST_AT_ONCE])
    return told + list(standing.filter(quiet=True).order_by("seq")[:MOST_AT_ONCE])


def _audible(pending: Sequence[Alert], again: Sequence[Alert], now: datetime) -> list[Alert]:
    """Those that nobody has muted. What began unheard ends unheard."""
    muted = muted_now()
    unheard = {row.key for row in _began(pending) if row.quiet}
    silent = [row for row in pending if row.key in muted or row.rule in muted or row.key in unheard]
    hushed = {row.pk for row in silent}
    heard = [row for row in pending if row.pk not in hushed]
    heard += [row for row in again if row.key not in muted and row.rule not in muted]
    _mark(silent, now, quiet=True)
    _mark(heard, now)
    return heard


def _began(pending: Iterable[Alert]) -> list[Alert]:
    """The newest beginning of each alert that is over."""
    over = {row.key for row in pending if row.state == Alert.State.CLEARED}
    begun = Alert.objects.filter(key__in=over, state=Alert.State.RAISED).order_by("key", "-seq")
    return list(begun.distinct("key"))


def _mark(rows: Iterable[Alert], now: datetime, *, quiet: bool = False) -> None:
    keys = [row.pk for row in rows]
    if keys:
        Alert.objects.filter(pk__in=keys).update(notified_at=now, quiet=quiet)


def _is_urgent(pending: Iterable[Alert]) -> bool:
    """Whether an error has begun that nobody has muted."""
    grave = [row for row in pending if (row.state, row.severity) == (Alert.State.RAISED, Alert.Severity.ERROR)]
    muted = muted_now() if grave else set()
    return any(row.key not in muted and row.rule not in muted for row in grave)


def _too_soon(limits: dict[str, int], now: datetime, *, urgent: bool) -> bool:
    """What is `urgent` has as many messages an hour again: no flapping warning keeps it back."""
    lately = Notice.objects.filter(alerts__gt=0, created_at__gt=now - HOUR)
    if lately.count() >= limits["ALERTS_PER_HOUR"] * (2 if urgent else 1):
        return True
    return lately.filter(created_at__gt=now - timedelta(seconds=limits["ALERTS_GROUP_SECONDS"])).exists()


def _worst(told: Iterable[Alert]) -> str:
    severities = {row.severity for row in told if row.state == Alert.State.RAISED}
    for severity in (Alert.Severity.ERROR, Alert.Severity.WARNING):
        if severity in severities:
            return str(severity)
    return str(Alert.Severity.INFO)
