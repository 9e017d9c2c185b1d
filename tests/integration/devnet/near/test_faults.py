"""Each fault does to a client what a bad node would, and then is gone."""

import base64
import contextlib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from devnet.near.process import NearDevnet, NearRpcError
from devnet.near.transactions import write_transfer

ALICE, BOB = "alice.near", "bob.near"


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=0.3) as client:
        yield client


def _ask(http: httpx.Client, devnet: NearDevnet, method: str, params: Any) -> httpx.Response:
    return http.post(devnet.url, json={"jsonrpc": "2.0", "id": 1, "method": method, "params": params})


def _price(http: httpx.Client, devnet: NearDevnet) -> httpx.Response:
    return _ask(http, devnet, "gas_price", [None])


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("timeout_before", httpx.ReadTimeout),
        ("timeout_after", httpx.ReadTimeout),
        ("drop_answer", httpx.RemoteProtocolError),
        ("truncated", httpx.RemoteProtocolError),
    ],
)
def test_no_whole_answer_comes(
    devnet: NearDevnet, http: httpx.Client, kind: str, error: type[httpx.TransportError]
) -> None:
    devnet.rpc("devnet_fault", {"method": "gas_price", "kind": kind, "times": 1})
    with pytest.raises(error):
        _price(http, devnet)
    assert "result" in _price(http, devnet).json()


def test_answers_that_are_none(devnet: NearDevnet, http: httpx.Client) -> None:
    devnet.rpc("devnet_fault", {"method": "gas_price", "kind": "http_429"})
    assert _price(http, devnet).status_code == 429
    devnet.rpc("devnet_fault", {"method": "gas_price", "kind": "garbage"})
    with pytest.raises(ValueError):
        _price(http, devnet).json()
    devnet.rpc("devnet_fault", {"method": "gas_price", "kind": "error", "times": 2})
    for _ in range(2):
        assert _price(http, devnet).json()["error"]["name"] == "INTERNAL_ERROR"
    assert "result" in _price(http, devnet).json()


@pytest.mark.parametrize(
    ("kind", "done"),
    [("timeout_before", False), ("http_429", False), ("error", False), ("timeout_after", True), ("drop_answer", True)],
)
def test_what_is_done_and_what_is_not(devnet: NearDevnet, http: httpx.Client, kind: str, done: bool) -> None:
    before = devnet.balance(BOB)
    signed = base64.b64encode(devnet.sign(ALICE, BOB, [write_transfer(5)])).decode()
    devnet.rpc("devnet_fault", {"method": "send_tx", "kind": kind})
    with contextlib.suppress(httpx.TransportError):
        _ask(http, devnet, "send_tx", {"signed_tx_base64": signed, "wait_until": "NONE"})
    assert devnet.balance(BOB) - before == (5 if done else 0)


def test_a_stale_answer_is_an_old_truth(devnet: NearDevnet) -> None:
    devnet.mine(10)
    before = devnet.balance(BOB)
    devnet.transfer(ALICE, BOB, 5)
    devnet.rpc("devnet_fault", {"method": "query", "kind": "stale"})
    asked = {"request_type": "view_account", "finality": "optimistic", "account_id": BOB}
    assert int(devnet.rpc("query", asked)["amount"]) == before
    assert int(devnet.rpc("query", asked)["amount"]) == before + 5


def test_faults_spare_the_operator_and_can_be_taken_back(devnet: NearDevnet) -> None:
    devnet.rpc("devnet_fault", {"method": "*", "kind": "error", "times": 0})
    devnet.transfer(ALICE, BOB, 5)
    with pytest.raises(NearRpcError):
        devnet.rpc("status")
    devnet.rpc("devnet_clear_faults")
    assert devnet.rpc("status")["chain_id"] == "localnet"


def test_an_unknown_fault_is_refused(devnet: NearDevnet) -> None:
    with pytest.raises(NearRpcError, match="unknown fault"):
        devnet.rpc("devnet_fault", {"method": "*", "kind": "earthquake"})
