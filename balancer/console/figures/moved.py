"""What moved within the last day, by chain and token: amounts, fees, and the requests that were refused."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from access.models import RateViolation
from balancer.console.figures.moment import Moment
from balancer.console.figures.past import Window, by_token
from balancer.console.figures.worth import shown
from balancer.console.links import rows
from balancer.console.words import dollars, plural
from swaps.models import LedgerEntry, SwapSession
from swaps.overview import Moved


def read(moment: Moment) -> dict[str, Any]:
    """`volume` by what makers paid in, `fees` by the networks' coins, `refused` by kind."""
    past = moment.past
    day = past.windows[0]
    return {
        "volume": _tokens(moment, past.volume, SwapSession, status__exact="completed", finished_at__gte=day.since),
        "fees": _tokens(moment, past.fees, LedgerEntry, kind__exact="fee", at__gte=day.since),
        "refused": _refused(past.refused, day),
    }


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
