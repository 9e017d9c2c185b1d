"""Chains with our contracts, and nothing of the service."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from devnet.evm.anvil import Anvil
from devnet.evm.world import World as EvmWorld
from devnet.near.process import NearDevnet
from tests.integration.contracts.near.world import ACCOUNTS, HTLC, build, deploy_tokens
from tests.integration.contracts.near.world import World as NearWorld
from tests.integration.sdk.desk import Desk
from tests.integration.sdk.drivers import NodeDriver, node_driver


@pytest.fixture(scope="package")
def evm_chain() -> Iterator[EvmWorld]:
    with Anvil() as anvil:
        yield EvmWorld(anvil)


@pytest.fixture
def evm(evm_chain: EvmWorld) -> Iterator[EvmWorld]:
    now = int(time.time())
    if (
        evm_chain.anvil.time < now
    ):  # a revert takes its clock back to a block that may be minutes old; what is tested has ours too
        evm_chain.anvil.set_time(now)
    snapshot = evm_chain.anvil.snapshot()
    yield evm_chain
    evm_chain.anvil.rpc.call("anvil_dropAllTransactions")  # or they are counted among those of the next test
    evm_chain.anvil.revert(snapshot)


@pytest.fixture(scope="package")
def near() -> Iterator[NearWorld]:
    with NearDevnet(accounts=ACCOUNTS) as chain:
        deploy_tokens(chain)
        yield build(chain, HTLC, "sha256")


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


@pytest.fixture(scope="package")
def node(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeDriver]:
    with node_driver(root, tmp_path_factory.mktemp("node")) as driver:
        yield driver
