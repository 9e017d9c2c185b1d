"""Which arenas are explored, in full and reduced."""

from itertools import product

from devnet.proofs.model.explore import Explorer, Result
from devnet.proofs.model.views import Decide
from devnet.proofs.model.world import Arena
from swaps.evidence import ClaimOrder
from swaps.machine import decide

FULL, REDUCED = "full", "reduced"
SWAPS = (
    (ClaimOrder.DESTINATION_FIRST, "maker"),
    (ClaimOrder.DESTINATION_FIRST, "service"),
    (ClaimOrder.SOURCE_FIRST, "service"),  # the ladder refuses it with a secret that the maker holds
)
PAIRS = (("evm", "near"), ("near", "evm"), ("evm", "evm"), ("near", "near"))


def arenas(kind: str) -> list[Arena]:
    """Every arena of a kind; see `Arena` for what they differ in."""
    if kind == REDUCED:
        return [Arena(order, custody, "evm", "near") for order, custody in SWAPS]
    return [
        Arena(order, custody, *pair, powers=frozenset({power}))
        for (order, custody), pair, power in product(SWAPS, PAIRS, ("deep", "halts"))
    ]


def mutation_arenas() -> list[Arena]:
    """Where changed guards are tried: small ones first, in which most of them die."""
    first, last = ClaimOrder.DESTINATION_FIRST, ClaimOrder.SOURCE_FIRST
    halts, deep = frozenset({"halts"}), frozenset({"deep"})
    return [
        Arena(first, "service", "evm", "near", lean=True),
        Arena(first, "service", "evm", "near", halts, lean=True),
        Arena(last, "service", "near", "evm", halts, lean=True),
        Arena(first, "service", "evm", "near", deep, lean=True),
        Arena(last, "service", "near", "evm", deep, lean=True),
        Arena(first, "maker", "near", "evm", lean=True),
        Arena(first, "service", "evm", "near"),
        Arena(last, "service", "near", "evm"),
    ]


def explore(arena: Arena, *, depth: int | None = None, machine: Decide = decide) -> Result:
    """One arena, whole, or down to `depth` moves."""
    return Explorer(arena, machine).run(max_depth=depth)
