"""An anvil that is killed comes back with the same final blocks, receipts, logs and states."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from devnet.evm.accounts import dev_account
from devnet.evm.anvil import Anvil, AnvilError
from devnet.evm.deploy import TokenSpec, deploy_suite
from devnet.evm.keeper import KeeperError
from devnet.network import USDC_ON_BASE, send_evm

OWNER, MAKER = dev_account(0), dev_account(5)


@pytest.fixture
def anvil(tmp_path: Path) -> Iterator[Anvil]:
    with Anvil(persist=tmp_path / "anvil") as running:
        yield running


def blocks(anvil: Anvil) -> list[Any]:
    """Every block whole, from genesis to the newest."""
    return anvil.rpc.batch([("eth_getBlockByNumber", hex(number), True) for number in range(anvil.head + 1)])


def logs(anvil: Anvil) -> Any:
    return anvil.rpc.call("eth_getLogs", {"fromBlock": "0x0", "toBlock": "latest"})


def work(anvil: Anvil, rounds: int = 4) -> list[str]:
    """Blocks with transfers of coins and tokens of two senders in one block; their hashes."""
    from chains.codec import calldata

    assert anvil.keeper is not None
    sent = []
    for amount in range(1, rounds + 1):
        sent.append(send_evm(anvil.rpc, OWNER, USDC_ON_BASE, calldata.erc20_mint(MAKER.address.lower(), amount)))
        sent += [send_evm(anvil.rpc, account, OWNER.address, b"", amount) for account in (MAKER, MAKER, OWNER)]
        anvil.keeper.mine()
    return sent


def start(anvil: Anvil) -> None:
    deploy_suite(anvil, OWNER.key, "sha256", tokens=(TokenSpec("USDC", 6, "USD Coin", address=USDC_ON_BASE),))
    anvil.keep()


def test_every_block_of_a_killed_chain_has_the_same_hash(anvil: Anvil) -> None:
    start(anvil)
    sent = work(anvil)
    before, told, url = blocks(anvil), logs(anvil), anvil.url
    receipts = anvil.rpc.batch([("eth_getTransactionReceipt", each) for each in sent])
    anvil.kill9()
    with pytest.raises(httpx.ConnectError):
        anvil.rpc.call("eth_blockNumber")
    anvil.revive()
    assert (anvil.url, anvil.head) == (url, len(before) - 1)
    assert blocks(anvil) == before
    assert logs(anvil) == told
    assert anvil.rpc.batch([("eth_getTransactionReceipt", each) for each in sent]) == receipts


def test_the_state_at_the_final_head_can_be_asked_at_once(anvil: Anvil) -> None:
    start(anvil)
    work(anvil)
    final = anvil.rpc.call("eth_getBlockByNumber", "finalized", False)["number"]
    token = USDC_ON_BASE
    question = {"to": token, "data": "0x70a08231" + MAKER.address[2:].rjust(64, "0")}
    before = [anvil.rpc.call("eth_call", question, block) for block in (final, "latest")]
    anvil.kill9()
    anvil.revive()
    assert anvil.rpc.call("eth_getBlockByNumber", "finalized", False)["number"] == final
    assert [anvil.rpc.call("eth_call", question, block) for block in (final, "latest")] == before


def test_it_goes_on_after_several_kills(anvil: Anvil) -> None:
    start(anvil)
    for _ in range(3):
        work(anvil, 2)
        before = blocks(anvil)
        anvil.kill9()
        anvil.revive()
        assert blocks(anvil) == before


def test_a_lost_tip_is_a_reorg_below_finality(anvil: Anvil) -> None:
    """The newest block was not written down yet: it is replaced by another, and no final block changes."""
    start(anvil)
    sent = work(anvil)
    before = blocks(anvil)
    final = int(anvil.rpc.call("eth_getBlockByNumber", "finalized", False)["number"], 16)
    anvil.kill9()
    anvil.revive(lose=1)
    assert anvil.rpc.call("eth_getTransactionReceipt", sent[-1]) is None
    assert anvil.keeper is not None
    anvil.keeper.mine()
    after = blocks(anvil)
    assert after[: final + 1] == before[: final + 1]
    assert after[-1]["number"] == before[-1]["number"]
    assert after[-1]["hash"] != before[-1]["hash"]


def test_a_simulation_is_judged_by_todays_time_at_once(anvil: Anvil) -> None:
    """And not by the time at which the chain began: an estimate would refuse a lock that the next block accepts."""
    start(anvil)
    anvil.advance_time(3000)
    anvil.kill9()
    anvil.revive()
    returns_timestamp = {"data": "0x425f5260205ff3"}  # TIMESTAMP PUSH0 MSTORE PUSH1 32 PUSH0 RETURN
    told = int(anvil.rpc.call("eth_call", returns_timestamp, "pending"), 16)
    assert abs(told - anvil.time) < 20


def test_what_waited_in_the_pool_is_lost(anvil: Anvil) -> None:
    start(anvil)
    waiting = send_evm(anvil.rpc, MAKER, OWNER.address, b"", 1)
    anvil.kill9()
    anvil.revive()
    assert anvil.rpc.call("eth_getTransactionByHash", waiting) is None


def test_a_change_that_no_block_holds_is_noticed(anvil: Anvil) -> None:
    """Mining again would give other hashes: that is said, and not served."""
    start(anvil)
    anvil.set_balance(MAKER.address, 10**21)
    work(anvil, 1)
    anvil.kill9()
    with pytest.raises(KeeperError, match="checkpoint"):
        anvil.revive()


def test_timed_blocks_go_on_by_themselves(tmp_path: Path) -> None:
    with Anvil(persist=tmp_path / "anvil") as anvil:
        anvil.keep(interval=0.1)
        wait_for_head(anvil, anvil.head + 3)
        anvil.kill9()
        anvil.revive()
        wait_for_head(anvil, anvil.head + 3)


def wait_for_head(anvil: Anvil, height: int) -> None:
    import time

    end = time.monotonic() + 20
    while anvil.head < height:
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_chain_that_is_not_kept_says_so(tmp_path: Path) -> None:
    with Anvil() as anvil, pytest.raises(AnvilError, match="persist"):
        anvil.keep()
    with Anvil(persist=tmp_path) as anvil, pytest.raises(AnvilError, match="keep"):
        anvil.revive()
