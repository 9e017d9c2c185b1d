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


def mutation_arenas() -> list[tuple[Arena, int | None]]:
    """Where changed guards are tried, each down to a depth."""
    powers: tuple[frozenset[str], ...] = (frozenset(), frozenset({"halts"}), frozenset({"deep"}))
    return [(Arena(order, custody, "evm", "near", power), None) for power in powers for order, custody in SWAPS[::2]]


def explore(arena: Arena, *, depth: int | None = None, machine: Decide = decide) -> Result:
    """One arena, whole, or down to `depth` moves."""
    return Explorer(arena, machine).run(max_depth=depth)
