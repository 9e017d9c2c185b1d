"""What quotes must know of a route: whether it is open, what we can pay, its timelocks and its speed. For `pricing.registry`.

A process reads a route once a moment, and the chains' measured speed more seldom: a quote costs no query.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

from django.conf import settings

from chains.config import ChainConfig
from chains.models import Chain
from chains.selectors import measured_of
from pricing.momentary import NANOSECONDS
from pricing.registry import RouteFacts
from swaps.errors import RouteUnavailable, SwapsPaused
from swaps.evidence import ClaimOrder
from swaps.routes import Route, figures, route_between
from swaps.services.pauses import route_require_open
from swaps.services.stock import stock_free
from swaps.timelocks import ChainFigures, LadderError

SPEED_NANOSECONDS = 30 * 10**9


@dataclass(frozen=True, slots=True)
class _Kept:
    until: int
    chains: Mapping[str, Any]
    facts: Any

    def holds(self) -> bool:
        """Whether it is young enough, and of the chains as they are configured now."""
        return time.monotonic_ns() < self.until and self.chains is settings.CHAINS


class SwapRoutes:
    """Implements `pricing.registry.Routes`."""

    def __init__(self) -> None:
        self._facts: dict[tuple[str, str], _Kept] = {}
        self._speeds: dict[str, _Kept] = {}

    def facts(self, source: ChainConfig, destination: ChainConfig) -> RouteFacts:
        """A route now."""
        key = (source.name, destination.name)
        kept = self._facts.get(key)
        if kept is None or not kept.holds():
            until = time.monotonic_ns() + NANOSECONDS
            kept = self._facts[key] = _Kept(until, settings.CHAINS, self._read(source, destination))
        found: RouteFacts = kept.facts
        return found

    def forget(self) -> None:
        """Read everything anew at the next question."""
        self._facts.clear()
        self._speeds.clear()

    def _read(self, source: ChainConfig, destination: ChainConfig) -> RouteFacts:
        try:
            route = route_between(source.name, destination.name)
            ladder = route.plan_document()
        except (RouteUnavailable, LadderError) as error:
            return RouteFacts(closed=str(error))
        speeds = {name: self._speed(row, of) for name, row, of in _ends(route)}
        worst = {name: figures(of) for name, _, of in _ends(route)}
        usual_seconds = seconds_until_paid(speeds["source"], speeds["destination"], route.claims)
        worst_seconds = seconds_until_paid(worst["source"], worst["destination"], route.claims)
        return RouteFacts(
            closed=_closed(route),
            stock=stock_free(destination.name),
            timelocks=ladder,
            usual_seconds=usual_seconds,
            worst_seconds=max(usual_seconds, worst_seconds),
        )

    def _speed(self, row: Chain, config: ChainConfig) -> ChainFigures:
        kept = self._speeds.get(row.name)
        if kept is None or not kept.holds():
            until = time.monotonic_ns() + SPEED_NANOSECONDS
            kept = self._speeds[row.name] = _Kept(until, settings.CHAINS, usual_figures(row, config))
        found: ChainFigures = kept.facts
        return found


def usual_figures(row: Chain, config: ChainConfig) -> ChainFigures:
    """The chain's medians, whole seconds; the configured worst where too little was measured."""
    found, configured = measured_of(row), figures(config)

    def usual(median: float | None, worst: int) -> int:
        return worst if median is None else ceil(median)

    return ChainFigures(
        finality=usual(found.finality.median, configured.finality),
        inclusion=usual(found.inclusion.median, configured.inclusion),
        watcher_lag=usual(found.lag.median, configured.watcher_lag),
    )


def seconds_until_paid(source: ChainFigures, destination: ChainFigures, claims: ClaimOrder) -> int:
    """From sending the maker's lock until the receiver has his tokens: both locks included, read and final, then the claims."""
    locks = sum(one.inclusion + one.watcher_lag + one.finality for one in (source, destination))
    first = source.inclusion + source.watcher_lag if claims is ClaimOrder.SOURCE_FIRST else 0
    return locks + first + destination.inclusion


def _ends(route: Route) -> tuple[tuple[str, Chain, ChainConfig], ...]:
    return ("source", route.source_row, route.source), ("destination", route.destination_row, route.destination)


def _closed(route: Route) -> str:
    try:
        route_require_open(route)
    except SwapsPaused as error:
        return str(error)
    return ""


swap_routes = SwapRoutes()
