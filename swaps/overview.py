"""What an operator sees of all swaps at one look: a fixed number of queries, each over an index of the rows that it is about."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import TruncHour

from chains.events import EventKind
from chains.models import ChainEvent
from swaps.models import Alert, LedgerEntry, Leg, Pause, Reconciliation, Reservation, Stock, StrayLock, SwapSession
from swaps.statuses import Status

AGES = (timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
"""Where the columns of ages end; the last one has no end."""
MOST = 100
"""Nobody reads further; what is beyond is "100 or more"."""
EVM_OVER = (EventKind.LOCK_CLAIMED, EventKind.LOCK_REFUNDED, EventKind.FUNDS_RESCUED)


# At this moment


@dataclass(frozen=True)
class StatusAges:
    """How many active sessions have a status, by age: as many figures as `AGES` and one more, the youngest first."""

    status: str
    counts: tuple[int, ...]
    oldest: datetime

    @property
    def total(self) -> int:
        return sum(self.counts)


def active_by_age(cuts: tuple[datetime, ...]) -> list[StatusAges]:
    """Active sessions by status in the order of a swap, each counted by when it was created: after the first cut, between
    the first and the second, and so on. `cuts` go back in time."""
    edges = [None, *cuts, None]
    columns = {
        f"age{number}": Count("pk", filter=_created(since=edges[number + 1], before=edges[number]))
        for number in range(len(cuts) + 1)
    }
    active: QuerySet[Any] = SwapSession.objects.filter(finished_at=None)
    rows: QuerySet[Any, Any] = active.values("status").annotate(**columns, oldest=Min("created_at"))
    order = list(Status)
    found = [StatusAges(row["status"], tuple(row[name] for name in columns), row["oldest"]) for row in rows.order_by()]
    return sorted(found, key=lambda one: order.index(Status(one.status)))


def _created(*, since: datetime | None, before: datetime | None) -> Q:
    within = Q(pk__isnull=False)
    if since is not None:
        within &= Q(created_at__gte=since)
    return within if before is None else within & Q(created_at__lt=before)


def sessions_waking(now: datetime) -> tuple[int, SwapSession | None]:
    """How many active sessions are due to be looked at, and the one that has been so for longest."""
    due = SwapSession.objects.filter(finished_at=None, wake_at__lte=now).order_by("wake_at")
    return due[:MOST].count(), due.only("pk", "wake_at", "status").first()


def sessions_attention() -> tuple[int, list[SwapSession]]:
    """How many sessions somebody should look at, `MOST` at most, and the three that have waited longest."""
    found = SwapSession.objects.filter(attention__gt="").order_by("created_at")
    return found.order_by()[:MOST].count(), list(found.only("pk", "attention", "status", "created_at")[:3])


def alerts_open() -> QuerySet[Alert]:
    """The troubles that stand."""
    return Alert.objects.filter(state=Alert.State.RAISED, cleared_at=None)


def pauses_open() -> list[Pause]:
    """The pauses that operators have ordered, and not lifted."""
    return list(Pause.objects.filter(lifted_at=None))


def strays_standing() -> int:
    """Locks that nobody agreed to, and that are still there."""
    return StrayLock.objects.filter(state=StrayLock.State.STANDING).count()


def reconciliation_last() -> Reconciliation | None:
    """The newest comparison of the books with the chains."""
    return Reconciliation.objects.order_by("-at").first()


# Money


def legs_standing(legs: QuerySet[Leg] | None = None) -> QuerySet[Leg]:
    """Locks of active swaps that are on their chains and hold money: nobody has claimed and nobody has refunded them. On NEAR
    the money has gone when its payout has arrived."""
    events = ChainEvent.objects.filter(chain_id=OuterRef("chain_id"), lock_id=OuterRef("lock_id"), orphaned_at=None)
    over = Q(kind__in=EVM_OVER, chain__family="evm") | Q(kind=EventKind.PAYOUT_SUCCEEDED)
    found = (Leg.objects.all() if legs is None else legs).filter(session__finished_at=None).exclude(lock_id="")
    return found.filter(Exists(events.filter(kind=EventKind.LOCK_CREATED)), ~Exists(events.filter(over)))


@dataclass(frozen=True)
class Held:
    """What stands in the locks of one side on one chain in one token, base units; `first_expiry` in chain seconds."""

    chain: str
    token: str
    side: str
    count: int
    amount: int
    first_expiry: int | None


def money_held() -> list[Held]:
    """All money in locks, by chain, token and side: the destination's is ours, the source's a maker's until we claim it."""
    rows = legs_standing().values("chain_id", "token", "side")
    summed = rows.annotate(count=Count("pk"), amount=Sum("amount"), first=Min("expires_at"))
    return [
        Held(row["chain_id"], row["token"], row["side"], row["count"], int(row["amount"]), row["first"])
        for row in summed.order_by("chain_id", "token", "side")
    ]


