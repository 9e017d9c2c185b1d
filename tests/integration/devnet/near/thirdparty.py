"""What others published on npm, fetched when a test wants it and never part of the project."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from devnet.npm import PackageError, ensure_node_modules, ensure_package

T = TypeVar("T")

_FILES = {
    # near-sdk-rs 2
    "fungible_token": ("near-shell", "0.24.9", "test/res/fungible_token.wasm"),
    # near-sdk-rs 3
    "linkdrop": ("near-workspaces", "5.0.0", "core_contracts/testnet-linkdrop.wasm"),
    # AssemblyScript
    "hello": ("near-hello", "0.5.1", "dist/main.wasm"),
    # near-sdk-as
    "sentences": ("near-sdk-simulator", "3.2.1", "build/release/sentences.wasm"),
    "words": ("near-sdk-simulator", "3.2.1", "build/release/words.wasm"),
    "singleton": ("near-sdk-simulator", "3.2.1", "build/debug/singleton.wasm"),
}


def wasm_path(name: str) -> Path:
    """The file of a contract's code, as published."""
    package, version, path = _FILES[name]
    return _fetched(f"{package}@{version}", lambda: ensure_package(package, version)) / path


def wasm(name: str) -> bytes:
    """The contract's code, byte for byte as published."""
    return wasm_path(name).read_bytes()


def node_modules(folder: Path) -> Path:
    """The packages that a folder's lock file names."""
    return _fetched(f"the packages of {folder.name}/package.json", lambda: ensure_node_modules(folder))


def _fetched(what: str, fetch: Callable[[], T]) -> T:
    """Skips the test when the registry is out of reach; any other fault of a package is an error."""
    try:
        return fetch()
    except PackageError as error:
        if not str(error).startswith("Could not fetch"):
            raise
        pytest.skip(f"Within reach of the npm registry this would run with {what}: {error}")
