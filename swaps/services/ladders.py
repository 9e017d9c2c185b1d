"""The ladder against the chains as they are today: at start-up, at `execute`, before a reveal; and how much of it is left.

A figure is what the chains file says, or what was measured lately where that is slower.
"""

from dataclasses import asdict, dataclass, replace
from itertools import permutations
from math import ceil
from typing import Any

from django.utils import timezone

from chains.config import ChainConfig, chain_configs
from chains.measures import Measured
from chains.models import Chain
from chains.selectors import chains_by_name, clock_alarms, measured_of
from swaps.errors import LadderInfeasible
from swaps.evidence import Margins
from swaps.machine import Facts
from swaps.models import SwapSession
from swaps.routes import Route, figures, inequalities_of, ladder_of, route_settings
from swaps.timelocks import ChainFigures, Inequality, Ladder, LadderError, margins

FUTURE = 5.0  # seconds: a chain whose time is further ahead of our clock cannot be timed by it
PLAN_FIELDS = tuple(Ladder.__dataclass_fields__)


@dataclass(frozen=True)
class Assessment:
    """One route's inequalities with today's figures; `problem` says why there is no ladder at all."""

    source: str
    destination: str
    found: tuple[Inequality, ...] = ()
    problem: str = ""

    @property
    def feasible(self) -> bool:
        return not self.problem and all(item.holds for item in self.found)


def figures_today(config: ChainConfig, row: Chain | None) -> ChainFigures:
    """The worse of the configured and the usual measured figure, each in whole seconds."""
    configured = figures(config)
    if row is None or _from_the_future(row):
        return configured
    found: Measured = measured_of(row)
    return ChainFigures(
        finality=_worse(configured.finality, found.finality.median),
        inclusion=_worse(configured.inclusion, found.inclusion.median),
        watcher_lag=_worse(configured.watcher_lag, found.lag.median),
    )


def _from_the_future(row: Chain) -> bool:
    return bool(clock_alarms(row, skew_seconds=FUTURE, stale_seconds=float("inf"), now=timezone.now()))


def _worse(configured: int, found: float | None) -> int:
    return configured if found is None else max(configured, ceil(found))


def _assess(source: ChainConfig, destination: ChainConfig, rows: dict[str, Chain], ladder: Ladder) -> Assessment:
    found = inequalities_of(
        source,
        destination,
        figures_today(source, rows.get(source.name)),
        figures_today(destination, rows.get(destination.name)),
        ladder,
    )
    return Assessment(source.name, destination.name, found)


def routes_assess() -> list[Assessment]:
    """Every route between usable chains, with the chains as they are today."""
    usable = [config for config in chain_configs() if config.is_usable]
    rows, assessed = chains_by_name(), []
    for source, destination in permutations(usable, 2):
        try:
            assessed.append(_assess(source, destination, rows, ladder_of(source, destination)))
        except LadderError as error:
            assessed.append(Assessment(source.name, destination.name, problem=str(error)))
    return assessed


def ladder_of_plan(plan: dict[str, Any]) -> Ladder:
    """The ladder that a session was planned with."""
    fields = {name: plan[name] for name in PLAN_FIELDS}
    return Ladder(**{**fields, "margins": Margins(**plan["margins"])})


def ladder_require(session: SwapSession, route: Route) -> None:
    """Raise `LadderInfeasible` when the session's plan is no longer safe on the chains as they are today."""
    rows = {route.source.name: route.source_row, route.destination.name: route.destination_row}
    found = _assess(route.source, route.destination, rows, ladder_of_plan(session.plan)).found
    broken = [item for item in found if not item.holds]
    if broken:
        told = "; ".join(f"{item.name} ({item.left} s needed, {item.right} s there)" for item in broken)
        raise LadderInfeasible(
            f"the chains have become too slow for this session's timelocks: {told}. Nothing is locked; make a new session",
            extra={"inequalities": [asdict(item) for item in broken]},
        )


def facts_with_margins_today(session: SwapSession, facts: Facts) -> Facts:
    """The facts with the worse of the planned and today's margins: what a reveal is judged by."""
    configs = {config.name: config for config in chain_configs()}
    source, destination = session.source_chain, session.destination_chain
    route = route_settings(source.name, destination.name)
    today = margins(
        figures_today(configs[source.name], source),
        figures_today(configs[destination.name], destination),
        clock_skew=route["clock_skew_seconds"],
        reorg_allowance=route["reorg_allowance_seconds"],
        claims=facts.claims,
    )
    planned = facts.margins
    return replace(
        facts,
        margins=Margins(
            reveal=max(planned.reveal, today.reveal),
            source_tail=max(planned.source_tail, today.source_tail),
            destination_needs=max(planned.destination_needs, today.destination_needs),
        ),
    )
