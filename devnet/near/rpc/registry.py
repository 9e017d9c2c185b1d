"""The table of methods, and what they are given."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from devnet.near.chain import Chain
from devnet.near.faults import Faults


@dataclass(slots=True)
class Node:
    """One RPC node of a chain. `url` is where it listens."""

    chain: Chain
    faults: Faults = field(default_factory=Faults)
    url: str = ""


@dataclass(slots=True)
class Call:
    """One request being answered. `behind` blocks are hidden from it: a node that lags."""

    node: Node
    params: Any
    behind: int = 0

    @property
    def chain(self) -> Chain:
        return self.node.chain


Method = Callable[[Call], Any]
M = TypeVar("M", bound=Method)

METHODS: dict[str, Method] = {}


def method(*names: str) -> Callable[[M], M]:
    """Offer a function under these method names."""

    def register(function: M) -> M:
        for name in names:
            METHODS[name] = function
        return function

    return register
