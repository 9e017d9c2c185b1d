"""Compiled modules: kept in memory, and on disk for the next start."""

import hashlib
import os
import tempfile
import threading
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import wasmtime

from devnet.near.vm.errors import CompileError

_CACHE_FORMAT = "1"


@dataclass(frozen=True, slots=True)
class Import:
    """Something that a module wants from its host."""

    module: str
    name: str
    type: wasmtime.FuncType | wasmtime.MemoryType | None


class Contract:
    """A compiled module, and what wasmtime would look up anew at every call."""

    def __init__(self, module: wasmtime.Module) -> None:
        self.module = module

    @cached_property
    def imports(self) -> list[Import]:
        """Each import once: some modules have the same one twice, which a linker refuses."""
        found: dict[tuple[str, str], Import] = {}
        for each in self.module.imports:
            kind = each.type if isinstance(each.type, wasmtime.FuncType | wasmtime.MemoryType) else None
            found.setdefault((each.module, each.name or ""), Import(each.module, each.name or "", kind))
        return list(found.values())

    @property
    def imports_memory(self) -> bool:
        return any(isinstance(each.type, wasmtime.MemoryType) for each in self.imports)


def make_engine() -> wasmtime.Engine:
    """An engine with the features that nearcore allows, and fuel to count operations."""
    config = wasmtime.Config()
    config.consume_fuel = True
    # wasmtime aborts the whole process unless both go together
    config.wasm_relaxed_simd = False
    config.wasm_simd = False
    config.wasm_threads = False
    return wasmtime.Engine(config)


class ModuleCache:
    """Contracts by their code. Safe for threads; the same code is compiled once."""

    def __init__(self, folder: Path | None = None) -> None:
        self.engine = make_engine()
        self._folder = folder
        self._contracts: dict[bytes, Contract] = {}
        self._lock = threading.Lock()

    def get(self, code: bytes) -> Contract:
        """The contract of some code, compiled on first use. Raises `CompileError`."""
        contract = self._contracts.get(code)
        if contract is None:
            with self._lock:
                contract = self._contracts.get(code)
                if contract is None:
                    digest = hashlib.sha256(code).hexdigest()
                    contract = Contract(self._load(digest) or self._compile(digest, code))
                    self._contracts[code] = contract
        return contract

    def _compile(self, digest: str, code: bytes) -> wasmtime.Module:
        try:
            module = wasmtime.Module(self.engine, code)
        except wasmtime.WasmtimeError:
            raise CompileError({"PrepareError": "Deserialization"}) from None
        if self._folder is not None:
            self._save(self._folder, digest, module)
        return module

    def _load(self, digest: str) -> wasmtime.Module | None:
        if self._folder is None:
            return None
        path = self._folder / _file_name(digest)
        if not path.is_file():
            return None
        try:
            return wasmtime.Module.deserialize_file(self.engine, str(path))
        except wasmtime.WasmtimeError:
            # made by another version of wasmtime or for another processor
            return None

    def _save(self, folder: Path, digest: str, module: wasmtime.Module) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        # a reader must never see half a file
        handle, name = tempfile.mkstemp(dir=folder)
        with os.fdopen(handle, "wb") as file:
            file.write(module.serialize())
        os.replace(name, folder / _file_name(digest))


def _file_name(digest: str) -> str:
    return f"{digest}-{_CACHE_FORMAT}.cwasm"
