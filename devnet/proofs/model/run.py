"""Which arenas are explored, in full and reduced."""

from itertools import product

from devnet.proofs.model.explore import Explorer, Result
from devnet.proofs.model.views import Decide
from devnet.proofs.model.world import Arena
from swaps.evidence import ClaimOrder
from swaps.machine import decide

FULL, REDUCED = "full", "reduced"
DESTINATION_FIRST, SOURCE_FIRST = ClaimOrder
SWAPS = (
    (DESTINATION_FIRST, "maker"),
    (DESTINATION_FIRST, "service"),
    (SOURCE_FIRST, "service"),  # the ladder refuses it with a secret that the maker holds
)
PAIRS = (("evm", "near"), ("near", "evm"), ("evm", "evm"), ("near", "near"))
APART = ((0, 0), (1, 0), (0, 1), (1, 1))  # each chain's view may be behind without the other's
HALTS, DEEP = frozenset({"halts"}), frozenset({"deep"})


def arenas(kind: str) -> list[Arena]:
    """Every arena of a kind; see `Arena` for what they differ in."""
    if kind == REDUCED:
        return [Arena(order, custody, "evm", "near") for order, custody in SWAPS]
    timely = [
        Arena(order, custody, source, destination, views=APART, inclusion=1)
        for (order, custody), (source, destination) in product(SWAPS, PAIRS)
    ]
    powerful = [
        Arena(order, custody, source, destination, power)
        for (order, custody), (source, destination), power in product(SWAPS, PAIRS[:2], (HALTS, DEEP))
    ]
    return timely + powerful


def mutation_arenas() -> list[Arena]:
    """Where changed guards are tried: small ones first, in which most of them die."""
    return [
        Arena(DESTINATION_FIRST, "service", "evm", "near", lean=True),
        Arena(DESTINATION_FIRST, "service", "evm", "near", HALTS, lean=True),
        Arena(SOURCE_FIRST, "service", "near", "evm", HALTS, lean=True),
        Arena(DESTINATION_FIRST, "service", "evm", "near", DEEP, lean=True),
        Arena(SOURCE_FIRST, "service", "near", "evm", DEEP, lean=True),
        Arena(SOURCE_FIRST, "service", "near", "evm"),
        Arena(DESTINATION_FIRST, "maker", "near", "evm"),
    ]


def explore(arena: Arena, *, depth: int | None = None, machine: Decide = decide) -> Result:
    """One arena, whole, or down to `depth` moves."""
    return Explorer(arena, machine).run(max_depth=depth)
