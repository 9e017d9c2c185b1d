"""The Limit Order Protocol v4, compiled from its unmodified npm package at set-up and kept under var/contracts/.

The package holds Solidity sources only. It is packed, not installed: its dependency tree has hundreds of packages, of
which the compiler needs the sources of two.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from devnet.evm.artifacts import Artifact, read_artifact
from devnet.node import run_node
from devnet.npm import ROOT, VAR, ensure_node_modules, ensure_package, locked

CONTRACTS = ROOT / "contracts" / "evm"
PACKAGES = {
    "@1inch/limit-order-protocol-contract": (
        "4.3.3",
        "sha512-6XMwL0+s763I8WWLnRT/pqtnp8vZYUhKFMnM5BJ9TpahC1tydnEE6arihQZd8LG9gJbXMFtJtmAr4Ay3Iks5CQ==",
    ),
    "@1inch/solidity-utils": (
        "6.6.0",
        "sha512-BZTN/oE6ttqPXH/nI1iYO2lPZZSinQibUvXDZGYRzXooncN+n6VELPCCIzoUqV+CoYb6ULYHk+DDlCKFQ/1peA==",
    ),
    "@openzeppelin/contracts": (
        "5.1.0",
        "sha512-p1ULhl7BXzjjbha5aqst+QMLY+4/LCWADXOCsmLHRM77AqiPjnd9vvUN9sosUfhL9JGKpZ0TjEGxgvnizmWGSA==",
    ),
}


@dataclass(frozen=True)
class Domain:
    """The EIP-712 name and version that makers sign under."""

    name: str
    version: str

    @property
    def slug(self) -> str:
        return re.sub(r"[^a-z0-9]+", "-", f"{self.name} {self.version}".lower())


OWN_DOMAIN = Domain("1inch Limit Order Protocol", "4")
# the domain of the deployments at 0x111111125421ca6dc452d289314280a0f8842a65
ROUTER_DOMAIN = Domain("1inch Aggregation Router", "6")


def limit_order_protocol(domain: Domain = OWN_DOMAIN) -> Artifact:
    """The compiled protocol; about 15 seconds the first time, then from var/contracts/.

    Another `domain` than the package's own compiles the same source with that one literal exchanged.
    Raises `PackageError` when npm is out of reach and `NodeError` when there is no node or the compiler refuses.
    """
    suffix = "" if domain == OWN_DOMAIN else f"-{domain.slug}"
    path = VAR / "contracts" / f"LimitOrderProtocol{suffix}.json"
    key = _cache_key(domain)
    if _is_current(path, key):
        return read_artifact(path)
    with locked(path.with_suffix(".lock")):
        if not _is_current(path, key):
            _compile(path, key, domain)
    return read_artifact(path)


def _cache_key(domain: Domain) -> str:
    versions = [f"{name}@{version}" for name, (version, _) in PACKAGES.items()]
    compiler = json.loads((CONTRACTS / "package.json").read_text())["devDependencies"]["solc"]
    return " ".join([*versions, f"solc@{compiler}", domain.slug])


def _is_current(path: Path, key: str) -> bool:
    return path.is_file() and json.loads(path.read_text()).get("cacheKey") == key


def _compile(path: Path, key: str, domain: Domain) -> None:
    ensure_node_modules(CONTRACTS)
    folders = {name: str(ensure_package(name, version, pin)) for name, (version, pin) in PACKAGES.items()}
    job = {
        "folders": folders,
        "root": "@1inch/limit-order-protocol-contract/contracts/LimitOrderProtocol.sol",
        "replace": [
            f'EIP712("{OWN_DOMAIN.name}", "{OWN_DOMAIN.version}")',
            f'EIP712("{domain.name}", "{domain.version}")',
        ],
    }
    job_file, made = path.with_suffix(".job"), path.with_suffix(".new")
    job_file.write_text(json.dumps(job))
    run_node(str(CONTRACTS / "compile-package.mjs"), str(job_file), str(made))
    made.write_text(json.dumps(json.loads(made.read_text()) | {"cacheKey": key}))
    made.replace(path)
    job_file.unlink()
