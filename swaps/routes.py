"""A route is a pair of chains: what its ladder is, and which hash function binds its two locks."""

from dataclasses import asdict, dataclass
from functools import cached_property

from django.conf import settings

from chains.config import ChainConfig, UnknownChain, chain_config
from chains.models import Chain
from swaps.errors import RouteUnavailable
from swaps.timelocks import ChainFigures, Ladder, plan


def figures(config: ChainConfig) -> ChainFigures:
    """The chain's worst cases, for the ladder."""
    return ChainFigures(config.finality_seconds, config.inclusion_seconds, config.watcher_lag_seconds)


@dataclass(frozen=True)
class Route:
    """Both chains' configuration and rows; `ladder` is asserted whenever a route is made."""

    source: ChainConfig
    destination: ChainConfig
    source_row: Chain
    destination_row: Chain

    @cached_property
    def ladder(self) -> Ladder:
        return ladder_of(self.source, self.destination)

    @property
    def hash_function(self) -> str:
        return self.source_row.hash_function

    def plan_document(self) -> dict[str, object]:
        """The ladder as JSON: offsets and margins in seconds."""
        return asdict(self.ladder)


def ladder_of(source: ChainConfig, destination: ChainConfig) -> Ladder:
    """The ladder of a pair of chains. Raises `LadderError` when its figures leave no safe one."""
    defaults = settings.ROUTE_DEFAULTS
    return plan(
        figures(source),
        figures(destination),
        destination_seconds=defaults["destination_seconds"],
        slack=defaults["slack_seconds"],
        public_stage=defaults["public_stage_seconds"],
        clock_skew=defaults["clock_skew_seconds"],
        reorg_allowance=defaults["reorg_allowance_seconds"],
    )


def route_between(source: str, destination: str) -> Route:
    """The route, if both chains are configured, watched, and hash alike. Raises `RouteUnavailable`."""
    if source == destination:
        raise RouteUnavailable("source and destination are the same chain; a swap needs two")
    configs = [_config(name) for name in (source, destination)]
    rows = {row.name: row for row in Chain.objects.filter(name__in=(source, destination))}
    for config in configs:
        if config.name not in rows:
            raise RouteUnavailable(f"the chain {config.name} is not watched yet: its watcher has never run")
    if rows[source].hash_function != rows[destination].hash_function:
        raise RouteUnavailable(
            f"the contracts hash differently: {source} by {rows[source].hash_function}, "
            f"{destination} by {rows[destination].hash_function}"
        )
    return Route(configs[0], configs[1], rows[source], rows[destination])


def _config(name: str) -> ChainConfig:
    try:
        config = chain_config(name)
    except UnknownChain:
        known = ", ".join(sorted(settings.CHAINS))
        raise RouteUnavailable(f"there is no chain {name!r}; known are {known}") from None
    if not config.is_usable:
        raise RouteUnavailable(f"the chain {name} is not set up here")
    return config
