"""A NEAR chain for development and tests: JSON-RPC over real contract WASM, with its hands on time, finality and faults.

Start it with `python -m devnet.near`, or from Python with `devnet.near.process.NearDevnet`.
"""
