"""`@1inch/cross-chain-sdk` from npm, unmodified, against our own service."""

import time
from collections.abc import Callable
from typing import Any

import httpx

from devnet.evm.accounts import dev_account
from devnet.network import MAKER, USDC_ON_BASE, USDC_ON_ETHEREUM, Network
from devnet.service import API_KEY, Service

Document = dict[str, Any]
AMOUNT = 10_000_000
SDK_FIELDS = {"idx", "srcEscrowDeployTxHash", "dstEscrowDeployTxHash"}


def test_a_swap_from_quote_to_its_end(
    sdk_swap: Callable[..., Document], fusion_network: Network, fusion_service: Service
) -> None:
    held = fusion_network.evm_balance("base", USDC_ON_BASE, MAKER.address)
    got = fusion_network.evm_balance("ethereum", USDC_ON_ETHEREUM, MAKER.address)
    found = sdk_swap()
    paid = int(found["quote"]["amount"])
    assert found["submitted"]["status"] == "pending"
    assert found["order"]["hash"] == found["order"]["info"]["orderHash"]
    assert found["submitted"]["order"] == {
        name: _lower(value) for name, value in found["order"]["info"]["order"].items()
    }
    assert [set(fill) for fill in found["ready"]] == [SDK_FIELDS]
    actions = [event["action"] for event in found["locked"]["fills"][0]["escrowEvents"]]
    assert actions == ["src_escrow_created", "dst_escrow_created"]
    assert found["before"]["secrets"] == found["unpublished"]["secrets"] == []
    assert found["ended"]["status"] == "executed"
    assert found["readyAtTheEnd"]["fills"] == []
    assert [secret["secret"] for secret in found["published"]["secrets"]] == [found["secret"]]
    assert [order["orderHash"] for order in found["byMaker"]["items"]] == [found["order"]["hash"]]
    assert found["active"]["items"] == found["actions"]["actions"] == found["cancellable"]["items"] == []
    assert found["cancelCall"].startswith("0xb68fb020")  # cancelOrder(uint256,bytes32)
    assert fusion_network.evm_balance("base", USDC_ON_BASE, MAKER.address) == held - AMOUNT
    assert fusion_network.evm_balance("ethereum", USDC_ON_ETHEREUM, MAKER.address) == got + paid
    said = [_ask(fusion_service, f"status/{found['order']['hash']}", key).status_code for key in (API_KEY, "another")]
    assert said == [200, 401]


def _lower(value: str) -> str:
    return value.lower()


def test_an_auction_of_ones_own_for_another_receiver(
    sdk_swap: Callable[..., Document], fusion_network: Network
) -> None:
    """The other way round. The curve falls while the order waits, and its beginning is what is paid."""
    receiver = dev_account(9).address
    custom = {
        "auctionDuration": 120,
        "auctionStartAmount": "9900000",
        "auctionEndAmount": "9000000",
        "points": [{"toTokenAmount": "9500000", "delay": 10}, {"toTokenAmount": "9200000", "delay": 20}],
    }
    found = sdk_swap("ethereum", "base", custom=custom, preset="custom", receiver=receiver)
    assert found["ended"]["status"] == "executed"
    assert found["ended"]["points"] == [{"coefficient": 555_555, "delay": 10}, {"coefficient": 222_222, "delay": 20}]
    assert fusion_network.evm_balance("base", USDC_ON_BASE, receiver) == 9_900_000


def test_a_secret_that_never_comes_ends_in_a_refund(
    sdk_swap: Callable[..., Document], fusion_network: Network, fusion_service: Service
) -> None:
    held = fusion_network.evm_balance("base", USDC_ON_BASE, MAKER.address)
    found = sdk_swap(stop="locked")
    assert found["unpublished"]["secrets"] == []
    fusion_network.advance(3000)
    ended = _wait_for_end(fusion_service, found["hash"])
    assert ended["status"] == ended["fills"][0]["status"] == "refunded"
    assert fusion_network.evm_balance("base", USDC_ON_BASE, MAKER.address) == held


def test_an_order_with_several_secrets_is_refused(sdk_swap: Callable[..., Document]) -> None:
    told = sdk_swap(refused=True, secrets=3)
    assert (told["statusCode"], told["error"]) == (400, "Bad Request")
    assert told["meta"][0] == {"type": "code", "value": "partial_fills_unsupported"}


def _ask(service: Service, path: str, key: str) -> httpx.Response:
    url = f"{service.base_url}/orders/v1.1/order/{path}"
    return httpx.get(url, headers={"Authorization": f"Bearer {key}"}, timeout=30, trust_env=False)


def _wait_for_end(service: Service, order_hash: str, seconds: float = 90.0) -> Document:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found: Document = _ask(service, f"status/{order_hash}", API_KEY).json()
        if found["status"] not in ("pending", "refunding"):
            return found
        time.sleep(0.2)
    raise AssertionError(f"{order_hash} is still {found['status']} after {seconds} s")
