"""The fault proxy fails as told, as often as told, and passes everything else on untouched."""

import subprocess
import sys
import time
from typing import Any

import httpx
import pytest

from devnet.evm.anvil import Anvil
from devnet.evm.rpc import Rpc, RpcError
from devnet.evm.world import World
from devnet.faultproxy import FaultProxy, FaultProxyRemote
from devnet.faults import Kind
from devnet.npm import ROOT


@pytest.fixture
def rpc(proxy: FaultProxy) -> Rpc:
    return Rpc(proxy.url, timeout=5)


def payment(chain: Anvil) -> str:
    """A signed raw transaction."""
    from eth_account import Account

    fields = {
        "chainId": chain.chain_id,
        "nonce": 0,
        "gas": 21_000,
        "gasPrice": 10**11,
        "to": chain.accounts[1].address,
        "value": 1,
    }
    signed = Account.from_key(chain.accounts[0].key).sign_transaction(fields)
    return "0x" + bytes(signed.raw_transaction).hex()


def nonce(chain: Anvil) -> int:
    return int(chain.rpc.call("eth_getTransactionCount", chain.accounts[0].address, "pending"), 16)


def test_without_rules_it_is_not_there(chain: Anvil, proxy: FaultProxy, rpc: Rpc) -> None:
    chain.mine(3)
    assert rpc.call("eth_blockNumber") == chain.rpc.call("eth_blockNumber")
    assert rpc.batch([("eth_chainId",), ("eth_blockNumber",)]) == ["0x7a69", "0x3"]
    assert proxy.counts == {"eth_blockNumber": 2, "eth_chainId": 1}
    with pytest.raises(RpcError, match=r"Method not found|does not exist"):
        rpc.call("eth_noSuchThing")


def test_an_error_so_many_times(proxy: FaultProxy, rpc: Rpc) -> None:
    rule = proxy.add("eth_block*", "error", times=2, code=-32005, message="limit exceeded")
    for _ in range(2):
        with pytest.raises(RpcError) as refused:
            rpc.call("eth_blockNumber")
        assert refused.value.code == -32005
    assert rpc.call("eth_blockNumber") == "0x0"
    assert rule.hits == 2
    assert [call.fault for call in proxy.calls] == ["error", "error", None]


def test_rules_can_skip_choose_and_stay(chain: Anvil, proxy: FaultProxy, rpc: Rpc) -> None:
    proxy.add("eth_getBalance", "error", skip=1, times=None, contains=chain.accounts[1].address)
    for index, is_refused in ((0, False), (1, False), (0, False), (1, True), (1, True)):
        if is_refused:
            with pytest.raises(RpcError):
                rpc.call("eth_getBalance", chain.accounts[index].address, "latest")
        else:
            rpc.call("eth_getBalance", chain.accounts[index].address, "latest")
    proxy.clear()
    rpc.call("eth_getBalance", chain.accounts[1].address, "latest")


def test_an_error_for_a_transaction_that_landed(chain: Anvil, proxy: FaultProxy, rpc: Rpc) -> None:
    """NONCE-ERROR-MISCLASSIFIED: the node took it and says otherwise."""
    proxy.add("eth_sendRawTransaction", "error", forward=True, message="nonce too low")
    with pytest.raises(RpcError, match="nonce too low"):
        rpc.call("eth_sendRawTransaction", payment(chain))
    assert nonce(chain) == 1


@pytest.mark.parametrize(("kind", "sent"), [(Kind.TIMEOUT_BEFORE, 0), (Kind.TIMEOUT_AFTER, 1)])
def test_timeouts_before_and_after_the_effect(chain: Anvil, proxy: FaultProxy, kind: Kind, sent: int) -> None:
    """RETRY-NONIDEMPOTENT: from outside the two look alike."""
    rpc = Rpc(proxy.url, timeout=0.3)
    proxy.add("eth_sendRawTransaction", kind, seconds=20)
    raw = payment(chain)
    with pytest.raises(httpx.TimeoutException):
        rpc.call("eth_sendRawTransaction", raw)
    assert nonce(chain) == sent
    assert proxy.sent() == [[raw]]


