"""NEAR's host functions, by topic. Source: nearcore `runtime/near-vm-runner/src/logic`."""

from devnet.near.vm.host import account, crypto, output, promise_actions, promises, registers, storage
from devnet.near.vm.host.registry import FUNCTIONS, HostFunction

__all__ = [
    "FUNCTIONS",
    "HostFunction",
    "account",
    "crypto",
    "output",
    "promise_actions",
    "promises",
    "registers",
    "storage",
]
