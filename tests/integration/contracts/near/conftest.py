"""One chain for all tests of the NEAR contracts; after each test the HTLC must have all it owes."""

from collections.abc import Iterator

import pytest

from devnet.near.process import NearDevnet
from tests.integration.contracts.near.world import ACCOUNTS, HTLC, KECCAK, World, build, deploy_tokens


@pytest.fixture(scope="package")
def chain() -> Iterator[NearDevnet]:
    with NearDevnet(accounts=ACCOUNTS) as chain:
        deploy_tokens(chain)
        yield chain


@pytest.fixture(scope="package")
def sha256_world(chain: NearDevnet) -> World:
    return build(chain, HTLC, "sha256")


@pytest.fixture(scope="package")
def keccak256_world(chain: NearDevnet) -> World:
    return build(chain, KECCAK, "keccak256")


@pytest.fixture
def world(sha256_world: World) -> Iterator[World]:
    yield sha256_world
    sha256_world.check_solvent()


@pytest.fixture
def keccak_world(keccak256_world: World) -> Iterator[World]:
    yield keccak256_world
    keccak256_world.check_solvent()
