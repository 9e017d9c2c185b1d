"""`@1inch/cross-chain-sdk` from npm, unmodified, against our own service."""

from collections.abc import Callable
from typing import Any

from devnet.network import MAKER, USDC_ON_BASE, USDC_ON_ETHEREUM, Network

Document = dict[str, Any]


def test_a_swap_from_quote_to_its_end(sdk_swap: Callable[..., Document], fusion_network: Network) -> None:
    held = fusion_network.evm_balance("base", USDC_ON_BASE, MAKER.address)
    got = fusion_network.evm_balance("ethereum", USDC_ON_ETHEREUM, MAKER.address)
    found = sdk_swap()
    paid = int(found["quote"]["amount"])
    assert found["submitted"]["status"] == "pending"
    assert found["before"]["secrets"] == found["unpublished"]["secrets"] == []
    assert [fill["idx"] for fill in found["ready"]] == [0]
    assert found["ended"]["status"] == "executed"
    assert fusion_network.evm_balance("base", USDC_ON_BASE, MAKER.address) == held - 10_000_000
    assert fusion_network.evm_balance("ethereum", USDC_ON_ETHEREUM, MAKER.address) == got + paid
