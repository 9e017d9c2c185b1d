"""A chain and a fault proxy in front of it."""

from collections.abc import Iterator

import pytest

from devnet.evm.anvil import Anvil
from devnet.faultproxy import FaultProxy


@pytest.fixture
def chain() -> Iterator[Anvil]:
    with Anvil() as anvil:
        yield anvil


@pytest.fixture
def proxy(chain: Anvil) -> Iterator[FaultProxy]:
    with FaultProxy(chain.url) as made:
        yield made
