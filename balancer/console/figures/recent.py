"""The last day and the last week: how swaps ended, how long they took, what moved, what it cost, and who was refused."""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from fractions import Fraction
from typing import Any

from access.models import RateViolation
from balancer.console.drawing import bars
from balancer.console.figures.moment import Moment
from balancer.console.figures.past import DAY, ENDS, TRIED, Window, by_token
from balancer.console.figures.worth import shown
from balancer.console.links import rows
from balancer.console.words import NOTHING, dollars, percent, plural, span
from swaps.models import LedgerEntry, SwapSession
from swaps.overview import Hour, Moved

HEIGHT, WIDTH = 96, 480


def read(moment: Moment) -> dict[str, Any]:
    """`windows` with the same figures of both, the hourly `bars` of the day, and tokens that moved."""
    past = moment.past
    day = past.windows[0]
    return {
        "windows": [_window(moment, one) for one in past.windows],
        "bars": _bars(past.hours[-DAY:]),
        "chart_width": WIDTH,
        "chart_height": HEIGHT,
        "chart_from": day.since,
        "chart_until": past.until + timedelta(hours=1),
        "volume": _tokens(moment, past.volume, SwapSession, status__exact="completed", finished_at__gte=day.since),
        "fees": _tokens(moment, past.fees, LedgerEntry, kind__exact="fee", at__gte=day.since),
        "refused": _refused(past.refused, day),
        "refused_href": rows(RateViolation, hour__gte=day.since),
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
        "median": NOTHING if middle is None else span(middle),
        "slow": NOTHING if slow is None else span(slow),
        "took_href": rows(SwapSession, **completed),
        "volume": dollars(_worth(moment, past.volume, window)),
        "fees": dollars(_worth(moment, past.fees, window)),
        "fees_href": rows(LedgerEntry, kind__exact="fee", at__gte=window.since),
        "refused": sum(count for hour, _, count in past.refused if hour >= window.since),
        "refused_href": rows(RateViolation, hour__gte=window.since),
    }


def _worth(moment: Moment, moved: Iterable[Moved], window: Window) -> Fraction | None:
    amounts = by_token(moved, window.since)
    return moment.prices.sum((chain, token, amount) for (chain, token), (amount, _) in amounts.items())


def _tokens(moment: Moment, moved: Iterable[Moved], model: Any, **lookups: Any) -> list[dict[str, Any]]:
    """What moved of each token within the last day."""
    since = moment.past.windows[0].since
    side = "source_" if model is SwapSession else ""
    found = []
    for (chain, token), (amount, count) in by_token(moved, since).items():
        text, symbol = shown(chain, token, amount)
        exactly = {f"{side}chain__exact": chain, f"{side}token__exact": token}
        found.append(
            {
                "chain": chain,
                "amount": text,
                "symbol": symbol,
                "count": count,
                "usd": dollars(moment.prices.of(chain, token, amount)),
                "href": rows(model, **lookups, **exactly),
            }
        )
    return found


def _bars(hours: list[Hour]) -> list[dict[str, Any]]:
    """A bar of each hour, with its words for who hears the page, and the way to its rows."""
    drawn = bars(
        [[(status, hour.counts.get(status, 0)) for status in ENDS] for hour in hours], width=WIDTH, height=HEIGHT
    )
    return [
        {
            "bar": bar,
            "words": f"{hour.begins:%H:%M} UTC: {_said(hour)}",
            "href": rows(SwapSession, finished_at__gte=hour.begins, finished_at__lt=hour.begins + timedelta(hours=1)),
        }
        for hour, bar in zip(hours, drawn, strict=True)
    ]


def _said(hour: Hour) -> str:
    words = [f"{hour.counts[status]} {status}" for status in ENDS if hour.counts.get(status)]
    return ", ".join(words) or "nothing ended"


def _refused(found: Iterable[tuple[Any, str, int]], window: Window) -> list[dict[str, Any]]:
    """By kind, within the last day."""
    kinds: Counter[str] = Counter()
    for hour, kind, count in found:
        if hour >= window.since:
            kinds[kind] += count
    return [
        {
            "kind": kind.replace("_", " "),
            "count": count,
            "words": plural(count, "request"),
            "href": rows(RateViolation, hour__gte=window.since, kind__exact=kind),
        }
        for kind, count in kinds.most_common()
    ]
