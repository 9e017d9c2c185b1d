"""The hands that a local EVM chain gives a test: time, mining, finality, reorgs, state; and that it never outlives us."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from devnet.evm.accounts import dev_account
from devnet.evm.anvil import Anvil, AnvilError
from devnet.evm.deploy import DeployError, Sender, TokenSpec, deploy_suite
from devnet.evm.world import World
from devnet.npm import ROOT

ETHER = 10**18


def block(chain: Anvil, tag: str | int) -> dict[str, str]:
    found: dict[str, str] = chain.rpc.call("eth_getBlockByNumber", tag if isinstance(tag, str) else hex(tag), False)
    return found


def pay(chain: Anvil) -> str:
    sender, receiver = (account.address for account in chain.accounts[:2])
    sent: str = chain.rpc.call("eth_sendTransaction", {"from": sender, "to": receiver, "value": "0x1"})
    return sent


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1][0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_until_dead(pid: int) -> bool:
    end = time.monotonic() + 10
    while time.monotonic() < end and is_alive(pid):
        time.sleep(0.01)
    return not is_alive(pid)


def test_the_accounts_are_the_well_known_ones(chain: Anvil) -> None:
    assert chain.accounts[0].address == "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
    assert chain.accounts[0].key == "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
    assert "ac0974" not in repr(chain.accounts[0])
    for account in chain.accounts:
        assert int(chain.rpc.call("eth_getBalance", account.address, "latest"), 16) == 10_000 * ETHER


def test_several_chains_at_once_each_with_its_id() -> None:
    with Anvil(chain_id=8453) as first, Anvil(chain_id=1) as second:
        assert first.port != second.port
        assert [int(each.rpc.call("eth_chainId"), 16) for each in (first, second)] == [8453, 1]
        assert first.w3.eth.chain_id == 8453


def test_time_is_set_to_the_second(chain: Anvil) -> None:
    start = chain.time
    chain.set_time(start + 1000)
    assert chain.time == start + 1000
    chain.advance_time(7)
    assert chain.time == start + 1007
    chain.set_next_time(start + 2000)
    chain.receipt(pay(chain))
    assert chain.time == start + 2000


def test_mining_at_an_interval(chain: Anvil) -> None:
    head, start = chain.head, chain.time
    assert chain.mine(3, interval=60) == head + 3
    assert chain.time - start >= 120


def test_the_heads_apart() -> None:
    with Anvil(epoch_slots=3) as chain:
        head = chain.mine(10)
        assert int(block(chain, "safe")["number"], 16) == head - 3
        assert int(block(chain, "finalized")["number"], 16) == head - 6
        chain.finalize()
        assert int(block(chain, "finalized")["number"], 16) == head


def test_blocks_come_by_themselves() -> None:
    with Anvil(block_time=0.1) as chain:
        head = chain.head
        end = time.monotonic() + 5
        while chain.head < head + 3 and time.monotonic() < end:
            time.sleep(0.02)
        assert chain.head >= head + 3


@pytest.mark.parametrize("block_time", [None, 0.1])
def test_transactions_wait_while_mining_is_paused(block_time: float | None) -> None:
    with Anvil(block_time=block_time) as chain:
        chain.pause_mining()
        head = chain.head
        sent = pay(chain)
        assert chain.rpc.call("eth_getTransactionReceipt", sent) is None
        assert chain.rpc.call("txpool_status")["pending"] == "0x1"
        chain.resume_mining()
        assert int(chain.receipt(sent)["blockNumber"], 16) > head


def test_a_waiting_transaction_can_be_forgotten(chain: Anvil) -> None:
    chain.pause_mining()
    sent = pay(chain)
    chain.drop_transaction(sent)
    chain.resume_mining()
    assert chain.rpc.call("eth_getTransactionByHash", sent) is None


def test_a_reorg_takes_blocks_and_what_was_in_them(chain: Anvil) -> None:
    chain.mine(5)
    sent = pay(chain)
    receipt = chain.receipt(sent)
    chain.mine(2)
    head, below = chain.head, block(chain, int(receipt["blockNumber"], 16) - 1)["hash"]
    assert chain.reorg(3) == head
    assert block(chain, int(receipt["blockNumber"], 16))["hash"] != receipt["blockHash"]
    assert block(chain, int(receipt["blockNumber"], 16))["parentHash"] == below
    assert chain.rpc.call("eth_getTransactionReceipt", sent) is None


def test_a_reorg_that_carries_a_transaction_to_another_block(chain: Anvil) -> None:
    chain.mine(5)
    sent = pay(chain)
    first = chain.receipt(sent)
    raw = chain.rpc.call("eth_getRawTransactionByHash", sent)
    chain.mine(2)
    chain.reorg(3, [(raw, 1)])
    second = chain.receipt(sent)
    assert int(second["blockNumber"], 16) == int(first["blockNumber"], 16) + 1
    assert second["blockHash"] != first["blockHash"]


def test_its_blocks_fill_no_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Left to itself anvil writes each older state to a file below the home: a night of a demo, or an hour of proofs, fills a disk."""
    monkeypatch.setenv("HOME", str(tmp_path))
    with Anvil() as chain:
        snapshot = chain.snapshot()
        for _ in range(40):
            pay(chain)
            chain.mine(50)
        assert chain.head > 2_000
        assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
        recent = chain.rpc.call("eth_getBalance", chain.accounts[1].address, hex(chain.head - 100))
        assert int(recent, 16) > 10_000 * ETHER
        chain.revert(snapshot)
        assert chain.head == 0


