"""What `manage.py smoke` is told, and what it says to what it cannot do."""

import copy
from typing import Any

import pytest
from django.conf import settings as django_settings

from devnet.smoke import NotReady, terms_of

NEAR_TOKENS = [
    {"symbol": "USDT", "id": "usdt.near", "decimals": 6},
    {"symbol": "ZERO", "id": "zero.near", "decimals": 0},
]


@pytest.fixture(autouse=True)
def chains(settings: Any) -> None:
    configured = copy.deepcopy(django_settings.CHAINS)
    configured["base"] |= {
        "rpc_urls": ["http://127.0.0.1:1"],
        "factory": "0x" + "fa" * 20,
        "resolver": "0x" + "ce" * 20,
    }
    configured["near"] |= {"rpc_urls": ["http://127.0.0.1:1"], "htlc": "htlc.near", "account": "us.near"}
    configured["near"]["tokens"] = NEAR_TOKENS
    configured["ethereum"] |= {"rpc_urls": []}
    settings.CHAINS = configured


def test_a_route_a_token_and_an_amount() -> None:
    terms = terms_of("near-base", token="usdt", wanted="USDC", amount="0.25")
    assert (terms.source.name, terms.destination.name) == ("near", "base")
    assert (terms.token.id, terms.wanted.symbol, terms.amount) == ("usdt.near", "USDC", 250_000)


@pytest.mark.parametrize(
    ("route", "how", "sentence"),
    [
        ("base", {}, "is not a route"),
        ("base-base", {}, "is not a route"),
        ("base-moon", {}, "there is no chain 'moon'"),
        ("base-ethereum", {}, "ethereum has no endpoint"),
        ("near-base", {"token": "DOGE"}, "near has no token DOGE"),
        ("near-base", {"amount": "0.0000001"}, "no whole number of base units"),
        ("near-base", {"token": "ZERO", "amount": "0.5"}, "it has 0 decimals"),
        ("near-base", {"amount": "-1"}, "no whole number"),
        ("near-base", {"amount": "1/0"}, "is not an amount"),
        ("near-base", {"amount": "much"}, "is not an amount"),
    ],
)
def test_what_cannot_be_swapped_is_said_in_a_sentence(route: str, how: dict[str, str], sentence: str) -> None:
    with pytest.raises(NotReady, match=sentence):
        terms_of(route, **how)
