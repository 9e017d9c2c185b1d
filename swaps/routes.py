"""A route is a pair of chains: what its ladder is, and which hash function binds its two locks."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery

from access.prepared import Prepared
from chains.config import ChainConfig, UnknownChain, chain_config
from chains.models import Chain
from swaps.errors import RouteUnavailable
from swaps.evidence import ClaimOrder
from swaps.models import Pause
from swaps.models.pause import paused_of
from swaps.timelocks import ChainFigures, Inequality, Ladder, LadderError, inequalities, plan

_paused = ArraySubquery(Pause.objects.filter(lifted_at=None).order_by().values("target"))
_chains = Prepared(
    lambda one, other: Chain.objects.filter(name__in=[one, other]).annotate(paused=_paused), "one", "other"
)


def figures(config: ChainConfig) -> ChainFigures:
    """The chain's worst cases, for the ladder."""
    return ChainFigures(config.finality_seconds, config.inclusion_seconds, config.watcher_lag_seconds)


@dataclass(frozen=True)
class Route:
    """Both chains' configuration and rows, and what of it is paused (`Pause.target`)."""

    source: ChainConfig
    destination: ChainConfig
    source_row: Chain
    destination_row: Chain
    paused: tuple[str, ...]

    @cached_property
    def ladder(self) -> Ladder:
        return ladder_of(self.source, self.destination)

    @property
    def claims(self) -> ClaimOrder:
        """Which leg is claimed first."""
        return claims_of(self.source.name, self.destination.name)

    @property
    def hash_function(self) -> str:
        return self.source_row.hash_function

    def plan_document(self) -> dict[str, object]:
        """The ladder as JSON: offsets and margins in seconds, and the order of claims."""
        return {**vars(self.ladder), "margins": dict(vars(self.ladder.margins)), "claims": str(self.claims)}


def route_settings(source: str, destination: str) -> dict[str, Any]:
    """The route's own table of the chains file, or the one for all routes."""
    found: dict[str, Any] = settings.ROUTES.get(f"{source}>{destination}", settings.ROUTE_DEFAULTS)
    return found


def claims_of(source: str, destination: str) -> ClaimOrder:
    """Which leg is claimed first on this route. Raises `LadderError` for an unknown word."""
    word = route_settings(source, destination).get("claims", ClaimOrder.DESTINATION_FIRST)
    try:
        return ClaimOrder(word)
    except ValueError:
        known = " or ".join(ClaimOrder)
        raise LadderError(f"claims of {source}>{destination} must be {known}, and is {word!r}") from None


def ladder_of(source: ChainConfig, destination: ChainConfig) -> Ladder:
    """The ladder of a pair of chains. Raises `LadderError` when its figures leave no safe one."""
    route = route_settings(source.name, destination.name)
    return plan(
        figures(source),
        figures(destination),
        destination_seconds=route["destination_seconds"],
        slack=route["slack_seconds"],
        public_stage=route["public_stage_seconds"],
        clock_skew=route["clock_skew_seconds"],
        reorg_allowance=route["reorg_allowance_seconds"],
        claims=claims_of(source.name, destination.name),
    )


def inequalities_configured(source: ChainConfig, destination: ChainConfig) -> tuple[Inequality, ...]:
    """What the route's ladder must fulfil with the figures of the chains file. Raises `LadderError` if there is none."""
    return inequalities_of(source, destination, figures(source), figures(destination), ladder_of(source, destination))


def inequalities_of(
    source: ChainConfig,
    destination: ChainConfig,
    source_figures: ChainFigures,
    destination_figures: ChainFigures,
    ladder: Ladder,
) -> tuple[Inequality, ...]:
    """What a ladder must fulfil on this route for chains with these figures."""
    route = route_settings(source.name, destination.name)
    return inequalities(
        source_figures,
        destination_figures,
        ladder,
        clock_skew=route["clock_skew_seconds"],
        reorg_allowance=route["reorg_allowance_seconds"],
        claims=claims_of(source.name, destination.name),
    )


def route_between(source: str, destination: str) -> Route:
    """The route, if both chains are configured, watched, and hash alike. Raises `RouteUnavailable`."""
    if source == destination:
        raise RouteUnavailable("source and destination are the same chain; a swap needs two")
    configs = [_config(name) for name in (source, destination)]
    rows = {row.name: row for row in _chains.fetch(one=source, other=destination)}
    for config in configs:
        if config.name not in rows or rows[config.name].seen_height is None:
            # a cursor that starts after a lock would never see it
            raise RouteUnavailable(f"the chain {config.name} is not watched yet: its watcher has read no block")
    if rows[source].hash_function != rows[destination].hash_function:
        raise RouteUnavailable(
            f"the contracts hash differently: {source} by {rows[source].hash_function}, "
            f"{destination} by {rows[destination].hash_function}"
        )
    paused = paused_of(source, destination, by_operator=rows[source].paused)  # type: ignore[attr-defined]  # beside the row
    return Route(configs[0], configs[1], rows[source], rows[destination], paused)


def _config(name: str) -> ChainConfig:
    try:
        config = chain_config(name)
    except UnknownChain:
        known = ", ".join(sorted(settings.CHAINS))
        raise RouteUnavailable(f"there is no chain {name!r}; known are {known}") from None
    if not config.is_usable:
        raise RouteUnavailable(f"the chain {name} is not set up here")
    return config
