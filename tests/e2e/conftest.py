"""The whole service as processes, on chains of its own, once for all the tests of this folder."""

import shutil
import socket
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from devnet.client import Maker, RestClient, Swap
from devnet.network import ALICE, MAKER, NEAR, USDC_ON_BASE, USDC_ON_ETHEREUM, USDT, Figures, Network
from devnet.service import API_KEY, Service

ETH = "0x" + "0" * 40
TOKENS = {"base": USDC_ON_BASE, "ethereum": USDC_ON_ETHEREUM, "near": USDT}
# Long enough that nothing expires by itself while the machine is busy; expiry is tested by moving the chains' clocks.
FIGURES = Figures(destination=900, slack=120, inclusion=10, finality=10)


def pairs(ones: Sequence[Any], others: Sequence[Any]) -> list[Any]:
    """Parameters: every one with every other. The diagonal has each of them once; the rest is `thorough`."""
    return [
        pytest.param(one, other, marks=[] if row == column else [pytest.mark.thorough])
        for row, one in enumerate(ones)
        for column, other in enumerate(others)
    ]


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def network() -> Iterator[Network]:
    with Network(evm_names=("base", "ethereum"), figures=FIGURES) as running:
        yield running


@pytest.fixture(scope="session")
def service(
    network: Network, server_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    directory = tmp_path_factory.mktemp("service")
    with Service(network, server_url, redis_url, Path(directory), port=free_port(), database="e2e") as running:
        running.wait_ready()
        yield running
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def rest(service: Service) -> RestClient:
    return RestClient(service.base_url, API_KEY)


@pytest.fixture
def new_swap(rest: RestClient, network: Network) -> Callable[..., Swap]:
    """A swap between two chains, not created yet."""

    def make(
        source: str = "base", destination: str = "near", *, native: bool = False, amount: int = 10_000_000
    ) -> Swap:
        body = {
            "sourceChain": source,
            "destinationChain": destination,
            "sourceToken": _token(source, native),
            "destinationToken": _token(destination, native),
            "sourceAmount": str(_amount(source, native, amount)),
            "destinationAmount": str(_amount(destination, native, amount - 10_000)),
            "maker": ALICE if source == "near" else MAKER.address,
            "taker": ALICE if destination == "near" else MAKER.address,
        }
        return Swap(rest, Maker(network, MAKER, ALICE), body)

    return make


def _token(chain: str, native: bool) -> str:
    if not native:
        return TOKENS[chain]
    return "near" if chain == "near" else ETH


def _amount(chain: str, native: bool, amount: int) -> int:
    """So many millionths of a whole token."""
    if not native:
        return amount
    return amount * NEAR // 2_500_000 if chain == "near" else amount * 10**18 // 3_200_000_000
