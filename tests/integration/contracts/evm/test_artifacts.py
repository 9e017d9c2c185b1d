"""The committed artifacts are what the sources compile to."""

from pathlib import Path

import pytest

from devnet.evm.artifacts import FOLDER, ArtifactError, artifact
from devnet.evm.lop import CONTRACTS
from devnet.evm.prepare import build_contracts
from devnet.node import NodeError
from devnet.npm import PackageError, ensure_node_modules

LARGEST = 24_576  # EIP-170


def test_a_rebuild_changes_nothing() -> None:
    try:
        ensure_node_modules(CONTRACTS)
    except (PackageError, NodeError) as error:
        pytest.skip(f"needs node and the pinned compiler from npm: {error}")
    build_contracts(check=True)


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.json")), ids=lambda path: path.stem)
def test_every_contract_can_be_deployed(path: Path) -> None:
    built = artifact(path.stem)
    assert 0 < len(built.deployed_bytecode) <= LARGEST
    assert len(built.bytecode) > len(built.deployed_bytecode)


def test_the_constructors_arguments_are_counted() -> None:
    with pytest.raises(ArtifactError, match="takes 3 arguments, not 1"):
        artifact("EscrowFactory").deployment("0x" + "00" * 20)


def test_an_unknown_contract() -> None:
    with pytest.raises(ArtifactError, match="No contract Escrowe in contracts/evm/artifacts"):
        artifact("Escrowe")
