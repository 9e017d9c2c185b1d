"""One chain for each test module, with both suites on it; every test goes back to where it began."""

from collections.abc import Iterator

import pytest

from devnet.evm.anvil import Anvil
from devnet.evm.world import World


@pytest.fixture(scope="module")
def chain() -> Iterator[Anvil]:
    with Anvil() as anvil:
        yield anvil


@pytest.fixture(scope="module")
def sha256_world(chain: Anvil) -> World:
    return World(chain, "sha256")


@pytest.fixture(scope="module")
def keccak256_world(chain: Anvil) -> World:
    return World(chain, "keccak256")


@pytest.fixture
def world(sha256_world: World) -> Iterator[World]:
    snapshot = sha256_world.anvil.snapshot()
    yield sha256_world
    sha256_world.anvil.revert(snapshot)
