"""Asking nodes, the one place where a chain's network is touched. Every failure is one of `chains.errors`.

`base` what both families offer · `evm` and `near` the two clients, `evm_types` and `near_types` their answers,
`evm_errors` and `near_errors` what a node's refusal means · `rpc` the one path of every call, ruled by the table in
`strategies` · `provider` one node and how it behaves, `circuit` its breaker, `endpoint` the wire to it with
`web3_endpoint` and `httpx_endpoint` · `quorum` what money may rest on.
"""
