"""A NEAR devnet that is killed comes back with the same blocks, state and transactions."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from devnet.near.process import NearDevnet, NearDevnetError

NEAR = 10**24
ARTIFACTS = Path(__file__).parents[3] / "contracts" / "near" / "artifacts"
NAMES = ("alice.near", "bob.near", "token.near")
TOKEN = {
    "owner_id": "token.near",
    "total_supply": "1000000",
    "metadata": {"spec": "ft-1.0.0", "name": "T", "symbol": "T", "decimals": 6},
}


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[NearDevnet]:
    with NearDevnet(accounts=dict.fromkeys(NAMES, 1000 * NEAR), persist=tmp_path / "near") as running:
        yield running


def blocks(chain: NearDevnet) -> list[Any]:
    """Every block's hash, time and supply from the first to the newest."""
    head = chain.rpc("block", {"finality": "optimistic"})["header"]["height"]
    headers = [chain.rpc("block", {"block_id": height})["header"] for height in range(1, head + 1)]
    return [(header["hash"], header["timestamp_nanosec"], header["total_supply"]) for header in headers]


def work(chain: NearDevnet) -> list[str]:
    """A contract, calls with receipts to others, one that fails; the transactions' hashes."""
    chain.deploy("token.near", (ARTIFACTS / "token.wasm").read_bytes(), "new", TOKEN)
    outcomes = [chain.transfer("alice.near", "bob.near", 3 * NEAR)]
    for account in ("alice.near", "bob.near"):
        args = {"account_id": account, "registration_only": True}
        outcomes.append(chain.call("token.near", "token.near", "storage_deposit", args, deposit=NEAR // 100))
    transfer = {"receiver_id": "alice.near", "amount": "77"}
    outcomes.append(chain.call("token.near", "token.near", "ft_transfer", transfer, deposit=1))
    outcomes.append(chain.call("bob.near", "token.near", "ft_transfer", transfer, deposit=1, check=False))
    return [outcome["transaction"]["hash"] for outcome in outcomes]


def outcomes(chain: NearDevnet, hashes: list[str]) -> list[Any]:
    return [chain.rpc("EXPERIMENTAL_tx_status", [tx_hash, "alice.near"]) for tx_hash in hashes]


def test_a_killed_chain_comes_back_block_by_block(chain: NearDevnet) -> None:
    hashes = work(chain)
    before, told, url = blocks(chain), outcomes(chain, hashes), chain.url
    chain.kill9()
    with pytest.raises(OSError):
        chain.rpc("status")
    chain.revive()
    assert chain.url == url
    assert blocks(chain) == before
    assert outcomes(chain, hashes) == told
    assert chain.view("token.near", "ft_balance_of", {"account_id": "alice.near"}) == "77"
    assert work_goes_on(chain)


def work_goes_on(chain: NearDevnet) -> bool:
    args = {"receiver_id": "bob.near", "amount": "7"}
    chain.call("alice.near", "token.near", "ft_transfer", args, deposit=1)
    return bool(chain.view("token.near", "ft_balance_of", {"account_id": "bob.near"}) == "7")


def test_clock_pace_and_held_receipts_come_back_too(chain: NearDevnet) -> None:
    chain.rpc("devnet_pause")
    chain.rpc("devnet_hold_receipts", {"account_id": "bob.near"})
    chain.advance_time(5000)
    chain.rpc("devnet_submit", {"signed_tx_base64": encoded_transfer(chain)})
    chain.mine(4)
    before, state = blocks(chain), chain.rpc("devnet_state")
    chain.kill9()
    chain.revive()
    after = chain.rpc("devnet_state")
    assert blocks(chain) == before
    assert {**after, "timestamp_nanosec": ""} == {**state, "timestamp_nanosec": ""}
    assert state["receipts_held"] == 1
    assert int(after["timestamp_nanosec"]) >= int(state["timestamp_nanosec"])
    chain.rpc("devnet_release_receipts", {})
    chain.mine(2)
    assert chain.balance("bob.near") == 1001 * NEAR


def encoded_transfer(chain: NearDevnet) -> str:
    import base64

    from devnet.near.transactions import write_transfer

    return base64.b64encode(chain.sign("alice.near", "bob.near", [write_transfer(NEAR)])).decode()


def test_half_an_entry_of_a_killed_writer_is_left_out(chain: NearDevnet, tmp_path: Path) -> None:
    """As if the kill had come in the middle of a write: that block was never published."""
    chain.mine(3)
    before = blocks(chain)
    chain.kill9()
    entries = next((tmp_path / "near").glob("entries-*"))
    whole = entries.read_bytes()
    entries.write_bytes(whole + whole[:40])
    chain.revive()
    assert blocks(chain) == before
    chain.mine()
    longer = blocks(chain)
    chain.kill9()
    chain.revive()
    assert blocks(chain) == longer


def test_a_snapshot_takes_the_place_of_a_long_journal(tmp_path: Path) -> None:
    folder = tmp_path / "near"
    with NearDevnet(accounts=dict.fromkeys(NAMES, 1000 * NEAR), persist=folder) as chain:
        work(chain)
        chain.mine(2100)
        work_goes_on(chain)
        newest = [chain.rpc("block", {"finality": "final"})["header"], chain.rpc("devnet_state")["total_supply"]]
        chain.kill9()
        chain.revive()
        assert [
            chain.rpc("block", {"finality": "final"})["header"],
            chain.rpc("devnet_state")["total_supply"],
        ] == newest
        assert [path.name for path in folder.glob("entries-*")] == ["entries-2"]


def test_a_chain_that_is_kept_nowhere_says_so() -> None:
    with NearDevnet() as chain:
        chain.kill9()
        with pytest.raises(NearDevnetError, match="persist"):
            chain.revive()
