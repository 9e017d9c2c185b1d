"""Tokens that are not in the chains file: whether there are such on the chain is asked of the chain, within bounds."""

import copy
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache

from chains.config import chain_config, forget_clients
from chains.services.tokens import token_look_up
from devnet.evm.accounts import dev_account
from devnet.evm.anvil import Anvil
from devnet.evm.deploy import EvmDeployment, TokenSpec, deploy_suite

NOBODY = "0x" + "12" * 20


@pytest.fixture(scope="module")
def suite() -> Iterator[tuple[Anvil, EvmDeployment]]:
    with Anvil() as anvil:
        yield (
            anvil,
            deploy_suite(anvil, dev_account(0).key, operators=(), tokens=(TokenSpec("WIF", 9, "Dog with hat"),)),
        )


@pytest.fixture
def token(suite: tuple[Anvil, EvmDeployment], chains: Any, settings: Any) -> Iterator[str]:
    """A token of BASE that is not in the chains file."""
    configured = copy.deepcopy(django_settings.CHAINS)
    configured["base"]["rpc_urls"] = [suite[0].url]
    settings.CHAINS = configured
    forget_clients()
    cache.clear()
    yield suite[1].tokens["WIF"]
    cache.clear()


def test_one_that_exists_is_told_apart_from_one_that_does_not(token: str, post_session: Callable[..., Any]) -> None:
    known = post_session(sourceToken=token)
    assert (known.status_code, known.json()["code"]) == (400, "token_not_swapped")
    assert "WIF with 9 decimals on base" in known.json()["errors"][0]["message"]
    unknown = post_session(sourceToken=NOBODY)
    assert (unknown.status_code, unknown.json()["code"]) == (400, "validation_error")
    assert (unknown.json()["errors"][0]["field"], unknown.json()["errors"][0]["code"]) == (
        "sourceToken",
        "unknown_token",
    )


def test_beside_another_fault_both_are_told(token: str, post_session: Callable[..., Any]) -> None:
    told = post_session(sourceToken=token, sourceAmount="x").json()
    assert (told["code"], {error["field"] for error in told["errors"]}) == (
        "validation_error",
        {"sourceToken", "sourceAmount"},
    )


def test_quotes_tell_the_same(token: str, api: Any) -> None:
    body = {
        "sourceChain": "base",
        "destinationChain": "near",
        "sourceToken": token,
        "destinationToken": "near",
        "amount": "1",
    }
    assert api.post("/api/v1/quote", body, format="json").json()["code"] == "token_not_swapped"


def test_a_contract_that_is_no_token(
    token: str, suite: tuple[Anvil, EvmDeployment], post_session: Callable[..., Any]
) -> None:
    told = post_session(sourceToken=suite[1].resolver).json()
    assert told["errors"][0]["code"] == "unknown_token"


def test_it_is_asked_once(token: str, suite: tuple[Anvil, EvmDeployment]) -> None:
    base = chain_config("base")
    assert token_look_up(base, token).symbol == "WIF"
    gone = copy.copy(base)
    object.__setattr__(gone, "rpc_urls", ("http://127.0.0.1:1",))
    assert token_look_up(gone, token).symbol == "WIF"


def test_a_node_that_does_not_answer_proves_nothing_and_costs_little(
    chains: Any, post_session: Callable[..., Any]
) -> None:
    cache.clear()
    begun = time.monotonic()
    told = post_session(sourceToken=NOBODY).json()
    assert told["errors"][0]["code"] == "invalid"
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("text", ["http://127.0.0.1:1/", "file:///etc/passwd", "../near", "0x12", "a b"])
def test_what_is_no_id_of_the_chain_is_not_looked_up(chains: Any, text: str) -> None:
    assert token_look_up(chain_config("base"), text).state == "absent"
    assert token_look_up(chain_config("near"), text).state == "absent" or text == "0x12"
