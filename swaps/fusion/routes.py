"""Which pairs of our chains an order of 1inch's SDK can be filled on.

The SDK hashes secrets with keccak256, signs for 1inch's own deployment of the Limit Order Protocol (its address and domain
are built in), and gives the secret away once both escrows stand.
"""

from chains.codec.order import ROUTER_DOMAIN
from chains.config import ChainConfig, chain_configs
from swaps.errors import RouteUnavailable
from swaps.evidence import ClaimOrder
from swaps.routes import Route, route_between

HASH_FUNCTION = "keccak256"


def chain_by_id(network_id: str) -> ChainConfig | None:
    """The configured EVM chain with this id, if it is set up here."""
    return next((chain for chain in chain_configs() if chain.family == "evm" and chain.network_id == network_id), None)


def fusion_route(source: ChainConfig, destination: ChainConfig) -> Route:
    """The route, if orders of the SDK can be filled on it. Raises `RouteUnavailable`, which says what is in the way."""
    route = route_between(source.name, destination.name)
    if route.hash_function != HASH_FUNCTION:
        raise RouteUnavailable(f"locks on this route hash with {route.hash_function}, and 1inch's SDK with keccak256")
    if route.claims is not ClaimOrder.DESTINATION_FIRST:
        raise RouteUnavailable("on this route the source is claimed first: a maker must not keep its secret")
    if not (source.limit_order_protocol and source.true_token):
        raise RouteUnavailable(f"{source.name} has no Limit Order Protocol configured")
    if (source.order_domain.name, source.order_domain.version) != ROUTER_DOMAIN:
        raise RouteUnavailable(f"orders on {source.name} are not signed as 1inch's SDK signs them")
    return route