def test_a_connection_cut_at_once(proxy: FaultProxy, rpc: Rpc) -> None:
    proxy.add("*", "timeout_before", seconds=0)
    with pytest.raises(httpx.TransportError):
        rpc.call("eth_blockNumber")
    assert rpc.call("eth_blockNumber") == "0x0"


def test_too_many_requests(proxy: FaultProxy) -> None:
    proxy.add("*", "http_429")
    request = {"jsonrpc": "2.0", "id": 1, "method": "eth_blockNumber", "params": []}
    refused = httpx.post(proxy.url, json=request)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert httpx.post(proxy.url, json=request).status_code == 200


@pytest.mark.parametrize(("kind", "error"), [("garbage", ValueError), ("truncated", httpx.TransportError)])
def test_answers_that_cannot_be_read(
    chain: Anvil, proxy: FaultProxy, rpc: Rpc, kind: str, error: type[Exception]
) -> None:
    proxy.add("eth_sendRawTransaction", kind)
    with pytest.raises(error):
        rpc.call("eth_sendRawTransaction", payment(chain))
    assert nonce(chain) == 1
    assert rpc.call("eth_chainId") == "0x7a69"


def test_lag(proxy: FaultProxy, rpc: Rpc) -> None:
    proxy.add("eth_blockNumber", "lag", seconds=0.3)
    began = time.monotonic()
    assert rpc.call("eth_blockNumber") == "0x0"
    assert time.monotonic() - began >= 0.3


@pytest.fixture
def locked(chain: Anvil) -> dict[str, Any]:
    """The receipt of a source lock, with logs, and three blocks after it."""
    receipt = World(chain).lock_source().receipt
    chain.mine(3)
    return receipt


def test_no_logs_where_there_are_some(proxy: FaultProxy, rpc: Rpc, locked: dict[str, Any]) -> None:
    """RPC-EMPTY-LOGS."""
    proxy.add("eth_getLogs", "empty")
    wanted = {"fromBlock": locked["blockNumber"], "toBlock": locked["blockNumber"]}
    assert rpc.call("eth_getLogs", wanted) == []
    assert rpc.call("eth_getLogs", wanted) == locked["logs"]


def test_no_receipt_where_there_is_one(proxy: FaultProxy, rpc: Rpc, locked: dict[str, Any]) -> None:
    proxy.add("eth_getTransactionReceipt", "empty")
    assert rpc.call("eth_getTransactionReceipt", locked["transactionHash"]) is None
    assert rpc.call("eth_getTransactionReceipt", locked["transactionHash"]) == locked


def test_every_log_twice(proxy: FaultProxy, rpc: Rpc, locked: dict[str, Any]) -> None:
    """DUPLICATE-EVENTS."""
    proxy.add("eth_getLogs", "duplicate")
    wanted = {"fromBlock": locked["blockNumber"], "toBlock": locked["blockNumber"]}
    assert rpc.call("eth_getLogs", wanted) == [log for log in locked["logs"] for _ in range(2)]


def test_a_transaction_broadcast_twice(chain: Anvil, proxy: FaultProxy) -> None:
    """The client sees the first answer, the node both requests."""
    raw = payment(chain)
    with FaultProxy(proxy.url) as outer:
        outer.add("eth_sendRawTransaction", "duplicate")
        sent = Rpc(outer.url).call("eth_sendRawTransaction", raw)
    assert int(chain.receipt(sent)["status"], 16) == 1
    assert proxy.sent() == [[raw], [raw]]


