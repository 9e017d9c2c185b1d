"""What a swap that is to be checked must name."""

import re

from onebalancer.chains import Chains, EvmChain, chain_of
from onebalancer.errors import ConfigurationError
from onebalancer.models import CreateSession

EVM = re.compile(r"0x[0-9a-fA-F]{40}")
NEAR = re.compile(r"[a-z0-9._-]+")


def require_contracts(chains: Chains, request: CreateSession) -> None:
    """Tokens must be named by their contracts: what a symbol means, only the service could say. Raises
    `ConfigurationError`."""
    named = (
        ("sourceToken", request["sourceChain"], request["sourceToken"]),
        ("destinationToken", request["destinationChain"], request["destinationToken"]),
    )
    for name, chain, token in named:
        form = EVM if isinstance(chain_of(chains, chain), EvmChain) else NEAR
        if not form.fullmatch(token):
            raise ConfigurationError(
                f"{name} {token!r} must be the token's contract, so that it can be checked on chain"
            )
