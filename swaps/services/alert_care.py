"""Keeping messages about an alert back for a while. Audited. (That somebody is at it: `swaps/operations/review.py`.)"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from access.models import ActorKind
from access.services import audit_record
from swaps.models import AlertMute

LONGEST_MUTE = timedelta(days=30)


class AlertRefused(ValueError):
    """What an operator asked for cannot be done; the message says why."""


@transaction.atomic
def alert_mute(*, target: str, until: datetime, reason: str, actor: str) -> AlertMute:
    """Keep messages back, of an alert's key or of a whole rule. Another mute of the same target replaces this one. Raises
    `AlertRefused` without a reason, or for a time that is past or more than `LONGEST_MUTE` away."""
    now = timezone.now()
    if not reason.strip() or not target.strip():
        raise AlertRefused("say what to mute, and why: others will wonder")
    if not now < until <= now + LONGEST_MUTE:
        raise AlertRefused(f"mute until a time to come, at most {LONGEST_MUTE.days} days from now")
    values = {"until": until, "reason": reason.strip()[:200], "muted_by": actor[:80]}
    mute, _ = AlertMute.objects.update_or_create(target=target.strip()[:200], defaults=values)
    _record("alert_muted", actor, mute.target, {"until": until.isoformat(), "reason": mute.reason})
    return mute


@transaction.atomic
def alert_unmute(*, target: str, actor: str) -> bool:
    """Whether it was muted."""
    found = AlertMute.objects.select_for_update().filter(target=target).first()
    if found is None:
        return False
    found.delete()
    _record("alert_unmuted", actor, target, {})
    return True


def muted_now() -> set[str]:
    """Keys and rules whose messages are kept back at this moment."""
    return set(AlertMute.objects.filter(until__gt=timezone.now()).values_list("target", flat=True))


def _record(action: str, actor: str, target: str, detail: dict[str, object]) -> None:
    audit_record(action=action, actor_kind=ActorKind.OPERATOR, actor_id=actor[:80], target=target[:80], detail=detail)
