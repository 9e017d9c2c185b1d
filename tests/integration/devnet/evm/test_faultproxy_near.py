"""The fault proxy in front of a NEAR node: other names and other parameters, the same faults."""

from collections.abc import Iterator

import httpx
import pytest

from devnet.faultproxy import FaultProxy
from devnet.near.process import NearDevnet

NEAR = 10**24


@pytest.fixture(scope="module")
def node() -> Iterator[NearDevnet]:
    with NearDevnet(accounts={"alice.near": 100 * NEAR}) as devnet:
        devnet.mine(12)
        yield devnet


@pytest.fixture
def proxy(node: NearDevnet) -> Iterator[FaultProxy]:
    with FaultProxy(node.url) as made:
        yield made


def ask(proxy: FaultProxy, method: str, params: dict[str, object]) -> dict[str, object]:
    request = {"jsonrpc": "2.0", "id": "one", "method": method, "params": params}
    answer: dict[str, object] = httpx.post(proxy.url, json=request, trust_env=False).json()
    return answer


def height(proxy: FaultProxy, **params: object) -> int:
    result = ask(proxy, "block", params)["result"]
    assert isinstance(result, dict)
    return int(result["header"]["height"])


def test_a_node_that_lags_behind(proxy: FaultProxy) -> None:
    head = height(proxy, finality="final")
    proxy.add("block", "stale", blocks=5)
    assert height(proxy, finality="final") == head - 5
    proxy.add("query", "stale", blocks=5)
    account = {"request_type": "view_account", "account_id": "alice.near", "finality": "final"}
    result = ask(proxy, "query", account)["result"]
    assert isinstance(result, dict)
    assert result["block_height"] == head - 5


def test_another_block_than_asked_for(proxy: FaultProxy) -> None:
    head = height(proxy, finality="final")
    proxy.add("block", "wrong_block")
    assert height(proxy, block_id=head) == head - 1
    assert height(proxy, block_id=head) == head


def test_an_error_and_an_honest_answer_after_it(proxy: FaultProxy) -> None:
    proxy.add("block", "error", message="Server error")
    assert "error" in ask(proxy, "block", {"finality": "final"})
    assert "result" in ask(proxy, "block", {"finality": "final"})
    assert proxy.counts == {"block": 2}


def test_the_status_page_passes_through(node: NearDevnet, proxy: FaultProxy) -> None:
    here = httpx.get(proxy.url + "/status", trust_env=False)
    there = httpx.get(node.url.rstrip("/") + "/status", trust_env=False)
    assert here.status_code == there.status_code == 200
    assert here.json()["chain_id"] == there.json()["chain_id"]
