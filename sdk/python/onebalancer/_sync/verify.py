# Made from _async/verify.py by sdk/generate.py: change that file instead.
"""Whether the secret may leave: both locks, as the client's own nodes show them, are what its maker asked for."""

import time
from collections.abc import Callable
from typing import cast

from onebalancer._sync.evm import EvmNode, Side, evm_differences
from onebalancer._sync.io import pause
from onebalancer._sync.near import NearNode, near_differences
from onebalancer.chains import Chains, EvmChain, chain_of, endpoints
from onebalancer.errors import ConfigurationError, Difference, VerificationFailed
from onebalancer.models import CreateSession, SessionAnswer
from onebalancer.secrets import HashFunction, SwapRecord

BETWEEN_LOOKS = 1.0
SIDES: tuple[Side, Side] = ("destination", "source")


def differences(chains: Chains, record: SwapRecord, session: SessionAnswer) -> list[Difference]:
    """Everything at both locks that is not as agreed, once."""
    found: list[Difference] = []
    for side in SIDES:
        chain = chain_of(chains, record.request["sourceChain" if side == "source" else "destinationChain"])
        leg = session["legs"][side]
        if isinstance(chain, EvmChain):
            found += evm_differences(side, chain, record, leg)
        else:
            found += near_differences(side, chain, record, leg)
    return found


def verify(chains: Chains, record: SwapRecord, read: Callable[[], SessionAnswer], patience: float) -> None:
    """Returns when both locks are final and as agreed.

    What the chains may still mend (a block that is not final, a node that lags behind the service's) is waited for;
    all else is refused at once. Raises `VerificationFailed`.
    """
    end = time.monotonic() + patience
    while True:
        found = differences(chains, record, read())
        if not found:
            return
        if not all(item.may_change for item in found) or time.monotonic() >= end:
            raise VerificationFailed(found)
        pause(BETWEEN_LOOKS)


def route_hash(chains: Chains, request: CreateSession) -> HashFunction:
    """The hash by which both of a route's contracts go, as they say themselves. Raises `ConfigurationError` where they
    differ."""
    names = (request["sourceChain"], request["destinationChain"])
    source, destination = [_contract_hash(chains, name) for name in names]
    if source != destination or source not in ("sha256", "keccak256"):
        raise ConfigurationError(f"the contracts of {names[0]} hash by {source}, those of {names[1]} by {destination}")
    return cast(HashFunction, source)


def _contract_hash(chains: Chains, name: str) -> str:
    chain = chain_of(chains, name)
    url = endpoints(chain)[0]
    if isinstance(chain, EvmChain):
        return EvmNode(url).hash_function(chain.escrow_factory)
    return str((NearNode(url).view(chain.htlc, "get_config", {}))["hash_function"])