def test_snapshots_are_good_once(chain: Anvil) -> None:
    snapshot, head = chain.snapshot(), chain.head
    chain.mine(3)
    chain.revert(snapshot)
    assert chain.head == head
    with pytest.raises(AnvilError, match="no snapshot"):
        chain.revert(snapshot)


def test_state_by_force(chain: Anvil) -> None:
    address = "0x" + "66" * 20
    chain.set_balance(address, ETHER)
    chain.impersonate(address)
    sent = chain.rpc.call("eth_sendTransaction", {"from": address, "to": "0x" + "77" * 20, "value": "0x5"})
    assert int(chain.receipt(sent)["status"], 16) == 1
    chain.set_code(address, bytes.fromhex("60016000f3"))
    assert chain.rpc.call("eth_getCode", address, "latest") == "0x60016000f3"


def test_the_base_fee_of_the_next_block(chain: Anvil) -> None:
    chain.set_next_base_fee(77 * 10**9)
    chain.mine()
    assert int(block(chain, "latest")["baseFeePerGas"], 16) == 77 * 10**9


def test_a_taken_port_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(AnvilError, match=f"Port {port} on 127.0.0.1 is taken"):
            Anvil(port=port).start()


def test_stop_ends_the_process(chain: Anvil) -> None:
    pid = chain.pid
    chain.stop()
    assert not is_alive(pid)
    assert not chain.is_running


def test_it_survives_the_thread_that_started_it() -> None:
    """Linux ties a child's death signal to the thread that forked it."""
    started: list[Anvil] = []
    thread = threading.Thread(target=lambda: started.append(Anvil().start()))
    thread.start()
    thread.join()
    try:
        assert started[0].head == 0
        assert started[0].is_running
    finally:
        started[0].stop()


def test_it_dies_with_a_parent_that_is_killed() -> None:
    script = (
        "from devnet.evm.anvil import Anvil\nimport time\na = Anvil().start()\nprint(a.pid, flush=True)\ntime.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    assert is_alive(pid)
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    assert wait_until_dead(pid)


# the suite


def test_the_suite_is_deployed_in_under_a_second(chain: Anvil) -> None:
    deploy_suite(chain, dev_account(0).key)
    began = time.monotonic()
    deployed = deploy_suite(chain, dev_account(0).key, "keccak256")
    assert time.monotonic() - began < 1
    for address in (deployed.factory, deployed.resolver, deployed.limit_order_protocol, *deployed.tokens.values()):
        assert len(chain.rpc.call("eth_getCode", address, "latest")) > 100


def test_a_token_at_a_given_address_is_whole(chain: Anvil) -> None:
    wanted = "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913"
    spec = TokenSpec("USDC", 6, "USD Coin", wanted)
    deployed = deploy_suite(chain, dev_account(0).key, tokens=(spec, TokenSpec("DAI", 18)))
    assert deployed.tokens["USDC"] == wanted
    world = World(chain)
    usdc = world.contract("TestToken", wanted)
    assert [usdc.call(name) for name in ("name", "symbol", "decimals")] == ["USD Coin", "USDC", 6]
    usdc.send("mint", dev_account(1).address, 5, sender=dev_account(2).address)
    assert usdc.call("totalSupply") == 5


def test_a_suite_on_a_chain_with_slow_blocks() -> None:
    with Anvil(block_time=30) as chain:
        began = time.monotonic()
        deploy_suite(chain, dev_account(0).key)
        assert time.monotonic() - began < 10


def test_a_failing_deployment_says_which(chain: Anvil) -> None:
    sender = Sender(chain, dev_account(0).key)
    sender.send(dev_account(1).address, value=1)
    sender.create(b"\xfe")
    with pytest.raises(DeployError, match="Transaction 2 of 2 failed on chain 31337"):
        sender.flush()


def test_only_its_owner_appoints_a_resolvers_operators(chain: Anvil) -> None:
    owner, operator = dev_account(1).address, dev_account(2).address
    with pytest.raises(DeployError, match="operators are appointed by the resolver's owner"):
        deploy_suite(chain, dev_account(0).key, resolver_owner=owner, operators=(operator,))
