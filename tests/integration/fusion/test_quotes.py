"""Quotes: in the shape of the package's type, and refused by name where their order would not be filled."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from chains.models import Chain
from devnet.network import USDC_ON_BASE
from swaps.models import FusionQuote
from tests.integration.fusion.conftest import AMOUNT, QUOTE, named
from tests.unit.chains.facts import case_id, group

NATIVE = "0x" + "e" * 40
Ask = Callable[..., Any]


def test_a_quote_has_the_shape_of_1inchs_own(ask: Ask) -> None:
    published = group("quoter_response_fusion_plus")[0]["expected"]
    found = ask().json()
    assert set(published) <= set(found)
    for name in ("fast", "medium", "slow"):
        assert set(found["presets"][name]) == set(published["presets"][name])
        for field, value in published["presets"][name].items():
            assert type(found["presets"][name][field]) is type(value), field
    assert found["recommendedPreset"] == "fast"
    assert found["srcTokenAmount"] == str(AMOUNT)
    assert found["dstTokenAmount"] == found["presets"]["slow"]["auctionEndAmount"] == "9970000"
    assert found["prices"]["usd"] == {"srcToken": "1.000000", "dstToken": "1.000000"}
    assert found["volume"]["usd"] == {"srcToken": "10.000000", "dstToken": "9.970000"}


def test_its_timelocks_are_those_of_a_session(ask: Ask, api: APIClient) -> None:
    locks = ask().json()["timeLocks"]
    source = [locks[f"src{name}"] for name in ("Withdrawal", "PublicWithdrawal", "Cancellation", "PublicCancellation")]
    destination = [locks[f"dst{name}"] for name in ("Withdrawal", "PublicWithdrawal", "Cancellation")]
    assert source == sorted(set(source))
    assert destination == sorted(set(destination))
    assert destination[-1] < source[2]


def test_only_an_estimate_can_be_ordered_by(ask: Ask) -> None:
    assert ask(enableEstimate=None).json()["quoteId"] is None
    assert not FusionQuote.objects.exists()
    assert ask().json()["quoteId"] == FusionQuote.objects.get().pk


def test_the_native_coin_can_be_had(ask: Ask) -> None:
    assert int(ask(dstTokenAddress=NATIVE, amount=str(3200 * 10**6)).json()["dstTokenAmount"]) == 997 * 10**15


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"srcChain": "137"}, "srcChain"),
        ({"srcChain": "x"}, "srcChain"),
        ({"srcChain": None}, "srcChain"),
        ({"srcChain": "9" * 30}, "srcChain"),
        ({"dstChain": "8453"}, "dstChain"),
        ({"dstChain": "501"}, "dstChain"),
        ({"srcTokenAddress": NATIVE}, "srcTokenAddress"),
        ({"srcTokenAddress": "0x" + "1" * 40}, "srcTokenAddress"),
        ({"dstTokenAddress": "0x12"}, "dstTokenAddress"),
        ({"dstTokenAddress": None}, "dstTokenAddress"),
        ({"amount": "0"}, "amount"),
        ({"amount": "-5"}, "amount"),
        ({"amount": "1.5"}, "amount"),
        ({"amount": "1e9"}, "amount"),
        ({"amount": "٣"}, "amount"),
        ({"amount": str(2**256)}, "amount"),
        ({"amount": "9" * 500}, "amount"),
        ({"walletAddress": "0x" + "0" * 40}, "walletAddress"),
        ({"walletAddress": "alice.near"}, "walletAddress"),
        ({"walletAddress": "\0"}, "walletAddress"),
        ({"enableEstimate": "maybe"}, "enableEstimate"),
        ({"permit": "0x1234"}, "permit"),
        ({"isPermit2": "true"}, "isPermit2"),
        ({"fee": "30"}, "fee"),
    ],
)
def test_faults_are_named(ask: Ask, changes: dict[str, Any], field: str) -> None:
    answer = ask(**changes)
    assert answer.status_code == 400
    assert named(answer)["code"] == "validation_error"
    assert field in named(answer)


def test_an_amount_that_is_worth_nothing_is_refused(ask: Ask) -> None:
    answer = ask(amount="1")
    assert answer.status_code == 400
    assert named(answer)["code"] == "quote_unavailable"


def test_a_route_that_hashes_otherwise_is_refused(ask: Ask, chains: dict[str, Chain]) -> None:
    """The SDK hashes with keccak256: an order for other locks could never be claimed."""
    Chain.objects.update(hash_function="sha256")
    answer = ask()
    assert answer.status_code == 400
    assert named(answer)["code"] == "route_unavailable"


def test_a_chain_whose_orders_are_signed_otherwise_is_refused(ask: Ask, settings: Any) -> None:
    settings.CHAINS["base"]["limit_order_protocol"] = "0x" + "12" * 20
    assert ask().status_code == 400


def test_a_route_that_claims_the_source_first_is_refused(ask: Ask, settings: Any) -> None:
    """There the secret would be public before the maker is paid."""
    settings.ROUTE_DEFAULTS = {**settings.ROUTE_DEFAULTS, "claims": "source_first"}
    answer = ask()
    assert answer.status_code == 400
    assert named(answer)["code"] == "route_unavailable"


# Custom presets


@pytest.fixture
def custom(api: APIClient, wallet: Any) -> Callable[..., Any]:
    def post(body: Any) -> Any:
        query = f"?srcChain=8453&dstChain=1&srcTokenAddress={USDC_ON_BASE}&dstTokenAddress={ETH_USDC}&amount=1000000"
        return api.post(f"{QUOTE}{query}&walletAddress={wallet.address}&enableEstimate=true", body, format="json")

    return post


ETH_USDC = "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"


@pytest.mark.parametrize("case", group("custom_preset_validation"), ids=case_id)
def test_a_custom_preset_is_taken_as_the_sdk_takes_it(case: dict[str, Any], custom: Callable[..., Any]) -> None:
    answer = custom(case["input"])
    assert (answer.status_code == 200) is (case["expected"] is None)
    if case["expected"] is not None:
        named(answer)
        return
    preset = answer.json()["presets"]["custom"]
    assert (preset["auctionStartAmount"], preset["auctionEndAmount"]) == ("100000", "50000")
    assert preset["points"] == [{"coefficient": 8_000_000, "delay": 20}, {"coefficient": 4_000_000, "delay": 40}]
    assert answer.json()["recommendedPreset"] == "custom"


def test_a_custom_preset_above_our_own_price_is_refused(custom: Callable[..., Any]) -> None:
    body = {"auctionDuration": 180, "auctionStartAmount": "997001", "auctionEndAmount": "900000"}
    assert "auctionStartAmount" in named(custom(body))
    assert custom({**body, "auctionStartAmount": "997000"}).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        [],
        "text",
        None,
        {},
        {"auctionDuration": 180, "auctionStartAmount": "5", "auctionEndAmount": "6"},
        {"auctionDuration": 180, "auctionStartAmount": "900000", "auctionEndAmount": "1"},
        {"auctionDuration": 0, "auctionStartAmount": "6", "auctionEndAmount": "5"},
        {"auctionDuration": 2**24, "auctionStartAmount": "6", "auctionEndAmount": "5"},
        {"auctionDuration": True, "auctionStartAmount": "6", "auctionEndAmount": "5"},
        {"auctionDuration": 180, "auctionStartAmount": "6", "auctionEndAmount": "5", "points": [[]]},
        {"auctionDuration": 180, "auctionStartAmount": "6", "auctionEndAmount": "5", "points": "x"},
        {"auctionDuration": 180, "auctionStartAmount": "6", "auctionEndAmount": "5", "points": [{}] * 21},
        {
            "auctionDuration": 180,
            "auctionStartAmount": "6",
            "auctionEndAmount": "5",
            "points": [{"toTokenAmount": "5", "delay": 2**16}],
        },
    ],
)
def test_hostile_custom_presets_are_refused(body: Any, custom: Callable[..., Any]) -> None:
    answer = custom(body)
    assert answer.status_code == 400
    named(answer)


# Who may ask


def test_without_a_key(chains: dict[str, Chain]) -> None:
    answer = APIClient().get(QUOTE)
    assert answer.status_code == 401
    assert named(answer)["code"] == "not_authenticated"


def test_without_the_scope(ask: Ask, new_client: Callable[..., APIClient]) -> None:
    answer = ask(new_client("swaps:read"))
    assert answer.status_code == 403
    assert named(answer)["code"] == "insufficient_scope"


def test_the_paths_are_also_below_their_name_at_1inch(ask: Ask, api: APIClient) -> None:
    assert api.get(f"/fusion-plus{QUOTE}").json()["statusCode"] == 400
