"""What `pricing` has to be told by the app that swaps: it registers in `AppConfig.ready()`, and `pricing` knows none of it.

Whoever implements it answers from memory or with a query a second: it is asked for every quote.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from chains.config import ChainConfig


@dataclass(frozen=True, slots=True)
class RouteFacts:
    """One route as it is at this moment.

    `closed`: why no swap begins on it now, in words; empty while it is open. `stock`: what we could lock on the destination now,
    base units by token id, without what is promised already; a token that is not in it is not known. `timelocks`: the plan as
    JSON, None where there is no safe one. Seconds: until the receiver has his tokens, as lately measured, and at worst.
    """

    closed: str = ""
    stock: Mapping[str, int] = field(default_factory=dict)
    timelocks: Mapping[str, Any] | None = None
    usual_seconds: int | None = None
    worst_seconds: int | None = None


class Routes(Protocol):
    """Who knows the routes."""

    def facts(self, source: ChainConfig, destination: ChainConfig) -> RouteFacts:
        """A route now; the same object again for as long as nothing of it was read anew."""


NOTHING_KNOWN = RouteFacts()


class _NoRoutes:
    def facts(self, source: ChainConfig, destination: ChainConfig) -> RouteFacts:
        return NOTHING_KNOWN


@dataclass
class Registry:
    """One for the process."""

    routes: Routes = field(default_factory=_NoRoutes)


registry = Registry()
