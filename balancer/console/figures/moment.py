"""What several sections are drawn from, each read once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from balancer.console.figures.past import Past
from balancer.console.figures.worth import Prices, prices_now
from chains import overview as chains
from chains.config import ChainConfig, chain_configs
from chains.models import Chain
from swaps import overview as swaps
from swaps.models import Alert

SILENT = timedelta(seconds=10)
"""A watcher that has not looked for so long is dead, or its node is."""


@dataclass
class Moment:
    """The state of things at `now`. `read_past` gives the last days, which may be some seconds old."""

    now: datetime
    read_past: Callable[[], Past]

    @cached_property
    def past(self) -> Past:
        return self.read_past()

    @cached_property
    def minute(self) -> datetime:
        """Ages are cut at full minutes, so that a figure and its link stay the same for as long."""
        return self.now.replace(second=0, microsecond=0)

    @cached_property
    def cuts(self) -> tuple[datetime, ...]:
        return tuple(self.minute - age for age in swaps.AGES)

    @cached_property
    def active(self) -> list[swaps.StatusAges]:
        return swaps.active_by_age(self.cuts)

    @cached_property
    def held(self) -> list[swaps.Held]:
        return swaps.money_held()

    @cached_property
    def prices(self) -> Prices:
        return prices_now()

    @cached_property
    def alerts(self) -> list[Alert]:
        """The troubles that stand, the gravest and then the newest first; `MOST` at most."""
        grave = {Alert.Severity.ERROR: 0, Alert.Severity.WARNING: 1}
        found = list(swaps.alerts_open().order_by("-seq")[: swaps.MOST])
        return sorted(found, key=lambda one: grave.get(Alert.Severity(one.severity), 2))

    @cached_property
    def chains(self) -> list[tuple[ChainConfig, Chain | None]]:
        """Every chain that could be watched, or was."""
        rows = {row.name: row for row in chains.chains_watched()}
        return [
            (config, rows.get(config.name)) for config in chain_configs() if config.is_usable or config.name in rows
        ]

    def is_silent(self, row: Chain | None) -> bool:
        """Whether nobody has looked at a chain lately."""
        return row is None or row.watched_at is None or self.now - row.watched_at > SILENT
