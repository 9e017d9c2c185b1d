"""One anvil with our contracts for each test module; a test that asks for `fresh` leaves it as it was."""

from collections.abc import Iterator

import pytest

from chains.clients.evm import EvmClient
from devnet.evm.accounts import dev_account
from devnet.evm.anvil import Anvil
from devnet.evm.deploy import EvmDeployment, TokenSpec, deploy_suite
from tests.integration.chains.evm_desk import OWNER


@pytest.fixture(scope="module")
def anvil() -> Iterator[Anvil]:
    with Anvil() as running:
        yield running


@pytest.fixture(scope="module")
def suite(anvil: Anvil) -> EvmDeployment:
    return deploy_suite(
        anvil, dev_account(0).key, operators=(OWNER.address,), tokens=(TokenSpec("USDC", 6, "USD Coin"),)
    )


@pytest.fixture(scope="module")
def client(anvil: Anvil) -> Iterator[EvmClient]:
    made = EvmClient(anvil.url)
    yield made
    made.close()


@pytest.fixture
def fresh(anvil: Anvil, suite: EvmDeployment) -> Iterator[None]:
    snapshot = anvil.snapshot()
    yield
    anvil.revert(snapshot)
