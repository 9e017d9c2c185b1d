"""What the client knows of each chain by itself. Nothing here ever comes from the service."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Literal

from onebalancer.errors import ConfigurationError


@dataclass(frozen=True)
class EvmChain:
    """An EVM chain: your own node (or several: each must show the same before a secret leaves) and the escrow factory
    that you trust.

    `factory_code_hash`: keccak256 of its code, where you want to pin it. `finality`: a tag of the node's, or a number of
    confirmations. `min_seconds_left`: what a lock must still have when the secret leaves. `min_public_seconds`: how long
    anybody, you too, must be able to claim it. `max_lock_seconds`: the longest that your own lock may bind you.
    `max_safety_deposit`: wei. `limit_order_protocol` is needed to sign orders.
    """

    chain_id: int
    rpc: str | tuple[str, ...]
    escrow_factory: str
    _: KW_ONLY
    factory_code_hash: str | None = None
    limit_order_protocol: str | None = None
    finality: Literal["finalized", "safe"] | int = "finalized"
    min_seconds_left: int = 60
    min_public_seconds: int = 20
    max_lock_seconds: int = 86_400
    max_safety_deposit: int = 10**16


@dataclass(frozen=True)
class NearChain:
    """NEAR: as `EvmChain`, with the HTLC that you trust; `network_id` as the node's `status` says it (mainnet, …),
    `code_hash` base58, `max_storage_deposit` yoctoNEAR."""

    network_id: str
    rpc: str | tuple[str, ...]
    htlc: str
    _: KW_ONLY
    code_hash: str | None = None
    min_seconds_left: int = 60
    max_lock_seconds: int = 86_400
    max_storage_deposit: int = 10**23


Chain = EvmChain | NearChain
Chains = Mapping[str, Chain]


def chain_of(chains: Chains, name: str) -> Chain:
    """Raises `ConfigurationError` for a chain that was not configured."""
    try:
        return chains[name.lower()]
    except KeyError:
        raise ConfigurationError(
            f"chains[{name!r}] is missing: to check a lock there, your own node and its contracts are needed"
        ) from None


def endpoints(chain: Chain) -> tuple[str, ...]:
    """The URLs of its nodes, one at least. Raises `ConfigurationError`."""
    urls = (chain.rpc,) if isinstance(chain.rpc, str) else tuple(chain.rpc)
    if not urls:
        raise ConfigurationError("a chain needs at least one rpc URL")
    return urls
