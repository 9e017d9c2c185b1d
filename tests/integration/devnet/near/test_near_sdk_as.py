"""Contracts of near-sdk-as, unmodified: a pair that calls across accounts, and one with state and private methods."""

from collections.abc import Iterator
from typing import Any

import pytest

from devnet.near.process import NearCallFailed, NearDevnet
from tests.integration.devnet.near.thirdparty import wasm

pytestmark = pytest.mark.network
NEAR = 10**24
ALICE, WORDS, SENTENCES, SINGLETON = "alice.near", "words.examples", "sentences.examples", "singleton.near"


@pytest.fixture(scope="module")
def chain() -> Iterator[NearDevnet]:
    """The names that these contracts have of each other are compiled in."""
    codes = {WORDS: wasm("words"), SENTENCES: wasm("sentences"), SINGLETON: wasm("singleton")}
    with NearDevnet(accounts=dict.fromkeys((ALICE, *codes), 1000 * NEAR)) as running:
        for account, code in codes.items():
            running.deploy(account, code)
        yield running


@pytest.mark.parametrize(
    ("method", "value", "logs"),
    [
        ("reverseWordOne", "eyJ0ZXh0IjoiZWxwbWFzIn0=", [f"[{WORDS}] invoked function reverse(sample)"]),
        (
            "reverseWordThree",
            "dHJ1ZQ==",
            [
                '{"word":{"text":"elpmas"}}',
                SENTENCES,
                f"[{WORDS}] invoked function reverse(sample)",
                '{"text":"elpmas"}',
            ],
        ),
    ],
)
def test_one_contract_asks_another(chain: NearDevnet, method: str, value: str, logs: list[str]) -> None:
    outcome = chain.call(ALICE, SENTENCES, method)
    assert outcome["status"] == {"SuccessValue": value}
    assert lines(outcome) == logs


def test_a_callback_without_its_promise_panics(chain: NearDevnet) -> None:
    with pytest.raises(NearCallFailed, match="should be contract promise result"):
        chain.call(ALICE, SENTENCES, "_onReverseCalledTwo")


def test_the_time_is_the_blocks(chain: NearDevnet) -> None:
    chain.rpc("devnet_set_time", {"timestamp_ns": str(2 * 10**18), "frozen": True})
    chain.mine()
    # a view runs in the newest block, and 64-bit integers are texts in near-sdk-as
    assert chain.view(SENTENCES, "getBlock_timestamp") == str(2 * 10**18)


def test_state_is_kept_and_private_methods_stay_private(chain: NearDevnet) -> None:
    """This one looks at its records before any method runs, in the module's start function."""
    with pytest.raises(NearCallFailed, match="not initialized"):
        chain.call(ALICE, SINGLETON, "visit")
    chain.call(ALICE, SINGLETON, "init", {"owner": ALICE})
    assert lines(chain.call(ALICE, SINGLETON, "visit")) == [f"Visited the first time by {ALICE}"]
    assert lines(chain.call(ALICE, SINGLETON, "visit")) == []
    assert chain.view(SINGLETON, "hasVisited", {"visitor": ALICE}) is True
    assert chain.view(SINGLETON, "owner") == ALICE
    # by itself it may, as its own predecessor
    assert chain.call(ALICE, SINGLETON, "callPrivate")["status"] == {"SuccessValue": "ImluIHByaXZhdGUgbWV0aG9kIg=="}
    with pytest.raises(NearCallFailed):
        chain.call(ALICE, SINGLETON, "privateMethod")


def lines(outcome: dict[str, Any]) -> list[str]:
    return [line for each in outcome["receipts_outcome"] for line in each["outcome"]["logs"]]
