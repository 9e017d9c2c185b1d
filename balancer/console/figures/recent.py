"""The last day and the last week: how swaps ended, how long they took, what they moved and what that cost."""

from collections.abc import Iterable
from datetime import timedelta
from fractions import Fraction
from typing import Any

from access.models import RateViolation
from balancer.console.drawing import bars
from balancer.console.figures.moment import Moment
from balancer.console.figures.past import DAY, ENDS, TRIED, Window, by_token
from balancer.console.links import rows
from balancer.console.words import NOTHING, dollars, percent, span
from swaps.models import LedgerEntry, SwapSession
from swaps.overview import Hour, Moved

HEIGHT, WIDTH = 96, 480


def read(moment: Moment) -> dict[str, Any]:
    """`windows` with the same figures of both, and the hourly `bars` of the day."""
    past = moment.past
    day = past.windows[0]
    return {
        "windows": [_window(moment, one) for one in past.windows],
        "bars": _bars(past.hours[-DAY:]),
        "chart_width": WIDTH,
        "chart_height": HEIGHT,
        "chart_from": day.since,
        "chart_until": past.until + timedelta(hours=1),
        "peak": max([hour.total for hour in past.hours[-DAY:]], default=0),
    }


def _window(moment: Moment, window: Window) -> dict[str, Any]:
    ended, past = moment.past.ended(window), moment.past
    tried, (middle, slow) = sum(ended[status] for status in TRIED), past.took[window.name]
    completed = {"status__exact": "completed", "finished_at__gte": window.since}
    return {
        "name": window.name,
        "since": window.since,
        "success": percent(ended["completed"], tried),
        "success_href": rows(SwapSession, status__in=",".join(TRIED), finished_at__gte=window.since),
        "tried": tried,
        "ends": [
            {
                "status": status,
                "count": ended[status],
                "href": rows(SwapSession, status__exact=status, finished_at__gte=window.since),
            }
            for status in ENDS
        ],
        "median": NOTHING if middle is None else span(middle, fine=True),
        "slow": NOTHING if slow is None else span(slow, fine=True),
        "completed": ended["completed"],
        "took_href": rows(SwapSession, **completed),
        "volume": dollars(_worth(moment, past.volume, window)),
        "fees": dollars(_worth(moment, past.fees, window)),
        "payments": sum(one.count for one in past.fees if one.hour >= window.since),
        "fees_href": rows(LedgerEntry, kind__exact="fee", at__gte=window.since),
        "refused": sum(count for hour, _, count in past.refused if hour >= window.since),
        "refused_href": rows(RateViolation, hour__gte=window.since),
    }


def _worth(moment: Moment, moved: Iterable[Moved], window: Window) -> Fraction | None:
    amounts = by_token(moved, window.since)
    return moment.prices.sum((chain, token, amount) for (chain, token), (amount, _) in amounts.items())


def _bars(hours: list[Hour]) -> list[dict[str, Any]]:
    """A bar of each hour, with its words for who hears the page, and the way to its rows."""
    drawn = bars(
        [[(status, hour.counts.get(status, 0)) for status in ENDS] for hour in hours], width=WIDTH, height=HEIGHT
    )
    return [
        {
            "bar": bar,
            "total": hour.total,
            "words": f"{hour.begins:%H:%M} UTC: {_said(hour)}",
            "href": rows(SwapSession, finished_at__gte=hour.begins, finished_at__lt=hour.begins + timedelta(hours=1)),
        }
        for hour, bar in zip(hours, drawn, strict=True)
    ]


def _said(hour: Hour) -> str:
    words = [f"{hour.counts[status]} {status}" for status in ENDS if hour.counts.get(status)]
    return ", ".join(words) or "nothing ended"
