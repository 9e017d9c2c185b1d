"""Running contract WASM: NEAR's host functions on wasmtime, one function call at a time."""
