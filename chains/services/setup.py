"""Making a configured chain known: its row, and what its contracts say of themselves."""

from collections.abc import Callable
from typing import Any

import structlog

from chains.clients.evm import EvmClient
from chains.clients.near import NearClient
from chains.codec import calldata
from chains.config import ChainConfig, chain_config, quorum
from chains.errors import NoQuorum, WrongNetwork
from chains.models import Chain
from chains.services.providers import providers_prune

log = structlog.get_logger(__name__)
Facts = dict[str, Any] | str
"""What a contract says of itself, or what is wrong with it."""
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
    facts = _facts(config)
    chain, _ = Chain.objects.update_or_create(
        name=name,
        defaults={"family": config.family, "network_id": config.network_id, "contract": config.contract, **facts},
    )
    providers_prune(chain=name)
    log.info("chain.synchronised", chain=name, **facts)
    return chain


def _facts(config: ChainConfig) -> dict[str, Any]:
    """What the contract says of itself, by a quorum's word; what is known already stands while there is none."""
    read: Callable[[ChainConfig, Any], Facts] = _evm_facts if config.family == "evm" else _near_facts
    try:
        found = quorum(config.name).ask("the contract's facts", lambda node: read(config, node))
    except WrongNetwork as refused:
        raise ChainMisconfigured(f"{config.name}: {refused}") from refused
    except NoQuorum:
        if not Chain.objects.filter(name=config.name, contract=config.contract).exists():
            raise
        return {}
    if isinstance(found, str):
        raise ChainMisconfigured(f"{config.name}: {found}")
    return found


def _evm_facts(config: ChainConfig, node: EvmClient) -> Facts:
    if not node.has_code(config.factory):
        return f"no contract at the escrow factory's address {config.factory}"
    hash_function = int.from_bytes(node.call(config.factory, calldata.factory_hash_function()), "big")
    source = node.call(config.factory, calldata.factory_src_implementation())[-20:]
    destination = node.call(config.factory, calldata.factory_dst_implementation())[-20:]
    return {
        "hash_function": HASH_FUNCTIONS[hash_function],
        "escrow_src_implementation": "0x" + source.hex(),
        "escrow_dst_implementation": "0x" + destination.hex(),
    }


def _near_facts(config: ChainConfig, node: NearClient) -> Facts:
    said = node.view(config.htlc, "get_config", {})
    if said.get("hash_function") not in HASH_FUNCTIONS:
        return f"{config.htlc} is not our HTLC: get_config answered {said}"
    return {"hash_function": said["hash_function"]}
