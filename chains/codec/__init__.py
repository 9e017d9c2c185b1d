"""Bytes to meaning and back, pure: no Django, no network, no clock.

| module | what it speaks |
| --- | --- |
| `keccak` `abi` `borsh` | the hash, and the two wire formats' words |
| `address` `near_account` | what an address or account id looks like |
| `timelocks` `escrow` `calldata` `evm` `reverts` | the escrow contracts: terms, calls, events, errors |
| `order` `extension` `traits` `settlement` `signature` | Limit Order Protocol v4, and what Fusion+ puts into orders |
| `near` `near_calls` | the HTLC: lock ids, records, calls |
"""
