"""The last 24 hours and 7 days in full hours, read once for several sections; what has been may be some seconds old."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from access.overview import violations_by_hour
from swaps import overview
from swaps.overview import Hour, Moved

DAY, WEEK = 24, 7 * 24
ENDS = ("completed", "refunded", "failed", "cancelled")
TRIED = ("completed", "refunded", "failed")
"""A swap that was called off before anything was locked did not fail."""


@dataclass(frozen=True)
class Window:
    """So many full hours up to and with the running one."""

    name: str
    since: datetime
    hours: int


@dataclass(frozen=True)
class Past:
    """Everything by hour over the longer window; `took` is (median, 95th percentile) in seconds, by window."""

    until: datetime
    windows: tuple[Window, Window]
    hours: list[Hour]
    took: dict[str, tuple[float | None, float | None]]
    volume: list[Moved]
    paid_out: list[Moved]
    fees: list[Moved]
    refused: list[tuple[datetime, str, int]] = field(default_factory=list)

    def ended(self, window: Window) -> dict[str, int]:
        """How many sessions ended within it, by last status."""
        found = dict.fromkeys(ENDS, 0)
        for hour in self.hours:
            if hour.begins >= window.since:
                for status, count in hour.counts.items():
                    found[status] += count
        return found


def past_read(now: datetime) -> Past:
    """A fixed number of queries."""
    until = now.replace(minute=0, second=0, microsecond=0)
    day, week = (
        Window(name, until - timedelta(hours=hours - 1), hours) for name, hours in (("24 h", DAY), ("7 d", WEEK))
    )
    took = overview.durations([day.since, week.since])
    return Past(
        until=until,
        windows=(day, week),
        hours=overview.ended_by_hour(week.since, until),
        took={day.name: took[0], week.name: took[1]},
        volume=overview.volume_by_hour(week.since),
        paid_out=overview.paid_out_by_hour(day.since),
        fees=overview.fees_by_hour(week.since),
        refused=violations_by_hour(week.since),
    )


def by_token(moved: Iterable[Moved], since: datetime) -> dict[tuple[str, str], tuple[int, int]]:
    """(chain, token) to (base units, number) since then."""
    found: dict[tuple[str, str], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for one in moved:
        if one.hour >= since:
            amount, count = found[one.chain, one.token]
            found[one.chain, one.token] = amount + one.amount, count + one.count
    return dict(sorted(found.items()))
