"""Blocks by the clock, at once, or by hand; time that jumps; a process that ends with its parent."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from devnet.near.process import NearDevnet
from devnet.near.transactions import write_transfer
from devnet.npm import ROOT

ALICE, BOB = "alice.near", "bob.near"
NEAR = 10**24


def _height(devnet: NearDevnet, finality: str = "optimistic") -> int:
    return int(devnet.rpc("block", {"finality": finality})["header"]["height"])


def _until(devnet: NearDevnet, height: int) -> None:
    end = time.monotonic() + 10
    while _height(devnet) < height:
        assert time.monotonic() < end, f"no block {height} within 10 s"


def test_timed_blocks_come_by_themselves_and_a_receipt_waits_for_the_next() -> None:
    with NearDevnet(accounts={ALICE: NEAR, BOB: NEAR}, block_time=0.05) as timed:
        _until(timed, _height(timed) + 3)
        heads = timed.rpc("devnet_state")
        assert heads["height"] - heads["final_height"] == 2
        outcome = timed.transfer(ALICE, BOB, 5)
        included = timed.rpc("block", {"block_id": outcome["transaction_outcome"]["block_hash"]})["header"]
        executed = timed.rpc("block", {"block_id": outcome["receipts_outcome"][0]["block_hash"]})["header"]
        assert executed["height"] == included["height"] + 1
        assert executed["timestamp"] - included["timestamp"] > 10_000_000


def test_the_pace_changes_while_it_runs(fresh: NearDevnet) -> None:
    before = _height(fresh)
    fresh.transfer(ALICE, BOB, 5)
    after = _height(fresh)
    # included, executed, refunded, and final
    assert before < after == _height(fresh)
    fresh.rpc("devnet_set_block_time", {"seconds": 0.02})
    _until(fresh, after + 3)
    fresh.rpc("devnet_set_block_time", {"seconds": None})
    still = _height(fresh)
    assert fresh.transfer(ALICE, BOB, 5)["final_execution_status"] == "FINAL"
    assert _height(fresh) > still
    assert fresh.rpc("devnet_state")["block_time"] is None


@pytest.mark.parametrize("seconds", [None, 0.02])
def test_many_threads_may_send_for_one_account(fresh: NearDevnet, seconds: float | None) -> None:
    fresh.rpc("devnet_set_block_time", {"seconds": seconds})
    had = fresh.balance(BOB)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: fresh.transfer(ALICE, BOB, 1), range(40)))
    assert fresh.balance(BOB) == had + 40


def test_a_paused_chain_stands_still_and_resumes(fresh: NearDevnet) -> None:
    fresh.rpc("devnet_pause")
    height, had = _height(fresh), fresh.balance(BOB)
    fresh.rpc("broadcast_tx_async", [_base64(fresh.sign(ALICE, BOB, [write_transfer(5)]))])
    assert (_height(fresh), fresh.balance(BOB)) == (height, had)
    fresh.rpc("devnet_resume")
    assert fresh.balance(BOB, "final") == had + 5


def test_time_jumps_and_can_be_set(fresh: NearDevnet) -> None:
    def now() -> int:
        return int(fresh.rpc("block", {"finality": "final"})["header"]["timestamp"])

    fresh.mine(3)
    before = now()
    fresh.advance_time(3600)
    assert 3600 * 10**9 <= now() - before < 3660 * 10**9
    wanted = before + 10**15
    fresh.rpc("devnet_set_time", {"timestamp_ns": wanted, "frozen": True})
    fresh.mine(3)
    assert now() == wanted
    fresh.rpc("sandbox_fast_forward", {"delta_height": 100})
    assert now() >= wanted + 100 * 10**9


def test_two_chains_give_a_name_the_same_key() -> None:
    with NearDevnet(accounts={ALICE: NEAR}) as one, NearDevnet(accounts={ALICE: NEAR}) as two:
        assert one.keys == two.keys
        assert one.url != two.url


def test_it_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    program = (
        f"import sys, time; sys.path.insert(0, {str(ROOT)!r})\n"
        "from devnet.near.process import NearDevnet\n"
        "near = NearDevnet(accounts={'alice.near': 1}).start()\n"
        "print(near.pid, flush=True); time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    handle = os.pidfd_open(child)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    import select

    ended, _, _ = select.select([handle], [], [], 10)
    os.close(handle)
    assert ended, "the devnet outlived its parent"


def test_compiled_contracts_are_kept_for_the_next_start(tmp_path: Path) -> None:
    from tests.unit.devnet.near.wat import contract

    for _ in range(2):
        with NearDevnet(accounts={"app.near": NEAR}, module_cache=tmp_path) as near:
            near.deploy("app.near", contract())
            near.call("app.near", "app.near", "set")
            assert near.call("app.near", "app.near", "get")["status"] == {"SuccessValue": "Ym9iLm5lYXI="}
        kept = [path for path in tmp_path.iterdir() if path.suffix == ".cwasm"]
        assert len(kept) == 1


def test_a_damaged_module_is_compiled_anew(tmp_path: Path) -> None:
    from tests.unit.devnet.near.wat import contract

    for _ in range(2):
        with NearDevnet(accounts={"app.near": NEAR}, module_cache=tmp_path) as near:
            near.deploy("app.near", contract())
            near.call("app.near", "app.near", "set")
        for path in tmp_path.iterdir():
            path.write_bytes(path.read_bytes()[:100])


def _base64(data: bytes) -> str:
    import base64

    return base64.b64encode(data).decode()
