"""NEAR chains for tests: one for a module, or one of its own for a test that changes its pace."""

from collections.abc import Iterator

import pytest

from devnet.near.process import NearDevnet

NEAR = 10**24
NAMES = ("alice.near", "bob.near", "app.near", "ft.near", "testnet", "hello.near", "htlc.near", "relayer.near")


@pytest.fixture(scope="module")
def devnet() -> Iterator[NearDevnet]:
    with NearDevnet(accounts=dict.fromkeys(NAMES, 1000 * NEAR)) as running:
        yield running


@pytest.fixture
def fresh() -> Iterator[NearDevnet]:
    with NearDevnet(accounts=dict.fromkeys(NAMES, 1000 * NEAR)) as running:
        yield running
