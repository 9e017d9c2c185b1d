"""The whole service on two chains with production ids and keccak256 escrows, and 1inch's SDK from npm beside it."""

import json
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from devnet.network import MAKER, USDC_ON_BASE, USDC_ON_ETHEREUM, Figures, Network
from devnet.node import node_command
from devnet.npm import VAR, ensure_node_modules
from devnet.service import API_KEY, Service

CLIENT = Path(__file__).parent / "client"
INSTALLED = VAR / "fusion-client"  # with its hundred megabytes of packages
FIGURES = Figures(destination=900, slack=120, inclusion=10, finality=10)
SIDES = {"base": {"chain": 8453, "token": USDC_ON_BASE}, "ethereum": {"chain": 1, "token": USDC_ON_ETHEREUM}}
Document = dict[str, Any]


@pytest.fixture(scope="package")
def fusion_network() -> Iterator[Network]:
    names = ("base", "ethereum")
    with Network(
        evm_names=names, with_near=False, figures=FIGURES, hash_function="keccak256", as_production=True
    ) as running:
        yield running


@pytest.fixture(scope="package")
def fusion_service(
    fusion_network: Network, server_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    directory = tmp_path_factory.mktemp("fusion")
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
    with Service(fusion_network, server_url, redis_url, directory, port=port, database="fusion") as running:
        running.wait_ready()
        yield running
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="package")
def installed() -> Path:
    """The client's folder, with its packages from npm as the lock file says."""
    shutil.copytree(CLIENT, INSTALLED, dirs_exist_ok=True)
    ensure_node_modules(INSTALLED)
    return INSTALLED


@pytest.fixture
def sdk_swap(fusion_network: Network, fusion_service: Service, installed: Path) -> Callable[..., Document]:
    """A whole swap by the SDK, and what it was told on the way; with `refused`, the service's error instead."""

    def run(source: str = "base", destination: str = "ethereum", *, refused: bool = False, **changes: Any) -> Document:
        job = {
            "url": fusion_service.base_url,
            "key": API_KEY,
            "privateKey": MAKER.key,
            "rpc": fusion_network.evm[source].url,
            "source": SIDES[source],
            "destination": SIDES[destination],
            "amount": "10000000",
        }
        command = [*node_command(), "swap.mjs", json.dumps({**job, **changes})]
        done = subprocess.run(command, cwd=installed, capture_output=True, text=True, timeout=240, check=False)
        assert done.returncode == int(refused), done.stderr[-3000:]
        found: Document = json.loads(done.stderr if refused else done.stdout)
        return found

    return run
