"""Both SDKs against the live service: the READMEs' examples as they stand, and swaps that lose the web process on the way."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from devnet.network import EVM_IDS, MAKER, Network
from devnet.node import node_command
from devnet.service import API_KEY, Service
from tests.sdk import typescript_package

SECONDS = 120


@pytest.fixture(scope="session")
def environment(network: Network, service: Service) -> dict[str, str]:
    """What the examples read."""
    return {
        "PATH": os.environ["PATH"],
        "ORCHESTRATOR_URL": service.base_url,
        "ORCHESTRATOR_API_KEY": API_KEY,
        "BASE_CHAIN_ID": str(EVM_IDS["base"]),
        "BASE_RPC_URL": network.evm["base"].url,
        "BASE_ESCROW_FACTORY_ADDRESS": network.deployments["base"].factory,
        "NEAR_NETWORK_ID": "localnet",
        "NEAR_RPC_URL": network.near.url,
        "NEAR_HTLC_CONTRACT": "htlc.near",
        "MAKER_PRIVATE_KEY": MAKER.key,
    }


def example(readme: Path, language: str) -> str:
    """The first code block of a README, as it stands."""
    code = re.search(rf"```{language}\n(.*?)```", readme.read_text(), re.DOTALL)
    assert code is not None
    assert len(code[1].splitlines()) <= 22
    return code[1]


def run(command: list[str], environment: dict[str, str], folder: Path) -> str:
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=SECONDS
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def complete(printed: str) -> None:
    assert re.search(r"\b0%? initialized$", printed, re.MULTILINE)
    assert re.search(r"\b100%? completed$", printed, re.MULTILINE)
    assert re.search(r"^sess_[a-z2-7]{24} completed$", printed, re.MULTILINE), printed


def test_the_typescript_example_runs_as_written(root: Path, environment: dict[str, str], tmp_path: Path) -> None:
    package = typescript_package(root, tmp_path)
    source = tmp_path / "example.ts"
    source.write_text(example(package / "README.md", "typescript"))
    compiled = subprocess.run(
        [*node_command(), str(package / "node_modules/typescript/bin/tsc"), "-p", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert compiled.returncode == 0, compiled.stdout
    complete(run([*node_command(), "example.js"], environment, tmp_path))


def test_the_python_example_runs_as_written(root: Path, environment: dict[str, str], tmp_path: Path) -> None:
    package = root / "sdk" / "python"
    code = example(package / "README.md", "python")
    complete(run([sys.executable, "-c", code], {**environment, "PYTHONPATH": str(package)}, tmp_path))
