"""Making a configured chain known: its row, and what its contracts say of themselves."""

from typing import Any

import structlog

from chains.codec import calldata
from chains.config import ChainConfig, chain_config, client
from chains.models import Chain

log = structlog.get_logger(__name__)
HASH_FUNCTIONS = ("sha256", "keccak256")


class ChainMisconfigured(Exception):
    """The settings and the chain contradict each other; the message says what to change."""


def chain_sync(*, name: str) -> Chain:
    """The chain's row, brought up to what the node and the contract say.

    Raises `ChainMisconfigured` when the endpoint is of another network, or the contract is not one of ours.
    """
    config = chain_config(name)
    if not config.is_usable:
        raise ChainMisconfigured(
            f"{name} has no RPC endpoint, contract or account: set {name.upper()}_RPC_URL and its addresses (.env.example)"
        )
    facts = _evm_facts(config) if config.family == "evm" else _near_facts(config)
    chain, _ = Chain.objects.update_or_create(
        name=name,
        defaults={"family": config.family, "network_id": config.network_id, "contract": config.contract, **facts},
    )
    log.info("chain.synchronised", chain=name, **facts)
    return chain


def _evm_facts(config: ChainConfig) -> dict[str, Any]:
    node = client(config.name)
    found = str(node.chain_id())
    if found != config.network_id:
        raise ChainMisconfigured(
            f"{config.name}: the endpoint is of chain {found}, and {config.network_id} is configured"
        )
    if not node.has_code(config.factory):
        raise ChainMisconfigured(f"{config.name}: no contract at the escrow factory's address {config.factory}")
    hash_function = int.from_bytes(node.call(config.factory, calldata.factory_hash_function()), "big")
    source = node.call(config.factory, calldata.factory_src_implementation())[-20:]
    destination = node.call(config.factory, calldata.factory_dst_implementation())[-20:]
    return {
        "hash_function": HASH_FUNCTIONS[hash_function],
        "escrow_src_implementation": "0x" + source.hex(),
        "escrow_dst_implementation": "0x" + destination.hex(),
    }


def _near_facts(config: ChainConfig) -> dict[str, Any]:
    said = client(config.name).view(config.htlc, "get_config", {})
    if said.get("hash_function") not in HASH_FUNCTIONS:
        raise ChainMisconfigured(f"{config.name}: {config.htlc} is not our HTLC: get_config answered {said}")
    return {"hash_function": said["hash_function"]}
