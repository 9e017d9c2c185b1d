"""Asking nodes, the one place where a chain's network is touched. Every failure is one of `chains.errors`.

`base` what both families offer · `rpc` JSON-RPC with failover · `evm` and `near` the two clients, `evm_types` and
`near_types` their answers, `evm_errors` and `near_errors` what a node's refusal means.
"""
