"""Counting transitions on: each is counted once, in the order of its key, by whichever process has the turn. What a scrape reads
is a few hundred rows, whatever the number of sessions; no restart and no second process makes it count again."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from math import inf

from django.db import connection, transaction

from access.transactions import hang_never
from balancer.metrics.reactions import Reaction, reactions
from balancer.models import Tally, TallyMark
from swaps.machine import TERMINAL, Status

SEEN, STEP, SWAP, REVEALED, REACTION = "seen", "step", "swap", "revealed", "reaction"
MARK = "transitions"
BOUNDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0, 14_400.0, inf)
FINE_BOUNDS = (0.05, 0.1, 0.15, 0.2, 0.25, 0.35, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0, inf)
BATCH = 20_000
SETTLED_SECONDS = 10
"""A transition gets its key before its commit. No transaction of ours lasts so long: below that age, none can still appear."""

_NEWS = """
    SELECT news.id, news.seq = 1 OR news.from_status <> news.to_status, news.from_status, news.to_status,
           session.source_chain_id || '-' || session.destination_chain_id, session.custody,
           EXTRACT(EPOCH FROM news.at - before.at), EXTRACT(EPOCH FROM news.at - session.created_at)
    FROM swaps_sessiontransition news
    JOIN swaps_swapsession session ON session.id = news.session_id
    LEFT JOIN LATERAL (
        SELECT at FROM swaps_sessiontransition
        WHERE session_id = news.session_id AND seq < news.seq AND (seq = 1 OR from_status <> to_status)
        ORDER BY seq DESC LIMIT 1
    ) before ON news.from_status <> news.to_status
    WHERE news.id > %s AND news.id < COALESCE((
        SELECT min(id) FROM swaps_sessiontransition WHERE id > %s AND at > now() - make_interval(secs => %s)
    ), 9223372036854775807)
    ORDER BY news.id LIMIT %s
"""
_ADD = """
    INSERT INTO balancer_tally (metric, labels, bucket, count, seconds)
    SELECT * FROM unnest(%s::varchar[], %s::varchar[], %s::float8[], %s::bigint[], %s::float8[])
    ON CONFLICT (metric, labels, bucket) DO UPDATE
    SET count = balancer_tally.count + EXCLUDED.count, seconds = balancer_tally.seconds + EXCLUDED.seconds
"""
Labels = tuple[str, ...]


@dataclass(frozen=True)
class News:
    """A row of a session's history, which `moved` it or is a note of something else; seconds in the status before it, and
    since the session began."""

    id: int
    moved: bool
    before: str
    after: str
    route: str
    custody: str
    stayed: Decimal | None
    since_begin: Decimal


@transaction.atomic
def tallies_advance(settled_seconds: float = SETTLED_SECONDS) -> int:
    """Count what is new; how many moves that were. None while another process counts, or hangs while it does."""
    hang_never()
    TallyMark.objects.get_or_create(metric=MARK)
    mark = TallyMark.objects.select_for_update(skip_locked=True).filter(metric=MARK).first()
    if mark is None:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_NEWS, [mark.last_id, mark.last_id, settled_seconds, BATCH])
        news = [News(*row) for row in cursor.fetchall()]
        moves = [one for one in news if one.moved]
        if moves:
            cursor.execute(_ADD, _columns(moves, reactions(one.id for one in moves)))
    if news:
        mark.last_id = news[-1].id
        mark.save(update_fields=["last_id"])
    return len(moves)


def totals(metric: str) -> dict[Labels, int]:
    """How many observations there ever were, by labels."""
    found: dict[Labels, int] = defaultdict(int)
    for labels, count in Tally.objects.filter(metric=metric).values_list("labels", "count"):
        found[tuple(labels.split("\t"))] += count
    return dict(found)


def histograms(metric: str) -> dict[Labels, tuple[list[tuple[str, float]], float]]:
    """Prometheus' buckets, each with those below it, and the sum of seconds, by labels."""
    rows: dict[Labels, dict[float, int]] = defaultdict(lambda: defaultdict(int))
    sums: dict[Labels, float] = defaultdict(float)
    for labels, bucket, count, seconds in Tally.objects.filter(metric=metric).values_list(
        "labels", "bucket", "count", "seconds"
    ):
        of = tuple(labels.split("\t"))
        rows[of][bucket] += count
        sums[of] += seconds
    return {of: (_cumulative(buckets, _bounds(metric)), sums[of]) for of, buckets in rows.items()}


def _bounds(metric: str) -> tuple[float, ...]:
    return FINE_BOUNDS if metric == REACTION else BOUNDS


def _cumulative(buckets: dict[float, int], bounds: tuple[float, ...]) -> list[tuple[str, float]]:
    found, total = [], 0
    for bound in bounds:
        total += buckets.get(bound, 0)
        found.append(("+Inf" if bound == inf else str(bound), float(total)))
    return found


def _columns(moves: Iterable[News], reacted: Iterable[Reaction]) -> list[list[object]]:
    """Rows to add, each bucket once: PostgreSQL changes a row once a statement."""
    added: dict[tuple[str, str, float], tuple[int, float]] = {}

    def add(metric: str, labels: Labels, seconds: float = inf) -> None:
        key = metric, "\t".join(labels), next(bound for bound in _bounds(metric) if seconds <= bound)
        count, total = added.get(key, (0, 0.0))
        added[key] = count + 1, total + (0.0 if seconds == inf else seconds)

    for one in moves:
        add(SEEN, (one.after, one.route, one.custody))
        if one.stayed is not None:
            add(STEP, (one.before, one.route), float(one.stayed))
        if one.after in TERMINAL:
            add(SWAP, (one.after, one.route), float(one.since_begin))
        if (one.before, one.after) == (Status.BOTH_LOCKED, Status.REVEALING_SECRET):
            add(REVEALED, (one.route,))
    for reaction in reacted:
        add(REACTION, (reaction.step, reaction.route), reaction.seconds)
    return [
        [metric for metric, _, _ in added],
        [labels for _, labels, _ in added],
        [bucket for _, _, bucket in added],
        [count for count, _ in added.values()],
        [seconds for _, seconds in added.values()],
    ]
