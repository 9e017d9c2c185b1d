"""Every guard of the machine matters: with it changed, the exploration finds a promise broken.

`ONE_MUTANT_IN=4` tries each fourth of them only, and `FIRST_MUTANT` says which fourth, by any whole number: what counts its runs
has seen all of them after four.
"""

import os
from collections.abc import Mapping

import pytest

from devnet.proofs.model.equivalent import EQUIVALENT
from devnet.proofs.model.mutants import Ground, Mutant, grounds, mutants, tried

pytestmark = pytest.mark.slow
MUTANTS = mutants()


def part(environment: Mapping[str, str]) -> list[Mutant]:
    """Those that this run tries."""
    step = int(environment.get("ONE_MUTANT_IN", "1"))
    return MUTANTS[int(environment.get("FIRST_MUTANT", "0")) % step :: step]


@pytest.fixture(scope="module")
def ground() -> list[Ground]:
    return grounds()


@pytest.mark.parametrize("mutant", part(os.environ), ids=lambda mutant: f"{mutant.line}-{mutant.name}")
def test_a_changed_guard_is_noticed(mutant: Mutant, ground: list[Ground]) -> None:
    verdict = tried(mutant, ground)
    if mutant.name in EQUIVALENT:
        assert not verdict.broken, f"it is noticed, and needs no excuse: {verdict.broken}"
    else:
        assert verdict.broken, f"{mutant.name} is not noticed (its answers differ: {verdict.differs})"


def test_every_guard_is_there_and_every_excuse_is_needed() -> None:
    names = {mutant.name for mutant in MUTANTS}
    assert set(EQUIVALENT) <= names
    assert len(names) == len(MUTANTS) > 150


def test_runs_that_are_counted_on_try_every_guard() -> None:
    parts = [part({"ONE_MUTANT_IN": "4", "FIRST_MUTANT": str(run)}) for run in range(1234, 1238)]
    assert sorted(mutant.name for tried_now in parts for mutant in tried_now) == sorted(
        mutant.name for mutant in part({})
    )
    assert max(map(len, parts)) <= len(MUTANTS) // 4 + 1
