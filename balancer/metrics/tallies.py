"""Counting transitions on: each is counted once, in the order of its key, by whichever process has the turn. What a scrape reads
is a few hundred rows, whatever the number of sessions; no restart and no second process makes it count again."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import inf

from django.db import connection, transaction

from balancer.models import Tally, TallyMark
from swaps.machine import TERMINAL

SEEN, STEP, SWAP = "seen", "step", "swap"
MARK = "transitions"
BOUNDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0, 14_400.0, inf)
BATCH = 20_000
SETTLED_SECONDS = 10
"""A transition gets its key before its commit. No transaction of ours lasts so long: below that age, none can still appear."""

_NEWS = """
    SELECT news.id, news.from_status, news.to_status, session.source_chain_id || '-' || session.destination_chain_id,
           session.custody, EXTRACT(EPOCH FROM news.at - before.at), EXTRACT(EPOCH FROM news.at - session.created_at)
    FROM swaps_sessiontransition news
    JOIN swaps_swapsession session ON session.id = news.session_id
    LEFT JOIN swaps_sessiontransition before ON before.session_id = news.session_id AND before.seq = news.seq - 1
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
    """A transition; seconds in the status before it, and since the session began."""

    id: int
    before: str
    after: str
    route: str
    custody: str
    stayed: Decimal | None
    since_begin: Decimal


@transaction.atomic
def tallies_advance(settled_seconds: float = SETTLED_SECONDS) -> int:
    """Count what is new; how many transitions that were."""
    TallyMark.objects.get_or_create(metric=MARK)
    mark = TallyMark.objects.select_for_update().get(metric=MARK)
    with connection.cursor() as cursor:
        cursor.execute(_NEWS, [mark.last_id, mark.last_id, settled_seconds, BATCH])
        news = [News(*row) for row in cursor.fetchall()]
        if news:
            cursor.execute(_ADD, _columns(news))
            mark.last_id = news[-1].id
            mark.save(update_fields=["last_id"])
    return len(news)


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
    return {of: (_cumulative(buckets), sums[of]) for of, buckets in rows.items()}


def _cumulative(buckets: dict[float, int]) -> list[tuple[str, float]]:
    found, total = [], 0
    for bound in BOUNDS:
        total += buckets.get(bound, 0)
        found.append(("+Inf" if bound == inf else str(bound), float(total)))
    return found


def _columns(news: Sequence[News]) -> list[list[object]]:
    """Rows to add, each bucket once: PostgreSQL changes a row once a statement."""
    added: dict[tuple[str, str, float], tuple[int, float]] = {}

    def add(metric: str, labels: Labels, seconds: float, bucket: float) -> None:
        key = metric, "\t".join(labels), bucket
        count, total = added.get(key, (0, 0.0))
        added[key] = count + 1, total + seconds

    for one in news:
        add(SEEN, (one.after, one.route, one.custody), 0.0, inf)
        if one.stayed is not None:
            stayed = float(one.stayed)
            add(STEP, (one.before, one.route), stayed, _bucket(stayed))
        if one.after in TERMINAL:
            whole = float(one.since_begin)
            add(SWAP, (one.after, one.route), whole, _bucket(whole))
    keys = list(added)
    return [
        [key[0] for key in keys],
        [key[1] for key in keys],
        [key[2] for key in keys],
        [added[key][0] for key in keys],
        [added[key][1] for key in keys],
    ]


def _bucket(seconds: float) -> float:
    return next(bound for bound in BOUNDS if seconds <= bound)
