"""Whether the secret may leave: both locks, as the client's own nodes show them, are what its maker asked for."""

import time
from collections.abc import Awaitable, Callable
from typing import cast

from onebalancer._async.evm import AsyncEvmNode, Side, evm_differences
from onebalancer._async.io import pause
from onebalancer._async.near import AsyncNearNode, near_differences
from onebalancer.chains import Chains, EvmChain, chain_of, endpoints
from onebalancer.errors import ConfigurationError, Difference, VerificationFailed
from onebalancer.models import CreateSession, SessionAnswer
from onebalancer.secrets import HashFunction, SwapRecord

BETWEEN_LOOKS = 1.0
SIDES: tuple[Side, Side] = ("destination", "source")


async def differences(chains: Chains, record: SwapRecord, session: SessionAnswer) -> list[Difference]:
    """Everything at both locks that is not as agreed, once."""
    found: list[Difference] = []
    for side in SIDES:
        chain = chain_of(chains, record.request["sourceChain" if side == "source" else "destinationChain"])
        leg = session["legs"][side]
        if isinstance(chain, EvmChain):
            found += await evm_differences(side, chain, record, leg)
        else:
            found += await near_differences(side, chain, record, leg)
    return found


async def verify(
    chains: Chains, record: SwapRecord, read: Callable[[], Awaitable[SessionAnswer]], patience: float
) -> None:
    """Returns when both locks are final and as agreed.

    What the chains may still mend (a block that is not final, a node that lags behind the service's) is waited for;
    all else is refused at once. Raises `VerificationFailed`.
    """
    end = time.monotonic() + patience
    while True:
        found = await differences(chains, record, await read())
        if not found:
            return
        if not all(item.may_change for item in found) or time.monotonic() >= end:
            raise VerificationFailed(found)
        await pause(BETWEEN_LOOKS)


async def route_hash(chains: Chains, request: CreateSession) -> HashFunction:
    """The hash by which both of a route's contracts go, as they say themselves. Raises `ConfigurationError` where they
    differ."""
    names = (request["sourceChain"], request["destinationChain"])
    source, destination = [await _contract_hash(chains, name) for name in names]
    if source != destination or source not in ("sha256", "keccak256"):
        raise ConfigurationError(f"the contracts of {names[0]} hash by {source}, those of {names[1]} by {destination}")
    return cast(HashFunction, source)


async def _contract_hash(chains: Chains, name: str) -> str:
    chain = chain_of(chains, name)
    url = endpoints(chain)[0]
    if isinstance(chain, EvmChain):
        return await AsyncEvmNode(url).hash_function(chain.escrow_factory)
    return str((await AsyncNearNode(url).view(chain.htlc, "get_config", {}))["hash_function"])
