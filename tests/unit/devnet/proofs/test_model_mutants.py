"""Every guard of the machine matters: with it changed, the exploration finds a promise broken.

`ONE_MUTANT_IN=4` tries each fourth of them only.
"""

import os

import pytest

from devnet.proofs.model.equivalent import EQUIVALENT
from devnet.proofs.model.mutants import Ground, Mutant, grounds, mutants, tried

pytestmark = pytest.mark.slow
MUTANTS = mutants()


@pytest.fixture(scope="module")
def ground() -> list[Ground]:
    return grounds()


@pytest.mark.parametrize(
    "mutant", MUTANTS[:: int(os.environ.get("ONE_MUTANT_IN", "1"))], ids=lambda mutant: f"{mutant.line}-{mutant.name}"
)
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
