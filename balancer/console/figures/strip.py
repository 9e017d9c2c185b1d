"""The figures on top: each a number, how it went over the last day, and a link."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import Any

from access.models import RateViolation
from balancer.console.drawing import Spark, spark
from balancer.console.figures.moment import Moment
from balancer.console.figures.past import DAY, TRIED
from balancer.console.links import rows
from balancer.console.words import NOTHING, dollars, percent, plural, span
from swaps.models import Alert, LedgerEntry, Leg, SwapSession
from swaps.overview import MOST, Moved


@dataclass(frozen=True)
class Tile:
    """One figure. `spark` is its last 24 hours, oldest first; `rows` is how many the link leads to, where it is counted."""

    name: str
    label: str
    figure: str
    detail: str
    href: str
    spark: Spark | None = None
    tone: str = ""
    rows: int | None = None


def read(moment: Moment) -> dict[str, Any]:
    """`tiles`, in the order in which they are read."""
    makers: tuple[Callable[[Moment], Tile], ...] = (
        _alerts,
        _active,
        _locked,
        _success,
        _took,
        _volume,
        _fees,
        _refused,
    )
    return {"tiles": [make(moment) for make in makers]}


def _alerts(moment: Moment) -> Tile:
    count = len(moment.alerts)
    grave = sum(one.severity == Alert.Severity.ERROR for one in moment.alerts)
    tone = "danger" if grave else "warning" if count else "success"
    href = rows(Alert, state__exact=Alert.State.RAISED, cleared_at__isnull=True)
    text = str(count) if count < MOST else f"{MOST}+"
    return Tile("alerts", "Open alerts", text, f"{grave} grave" if grave else "none grave", href, tone=tone, rows=count)


def _active(moment: Moment) -> Tile:
    total = sum(one.total for one in moment.active)
    old = sum(one.counts[-1] for one in moment.active)
    ended = [hour.total for hour in moment.past.hours[-DAY:]]
    detail = f"{old} over 2 h" if old else "none over 2 h"
    href = rows(SwapSession, finished_at__isnull=True)
    return Tile("active", "Active swaps", str(total), detail, href, spark(ended), rows=total)


def _locked(moment: Moment) -> Tile:
    ours = [one for one in moment.held if one.side == Leg.Side.DESTINATION]
    worth = moment.prices.sum((one.chain, one.token, one.amount) for one in ours) if ours else Fraction(0)
    href = rows(Leg, standing="yes", side__exact=Leg.Side.DESTINATION)
    count = sum(one.count for one in ours)
    return Tile("locked", "Ours in locks", dollars(worth), plural(count, "lock"), href, rows=count)


def _success(moment: Moment) -> Tile:
    window = moment.past.windows[0]
    ended = moment.past.ended(window)
    tried = sum(ended[status] for status in TRIED)
    href = rows(SwapSession, status__in=",".join(TRIED), finished_at__gte=window.since)
    lost = tried - ended["completed"]
    hourly = [hour.counts.get("completed", 0) for hour in moment.past.hours[-DAY:]]
    tone = "warning" if tried and lost * 20 > tried else ""
    detail = f"{lost} of {tried} did not"
    return Tile("success", "Success 24 h", percent(ended["completed"], tried), detail, href, spark(hourly), tone, tried)


def _took(moment: Moment) -> Tile:
    window = moment.past.windows[0]
    middle, slow = moment.past.took[window.name]
    href = rows(SwapSession, status__exact="completed", finished_at__gte=window.since)
    figure = NOTHING if middle is None else span(middle, fine=True)
    detail = "nothing completed" if slow is None else f"95 %: {span(slow, fine=True)}"
    return Tile("took", "Median 24 h", figure, detail, href, rows=moment.past.ended(window)["completed"])


def _volume(moment: Moment) -> Tile:
    window = moment.past.windows[0]
    hourly = _hourly(moment, moment.past.volume)
    href = rows(SwapSession, status__exact="completed", finished_at__gte=window.since)
    count = moment.past.ended(window)["completed"]
    return Tile(
        "volume",
        "Volume 24 h",
        dollars(sum(hourly, Fraction(0))),
        plural(count, "swap"),
        href,
        spark(hourly),
        rows=count,
    )


def _fees(moment: Moment) -> Tile:
    since = moment.past.windows[0].since
    hourly = _hourly(moment, moment.past.fees)
    href = rows(LedgerEntry, kind__exact="fee", at__gte=since)
    count = sum(one.count for one in moment.past.fees if one.hour >= since)
    return Tile(
        "fees",
        "Fees 24 h",
        dollars(sum(hourly, Fraction(0))),
        plural(count, "payment"),
        href,
        spark(hourly),
        rows=count,
    )


def _refused(moment: Moment) -> Tile:
    since = moment.past.windows[0].since
    hours = [moment.past.until - timedelta(hours=number) for number in reversed(range(DAY))]
    counts = [sum(count for hour, _, count in moment.past.refused if hour == begins) for begins in hours]
    kinds = {kind for hour, kind, _ in moment.past.refused if hour >= since}
    detail = plural(len(kinds), "kind") if kinds else "nobody"
    return Tile(
        "refused",
        "Refused 24 h",
        str(sum(counts)),
        detail,
        rows(RateViolation, hour__gte=since),
        spark(counts),
    )


def _hourly(moment: Moment, moved: Iterable[Moved]) -> list[Fraction]:
    """US dollars in each of the last hours."""
    hours = [moment.past.until - timedelta(hours=number) for number in reversed(range(DAY))]
    worth = dict.fromkeys(hours, Fraction(0))
    for one in moved:
        if one.hour in worth:
            worth[one.hour] += moment.prices.of(one.chain, one.token, one.amount) or Fraction(0)
    return list(worth.values())
