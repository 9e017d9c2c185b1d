"""Measurements of the swaps, our inventory and the books."""

from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone

from balancer.conditions.readings import Probe, Reading
from swaps import overview
from swaps.models import Reconciliation, SwapSession
from swaps.selectors import active_count
from swaps.words import symbol_of

MOST_SESSIONS = 1_000
HOUR = timedelta(hours=1)


def sessions() -> Iterator[Reading]:
    """Sessions that an operator should see, and whether all are looked at in time."""
    waiting = SwapSession.objects.exclude(attention="").order_by("-created_at")
    for session_id, attention in waiting.values_list("pk", "attention")[:MOST_SESSIONS]:
        yield Reading("session_attention", attention, subject=session_id, session_id=session_id)
    due = SwapSession.objects.filter(wake_at__lte=timezone.now()).order_by("wake_at")
    oldest = due.values_list("pk", "wake_at").first()
    late = (timezone.now() - oldest[1]).total_seconds() if oldest and oldest[1] else 0.0
    which = f" ({oldest[0]})" if oldest else ""
    yield Reading(
        "session_overdue", f"sessions: the oldest due one{which} should have been looked at {late:.0f} s ago", late
    )


def counts() -> Iterator[Reading]:
    """How many swaps are under way, and how the last hour's have ended."""
    active = active_count()
    yield Reading("active_swaps", f"{active} swaps are under way", active)
    ended = SwapSession.objects.filter(finished_at__gt=timezone.now() - HOUR)
    statuses = list(ended.filter(status__in=("failed", "refunded")).values_list("status", flat=True)[:MOST_SESSIONS])
    failed, refunded = statuses.count("failed"), statuses.count("refunded")
    yield Reading("swaps_failing", f"{failed} swaps failed within an hour", failed)
    yield Reading("swaps_refunded", f"{refunded} swaps were refunded within an hour", refunded)


def inventory() -> Iterator[Reading]:
    """How much of each of our tokens is not promised yet."""
    for row in overview.inventory():
        free = 0 if row.amount <= 0 else row.free * 10_000 // row.amount
        says = f"{row.chain}: {free / 100:.0f} % of our {symbol_of(row.chain, row.token)} is not promised yet"
        yield Reading("inventory_low", says, free, f"{row.chain}:{row.token}")


def books() -> Iterator[Reading]:
    """What the last comparison of the books with the chains has found. None before the first."""
    last = Reconciliation.objects.order_by("-at").first()
    if last is None:
        return
    for one in last.differences:
        units = abs(int(one["units"] or 1))
        by = f"the books and the chain differ by {units} base units" if one["units"] else "the books do not fit"
        says = f"{one['chain']}: {by}, {one['what'].replace('_', ' ')}: {one['token']}"
        yield Reading("ledger_difference", says, units, f"{one['chain']}:{one['token']}:{one['what']}")
    age = (timezone.now() - last.at).total_seconds()
    yield Reading("reconcile_late", f"the books were compared with the chains {age:.0f} s ago", age)
    for chain in last.unreadable:
        yield Reading("reconcile_blind", f"{chain}: could not be read to compare the books", subject=chain)


PROBES = (
    Probe(("session_attention", "session_overdue"), sessions),
    Probe(("active_swaps", "swaps_failing", "swaps_refunded"), counts),
    Probe(("inventory_low",), inventory),
    Probe(("ledger_difference", "reconcile_late", "reconcile_blind"), books),
)
