"""Compiled modules: kept in memory, and on disk for the next start."""

import hashlib
import os
import tempfile
import threading
from pathlib import Path

import wasmtime

from devnet.near.vm import limits
from devnet.near.vm.errors import CompileError

_CACHE_FORMAT = "1"


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
    """Modules by the hash of their code. Safe for threads; the same code is compiled once."""

    def __init__(self, folder: Path | None = None) -> None:
        self.engine = make_engine()
        self._folder = folder
        self._modules: dict[bytes, wasmtime.Module] = {}
        self._lock = threading.Lock()

    def get(self, code: bytes) -> wasmtime.Module:
        """The module of some code, compiled on first use. Raises `CompileError`."""
        digest = hashlib.sha256(code).digest()
        module = self._modules.get(digest)
        if module is None:
            with self._lock:
                module = self._modules.get(digest)
                if module is None:
                    module = self._modules[digest] = self._load(digest) or self._compile(digest, code)
        return module

    def _compile(self, digest: bytes, code: bytes) -> wasmtime.Module:
        try:
            module = wasmtime.Module(self.engine, code)
        except wasmtime.WasmtimeError:
            raise CompileError({"PrepareError": "Deserialization"}) from None
        if self._folder is not None:
            self._save(digest, module)
        return module

    def _path(self, folder: Path, digest: bytes) -> Path:
        return folder / f"{digest.hex()}-{_CACHE_FORMAT}.cwasm"

    def _load(self, digest: bytes) -> wasmtime.Module | None:
        if self._folder is None:
            return None
        path = self._path(self._folder, digest)
        if not path.is_file():
            return None
        try:
            return wasmtime.Module.deserialize_file(self.engine, str(path))
        except wasmtime.WasmtimeError:
            # made by another version of wasmtime or for another processor
            return None

    def _save(self, digest: bytes, module: wasmtime.Module) -> None:
        assert self._folder is not None
        self._folder.mkdir(parents=True, exist_ok=True)
        # a reader must never see half a file
        handle, name = tempfile.mkstemp(dir=self._folder)
        with os.fdopen(handle, "wb") as file:
            file.write(module.serialize())
        os.replace(name, self._path(self._folder, digest))


def memory_limit_bytes() -> int:
    """How large a contract's memory may grow."""
    return limits.MEMORY_PAGES * limits.PAGE_BYTES