def test_another_block_than_asked_for(chain: Anvil, proxy: FaultProxy, rpc: Rpc, locked: dict[str, Any]) -> None:
    proxy.add("*", "wrong_block", times=2)
    number = int(locked["blockNumber"], 16)
    assert rpc.call("eth_getBlockByNumber", hex(number), False)["number"] == hex(number - 1)
    wrong = rpc.call("eth_getTransactionReceipt", locked["transactionHash"])
    assert wrong["blockHash"] != locked["blockHash"]
    assert len(wrong["blockHash"]) == len(locked["blockHash"])


def test_a_node_that_lags_behind_is_so_throughout(
    chain: Anvil, proxy: FaultProxy, rpc: Rpc, locked: dict[str, Any]
) -> None:
    """RECEIPT-LAG: the lock is three blocks deep, and the node four behind."""
    proxy.add("*", "stale", times=None, blocks=4)
    head, mined = chain.head, int(locked["blockNumber"], 16)
    assert mined == head - 3
    assert int(rpc.call("eth_blockNumber"), 16) == head - 4
    assert int(rpc.call("eth_getBlockByNumber", "latest", False)["number"], 16) == head - 4
    assert int(rpc.call("eth_getBlockByNumber", "finalized", False)["number"], 16) == max(0, head - 6)
    assert rpc.call("eth_getBlockByNumber", hex(mined), False) is None
    assert rpc.call("eth_getBlockByHash", locked["blockHash"], False) is None
    assert rpc.call("eth_getTransactionReceipt", locked["transactionHash"]) is None
    assert rpc.call("eth_getLogs", {"fromBlock": hex(mined), "toBlock": "latest"}) == []
    assert rpc.call("eth_getLogs", {"blockHash": locked["blockHash"]}) == []
    factory = locked["to"]
    older = rpc.call("eth_getTransactionCount", factory, "latest")
    assert int(chain.rpc.call("eth_getTransactionCount", factory, "latest"), 16) == int(older, 16) + 1
    assert rpc.call("eth_chainId") == "0x7a69"


def test_a_stale_node_knows_what_is_old_enough(
    chain: Anvil, proxy: FaultProxy, rpc: Rpc, locked: dict[str, Any]
) -> None:
    proxy.add("*", "stale", times=None, blocks=3)
    assert rpc.call("eth_getTransactionReceipt", locked["transactionHash"]) == locked
    assert rpc.call("eth_getLogs", {"fromBlock": locked["blockNumber"]}) == locked["logs"]


def test_one_call_of_a_batch(proxy: FaultProxy, rpc: Rpc) -> None:
    proxy.add("eth_blockNumber", "error")
    with pytest.raises(RpcError, match="eth_blockNumber"):
        rpc.batch([("eth_chainId",), ("eth_blockNumber",)])
    assert rpc.batch([("eth_chainId",), ("eth_blockNumber",)]) == ["0x7a69", "0x0"]


def test_stop_cuts_those_who_wait(chain: Anvil) -> None:
    proxy = FaultProxy(chain.url).start()
    rpc = Rpc(proxy.url)
    assert rpc.call("eth_chainId") == "0x7a69"
    proxy.stop()
    with pytest.raises(httpx.TransportError):
        rpc.call("eth_chainId")


def test_as_a_process_driven_over_http(chain: Anvil) -> None:
    command = [sys.executable, "-m", "devnet.faultproxy", chain.url]
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        remote = FaultProxyRemote(child.stdout.readline().strip())
        rpc = Rpc(remote.url)
        remote.add("eth_blockNumber", Kind.ERROR, times=1)
        with pytest.raises(RpcError):
            rpc.call("eth_blockNumber")
        assert rpc.call("eth_blockNumber") == "0x0"
        assert remote.counts == {"eth_blockNumber": 2}
        remote.add("*", "error", times=None)
        remote.clear()
        remote.forget()
        assert rpc.call("eth_chainId") == "0x7a69"
        assert remote.counts == {"eth_chainId": 1}
    finally:
        child.terminate()
        child.wait()
        if child.stdout is not None:
            child.stdout.close()
