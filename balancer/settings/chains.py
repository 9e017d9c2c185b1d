"""Chains, tokens and routes from a TOML file, completed by environment variables named after the chain."""

import tomllib
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

DEFAULT_FILE = Path(__file__).with_name("chains.toml")

# Seed 000 names the variables of the first chain without a prefix.
SEED_NAMES = {
    "base": {
        "factory": "ESCROW_FACTORY_ADDRESS",
        "resolver": "FUSION_PLUS_RESOLVER_ADDRESS",
        "limit_order_protocol": "LIMIT_ORDER_PROTOCOL_ADDRESS",
    }
}
EVM_FIELDS = {
    "factory": "ESCROW_FACTORY_ADDRESS",
    "resolver": "RESOLVER_ADDRESS",
    "limit_order_protocol": "LIMIT_ORDER_PROTOCOL_ADDRESS",
    "true_token": "TRUE_TOKEN_ADDRESS",
}
NEAR_FIELDS = {"htlc": "HTLC_CONTRACT", "account": "ORCHESTRATOR_ACCOUNT_ID"}


def _file(env: Any) -> dict[str, Any]:
    path = Path(env.str("CHAINS_FILE", default="") or DEFAULT_FILE)
    return tomllib.loads(path.read_text())


def load(env: Any) -> dict[str, dict[str, Any]]:
    """Every chain of the file by name. One without an endpoint is kept, and is not watched."""
    chains = _file(env)["chains"]
    return {name: _complete(env, name, chain) for name, chain in chains.items()}


def _complete(env: Any, name: str, chain: dict[str, Any]) -> dict[str, Any]:
    prefix = name.upper()
    chain = dict(chain)
    chain["rpc_urls"] = env.list(f"{prefix}_RPC_URL", default=chain.get("rpc_urls", []))
    chain["network_id"] = env.str(f"{prefix}_NETWORK_ID", default="") or chain["network_id"]
    _complete_providers(env, prefix, chain)
    is_evm = chain["family"] == "evm"
    for field, suffix in (EVM_FIELDS if is_evm else NEAR_FIELDS).items():
        seed_name = SEED_NAMES.get(name, {}).get(field)
        value = env.str(seed_name, default="") if seed_name else ""
        value = value or env.str(f"{prefix}_{suffix}", default=chain.get(field, ""))
        chain[field] = value.lower() if is_evm else value
    fallback = "ORCHESTRATOR_PRIVATE_KEY" if is_evm else "NEAR_PRIVATE_KEY"
    chain["private_keys"] = env.list(f"{prefix}_PRIVATE_KEY", default=env.list(fallback, default=[]))
    return chain


def _complete_providers(env: Any, prefix: str, chain: dict[str, Any]) -> None:
    """The quorum and the genesis block from the environment.

    Raises `ImproperlyConfigured` for a quorum that the providers cannot reach, or one provider named twice.
    """
    genesis = env.str(f"{prefix}_GENESIS_HASH", default="")
    if genesis:
        chain["genesis_hash"] = genesis
    needed = env.str(f"{prefix}_RPC_QUORUM", default="")
    if needed:
        chain["quorum"] = int(needed)
    urls = chain["rpc_urls"]
    if len(set(urls)) != len(urls):
        raise ImproperlyConfigured(f"{prefix}_RPC_URL names a provider twice: its word would count twice")
    quorum = chain.get("quorum")
    if quorum is not None and urls and not 1 <= quorum <= len(urls):
        raise ImproperlyConfigured(
            f"{prefix}_RPC_QUORUM is {quorum}, and {prefix}_RPC_URL names {len(urls)}: add providers or lower the quorum"
        )


def route_defaults(env: Any) -> dict[str, Any]:
    """The `[route]` table: whole seconds and the order of claims that every route starts from."""
    return dict(_file(env)["route"])


def routes(env: Any) -> dict[str, dict[str, Any]]:
    """The `[routes."base>near"]` tables: what a single route has of its own, completed by `[route]`."""
    found = _file(env).get("routes", {})
    return {name: {**route_defaults(env), **own} for name, own in found.items()}


def prices(env: Any) -> dict[str, str]:
    """US dollars per whole token, as exact decimal strings, by symbol."""
    return dict(_file(env)["prices"])


def market(env: Any) -> dict[str, Any]:
    """The `[market]` and `[assets]` tables: see `feeds.py` beside this file."""
    file = _file(env)
    return {"market": file.get("market", {}), "assets": file.get("assets", {})}
