"""The devnet's variant of the order protocol: at 1inch's address it hashes orders as 1inch's SDK signs them."""

from pathlib import Path

from chains.codec import calldata
from chains.codec.order import PACKAGE_DOMAIN, ROUTER, ROUTER_DOMAIN, OrderDomain
from chains.config import chain_config
from chains.models import Chain
from devnet.network import Network
from tests.integration.fusion.conftest import BASE
from tests.unit.fusion.wallet import TRUE_TOKEN, SdkOrder

DOMAIN_SEPARATOR = "0x3644e515"


def test_its_domain_is_that_of_its_place(fusion_network: tuple[Network, Path]) -> None:
    """The code was deployed elsewhere: the separator that it keeps from there is not used here."""
    for name, chain_id in (("base", 8453), ("ethereum", 1)):
        rpc = fusion_network[0].evm[name].rpc
        found = rpc.call("eth_call", {"to": ROUTER, "data": DOMAIN_SEPARATOR}, "latest")
        assert found == "0x" + OrderDomain(chain_id, ROUTER, *ROUTER_DOMAIN).separator().hex()


def test_it_hashes_what_the_wallet_signs(order: SdkOrder, fusion_network: tuple[Network, Path]) -> None:
    data = "0x" + calldata.protocol_hash_order(order.built[0]).hex()
    found = fusion_network[0].evm["base"].rpc.call("eth_call", {"to": ROUTER, "data": data}, "latest")
    assert found == "0x" + order.hash.hex()


def test_the_true_token_is_always_paid(fusion_network: tuple[Network, Path]) -> None:
    rpc = fusion_network[0].evm["base"].rpc
    nobody, words = "0x" + "0" * 40, "0" * 128 + f"{5:064x}"
    call = {"to": TRUE_TOKEN, "from": nobody, "data": "0x23b872dd" + words}  # transferFrom(nobody, nobody, 5)
    assert int(rpc.call("eth_call", call, "latest"), 16) == 1


def test_a_chains_domain_follows_its_protocols_address(chains: dict[str, Chain], settings: object) -> None:
    config = chain_config("base")
    assert config.order_domain == OrderDomain(BASE[0], ROUTER, *ROUTER_DOMAIN)
    configured = settings.CHAINS["base"]  # type: ignore[attr-defined]
    configured["limit_order_protocol"] = "0x" + "12" * 20
    assert chain_config("base").order_domain == OrderDomain(BASE[0], "0x" + "12" * 20, *PACKAGE_DOMAIN)
    configured |= {"order_domain_name": "A fork", "order_domain_version": "7"}
    assert chain_config("base").order_domain == OrderDomain(BASE[0], "0x" + "12" * 20, "A fork", "7")
