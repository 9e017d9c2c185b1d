"""Contracts that others compiled, from npm packages; they are fetched when a test wants them and never part of the project."""

from devnet.npm import ensure_package

_FILES = {
    # near-sdk-rs 2
    "fungible_token": ("near-shell", "0.24.9", "test/res/fungible_token.wasm"),
    # near-sdk-rs 3
    "linkdrop": ("near-workspaces", "5.0.0", "core_contracts/testnet-linkdrop.wasm"),
    # AssemblyScript
    "hello": ("near-hello", "0.5.1", "dist/main.wasm"),
}


def wasm(name: str) -> bytes:
    """The contract's code, byte for byte as published. Raises `PackageError`."""
    package, version, path = _FILES[name]
    return (ensure_package(package, version) / path).read_bytes()
