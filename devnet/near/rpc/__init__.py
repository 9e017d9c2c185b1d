"""The JSON-RPC methods of a NEAR node, and the devnet's own controls."""

from devnet.near.rpc import blocks, changes, controls, node, queries, transactions
from devnet.near.rpc.registry import METHODS

__all__ = ["METHODS", "blocks", "changes", "controls", "node", "queries", "transactions"]
