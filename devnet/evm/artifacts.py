"""The built contracts, as committed in contracts/evm/artifacts/."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from devnet.npm import ROOT

FOLDER = ROOT / "contracts" / "evm" / "artifacts"


class ArtifactError(RuntimeError):
    """There is no such built contract."""


@dataclass(frozen=True)
class Artifact:
    """One compiled contract. `bytecode` is what a deployment sends, without the constructor's arguments."""

    name: str
    abi: list[dict[str, Any]]
    bytecode: bytes
    deployed_bytecode: bytes
    selectors: dict[str, str]

    def deployment(self, *arguments: Any) -> bytes:
        """Init code with ABI-encoded constructor arguments, positional as in the source."""
        from eth_abi.abi import encode

        types = [type_of(item) for item in self._constructor_inputs()]
        if len(types) != len(arguments):
            raise ArtifactError(f"{self.name}'s constructor takes {len(types)} arguments, not {len(arguments)}")
        return bytes(self.bytecode + encode(types, arguments))

    def _constructor_inputs(self) -> list[dict[str, Any]]:
        constructors = [item for item in self.abi if item["type"] == "constructor"]
        return constructors[0]["inputs"] if constructors else []


@cache
def artifact(name: str) -> Artifact:
    """One of our contracts by name, those for local chains included. Raises `ArtifactError`."""
    for path in (FOLDER / f"{name}.json", FOLDER / "dev" / f"{name}.json"):
        if path.is_file():
            return read_artifact(path)
    raise ArtifactError(f"No contract {name} in {FOLDER.relative_to(ROOT)}; build it with: make contracts")


def read_artifact(path: Path) -> Artifact:
    """An artifact from its file."""
    content = json.loads(path.read_text())
    return Artifact(
        name=content["contractName"],
        abi=content["abi"],
        bytecode=bytes.fromhex(content["bytecode"][2:]),
        deployed_bytecode=bytes.fromhex(content["deployedBytecode"][2:]),
        selectors={signature: "0x" + selector for signature, selector in content["methodIdentifiers"].items()},
    )


def error_names(*artifacts: Artifact) -> dict[str, str]:
    """Selector ("0x" and 8 digits) to name, of every custom error of these contracts, by default of all of ours."""
    from eth_utils.crypto import keccak

    names = {}
    for built in artifacts or _all_of_ours():
        for item in built.abi:
            if item["type"] == "error":
                signature = f"{item['name']}({','.join(type_of(field) for field in item['inputs'])})"
                names["0x" + keccak(text=signature)[:4].hex()] = item["name"]
    return names


@cache
def _all_of_ours() -> tuple[Artifact, ...]:
    return tuple(read_artifact(path) for path in sorted(FOLDER.rglob("*.json")))


def type_of(item: dict[str, Any]) -> str:
    """The canonical type of an ABI item, structs spelt out as tuples."""
    if not item["type"].startswith("tuple"):
        return str(item["type"])
    inner = ",".join(type_of(field) for field in item["components"])
    return f"({inner}){item['type'].removeprefix('tuple')}"