@dataclass(frozen=True)
class Holding:
    """Our balance of a token when it was last read, and what is promised of it now, base units."""

    chain: str
    token: str
    amount: int
    reserved: int
    promises: int
    read_at: datetime

    @property
    def free(self) -> int:
        return max(0, self.amount - self.reserved)


def inventory() -> list[Holding]:
    """Every token that we hold, or have read that we hold none of."""
    open_ones = Reservation.objects.filter(released_at=None).values("chain_id", "token")
    promised = {
        (row["chain_id"], row["token"]): (int(row["amount"]), row["count"])
        for row in open_ones.annotate(amount=Sum("amount"), count=Count("pk")).order_by()
    }
    rows = Stock.objects.order_by("chain_id", "token")
    none = (0, 0)
    return [
        Holding(row.chain_id, row.token, int(row.amount), *promised.get((row.chain_id, row.token), none), row.read_at)
        for row in rows
    ]


# What has been


@dataclass(frozen=True)
class Hour:
    """Sessions that ended within one hour, by their last status."""

    begins: datetime
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def ended_by_hour(since: datetime, until: datetime) -> list[Hour]:
    """Every hour from `since` (a full hour) to `until`, the empty ones, too."""
    rows = SwapSession.objects.filter(finished_at__gte=since).values("status", hour=TruncHour("finished_at"))
    found: dict[datetime, dict[str, int]] = {}
    for row in rows.annotate(count=Count("pk")).order_by():
        found.setdefault(row["hour"], {})[row["status"]] = row["count"]
    hours = int((until - since) / timedelta(hours=1)) + 1
    return [
        Hour(begins, found.get(begins, {})) for begins in (since + timedelta(hours=number) for number in range(hours))
    ]


def durations(cuts: Iterable[datetime]) -> list[tuple[float | None, float | None]]:
    """Seconds from a session's making to its completion, median and 95th percentile, of those completed since each cut."""
    cuts = list(cuts)
    figure = "percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY took) FILTER (WHERE finished_at >= %s)"
    query = f"""
        SELECT {", ".join([figure] * len(cuts))}
        FROM (SELECT finished_at, extract(epoch FROM finished_at - created_at)::float8 AS took
              FROM {SwapSession._meta.db_table} WHERE status = 'completed' AND finished_at >= %s) AS completed
    """
    with connection.cursor() as cursor:
        cursor.execute(query, [*cuts, min(cuts)])
        found = cursor.fetchone()
    return [(None, None) if pair is None else (pair[0], pair[1]) for pair in found]


@dataclass(frozen=True)
class Moved:
    """What completed swaps took in and paid out of one token on one chain within one hour, base units."""

    hour: datetime
    chain: str
    token: str
    amount: int
    count: int


def volume_by_hour(since: datetime) -> list[Moved]:
    """By source token: what makers paid in swaps that were completed."""
    return _moved(since, "source_chain_id", "source_token", "source_amount")


def paid_out_by_hour(since: datetime) -> list[Moved]:
    """By destination token: what we paid in swaps that were completed."""
    return _moved(since, "destination_chain_id", "destination_token", "destination_amount")


def _moved(since: datetime, chain: str, token: str, amount: str) -> list[Moved]:
    done = SwapSession.objects.filter(finished_at__gte=since, status=Status.COMPLETED)
    rows: Any = done.values(chain, token, hour=TruncHour("finished_at")).annotate(sum=Sum(amount), count=Count("pk"))
    return [Moved(row["hour"], row[chain], row[token], int(row["sum"]), row["count"]) for row in rows.order_by()]


def fees_by_hour(since: datetime) -> list[Moved]:
    """What networks took for our transactions, as the ledger has it."""
    rows = LedgerEntry.objects.filter(kind=LedgerEntry.Kind.FEE, at__gte=since)
    hourly = rows.values("chain_id", "token", hour=TruncHour("at")).annotate(sum=Sum("amount"), count=Count("pk"))
    return [
        Moved(row["hour"], row["chain_id"], row["token"], int(row["sum"]), row["count"]) for row in hourly.order_by()
    ]
