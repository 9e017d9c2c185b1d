"""Money: what stands in locks by chain and token, and what we hold, have promised and have left."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings

from balancer.console.figures.moment import Moment
from balancer.console.figures.past import by_token
from balancer.console.figures.worth import shown
from balancer.console.links import rows
from balancer.console.words import dollars
from swaps.models import Leg, Reservation, Stock
from swaps.overview import Held, Holding, inventory

OURS, MAKERS = Leg.Side.DESTINATION, Leg.Side.SOURCE
OLD = timedelta(minutes=10)
"""A balance that was read longer ago is not believed any more."""


def read(moment: Moment) -> dict[str, Any]:
    """`risks` by chain and token, both sides beside each other, their worth together, and the `holdings`."""
    held = moment.held
    tokens = sorted({(one.chain, one.token) for one in held})
    return {
        "risks": [_risk(moment, chain, token) for chain, token in tokens],
        "ours_usd": dollars(_worth(moment, OURS)) if held else "$0",
        "makers_usd": dollars(_worth(moment, MAKERS)) if held else "$0",
        "ours_count": sum(one.count for one in held if one.side == OURS),
        "makers_count": sum(one.count for one in held if one.side == MAKERS),
        "ours_href": rows(Leg, standing="yes", side__exact=OURS),
        "makers_href": rows(Leg, standing="yes", side__exact=MAKERS),
        "holdings": [_holding(moment, one) for one in inventory()],
    }


def _worth(moment: Moment, side: str) -> Any:
    return moment.prices.sum((one.chain, one.token, one.amount) for one in moment.held if one.side == side)


def _risk(moment: Moment, chain: str, token: str) -> dict[str, Any]:
    sides = {one.side: one for one in moment.held if (one.chain, one.token) == (chain, token)}
    expiries = [one.first_expiry for one in sides.values() if one.first_expiry is not None]
    return {
        "chain": chain,
        "symbol": shown(chain, token, 0)[1],
        "ours": _side(sides.get(OURS)),
        "makers": _side(sides.get(MAKERS)),
        "first_expiry": datetime.fromtimestamp(min(expiries), UTC) if expiries else None,
    }


def _side(held: Held | None) -> dict[str, Any] | None:
    if held is None:
        return None
    exactly = {"chain__exact": held.chain, "token__exact": held.token}
    return {
        "amount": shown(held.chain, held.token, held.amount)[0],
        "count": held.count,
        "href": rows(Leg, standing="yes", side__exact=held.side, **exactly),
    }


def _holding(moment: Moment, one: Holding) -> dict[str, Any]:
    """`covers` says how many hours the free part lasts at the pace of the last day; None where nothing was paid out."""
    window = moment.past.windows[0]
    paid = by_token(moment.past.paid_out, window.since).get((one.chain, one.token), (0, 0))[0]
    covers = one.free * window.hours // paid if paid else None
    share = 100 * min(one.reserved, one.amount) // one.amount if one.amount else 0
    exactly = {"chain__exact": one.chain, "token__exact": one.token}
    return {
        "chain": one.chain,
        "symbol": shown(one.chain, one.token, 0)[1],
        "amount": shown(one.chain, one.token, one.amount)[0],
        "free": shown(one.chain, one.token, one.free)[0],
        "reserved": shown(one.chain, one.token, one.reserved)[0],
        "reserved_width": share,
        "free_width": 100 - share if one.amount else 0,
        "promises": one.promises,
        "usd": dollars(moment.prices.of(one.chain, one.token, one.free)),
        "covers": covers,
        "low": _is_low(one, covers),
        "empty": one.free == 0,
        "old": moment.now - one.read_at > OLD,
        "read_at": one.read_at,
        "href": rows(Stock, **exactly),
        "reserved_href": rows(Reservation, released_at__isnull=True, **exactly),
    }


def _is_low(one: Holding, covers: int | None) -> bool:
    """Nothing is left, or what is left is paid out within so many hours."""
    return one.free == 0 or (covers is not None and covers < settings.CONSOLE["low_hours"])
