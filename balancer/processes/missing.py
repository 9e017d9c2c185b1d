"""Which processes should be there and are not. Pure: no database, no clock."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from balancer.processes.registry import Seen


@dataclass(frozen=True)
class Absence:
    """`label` is the kind, or kind:name; `wanted` of them should live, and `alive` do."""

    label: str
    wanted: int
    alive: int

    def __str__(self) -> str:
        how_many = "none runs" if not self.alive else f"only {self.alive} of {self.wanted} run"
        return f"{self.label}: {how_many}"


def lost(seen: Sequence[Seen]) -> list[Seen]:
    """Those that vanished without a word, or hang."""
    return [one for one in seen if one.is_lost or one.stuck]


def absent(seen: Sequence[Seen], expected: Mapping[str, int], chains: Sequence[str]) -> list[Absence]:
    """What is below what the settings expect. Each chain needs a watcher, whatever they say."""
    alive: Counter[str] = Counter()
    for one in seen:
        if one.is_well:
            alive.update({one.kind, one.label})
    wanted = {**{f"watcher:{name}": 1 for name in chains}, **expected}
    return [Absence(label, count, alive[label]) for label, count in wanted.items() if alive[label] < count]
