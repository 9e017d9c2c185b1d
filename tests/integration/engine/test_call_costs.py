"""What our calls cost, sampled from real nodes and learned from our own receipts."""

import hashlib
from typing import Any

import pytest

from chains.costs import GUESSES, PRICE_KEPT_MS, Work, lock_storage
from chains.errors import CostUnknown, TransportError
from chains.models import Chain, ChainTransaction
from chains.services import costs
from chains.services.costs import CostSampler, costs_forget, costs_of, swap_costs
from chains.services.intents import intent_ensure
from chains.services.sending import intent_send
from chains.watchers.evm import EvmWatcher
from chains.watchers.near import NearWatcher
from devnet.evm.anvil import Anvil
from devnet.evm.deploy import EvmDeployment
from devnet.near.process import NearDevnet
from devnet.network import ALICE, HTLC
from tests.integration.engine import sending_near
from tests.integration.engine.conftest import NATIVE
from tests.integration.engine.sending import order, settle

SENT = 3


@pytest.fixture(autouse=True)
def fresh() -> None:
    costs_forget()


def test_a_watcher_samples_the_price_of_gas_and_requests_ask_no_node(
    anvil: Anvil, watcher: EvmWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The watcher's first poll has sampled it: the base fee of the next block, and a tip."""
    monkeypatch.setattr(costs, "client", lambda _: pytest.fail("a request asked a node"))
    found = costs_of("base", [Work.LOCK, Work.CLAIM], token=NATIVE)
    base_fee = int(anvil.rpc.call("eth_feeHistory", "0x1", "latest", [])["baseFeePerGas"][-1], 16)
    assert 0 < found.gas_price.base_fee == base_fee < found.gas_price.price
    guessed = GUESSES["evm"][Work.LOCK, True] + GUESSES["evm"][Work.CLAIM, True]
    assert (found.gas, found.symbol, found.decimals) == (guessed * found.gas_price.price, "ETH", 18)
    assert found.is_guess


def test_gas_is_learned_from_our_own_receipts(anvil: Anvil, suite: EvmDeployment, watcher: EvmWatcher) -> None:
    for number in range(1, SENT + 1):
        intent_send(intent_id=order(suite, number).pk)
    settle(anvil, watcher)
    used = sorted(int(sent.fee_detail["gasUsed"]) for sent in ChainTransaction.objects.all())
    assert len(used) == SENT
    watcher.costs = CostSampler()
    watcher.process_one()
    costs_forget()
    (lock,) = costs_of("base", [Work.LOCK], token=NATIVE).parts
    assert (lock.gas, lock.samples, lock.is_guess) == (used[SENT // 2], SENT, False)
    guess = GUESSES["evm"][Work.LOCK, True]
    assert abs(lock.gas - guess) < guess // 4, "the guess is far from what the contracts take"
    (other,) = costs_of("base", [Work.LOCK], token="0x" + "11" * 20).parts
    assert other.is_guess


def test_a_node_that_tells_no_price_leaves_the_old_one_which_grows_old(
    watcher: EvmWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(_: str) -> Any:
        raise TransportError("no answer")

    before = Chain.objects.get(pk="base").costs
    monkeypatch.setattr(costs, "gas_price", silent)
    watcher.costs = CostSampler()
    watcher.process_one()
    assert Chain.objects.get(pk="base").costs == before
    later = before["gasPrice"]["atMs"] + PRICE_KEPT_MS + 1
    monkeypatch.setattr(costs, "_now_ms", lambda: later)
    with pytest.raises(CostUnknown, match="base was sampled 180 s ago"):
        costs_of("base", [Work.CLAIM], token=NATIVE)


def test_on_near_gas_is_what_was_burnt_and_a_claim_is_known_by_its_lock(
    near_devnet: NearDevnet, near_watcher: NearWatcher
) -> None:
    for number in range(SENT):
        lock = sending_near.order(near_devnet, number)
        intent_send(intent_id=lock.pk)
        sending_near.settle(near_devnet, near_watcher)
        _claim(near_devnet, near_watcher, lock.call)
    near_watcher.costs = CostSampler()
    near_watcher.process_one()
    costs_forget()
    found = costs_of("near", [Work.LOCK, Work.CLAIM], token="near", receiver=ALICE)
    assert [part.samples for part in found.parts] == [SENT, SENT]
    price = int(near_devnet.rpc("gas_price", [None])["gas_price"])
    burnt = [int(sent.fee_detail["tokensBurnt"]) for sent in ChainTransaction.objects.all()]
    assert found.gas_price.price == price
    assert min(burnt) <= found.parts[0].fee <= max(burnt)
    for part in found.parts:
        guess = GUESSES["near"][part.work, True]
        assert abs(part.gas - guess) < guess // 4, "the guess is far from what the contract takes"
    assert (found.storage, found.held) == (0, lock_storage(receiver=ALICE, token=None))


def _claim(near_devnet: NearDevnet, near_watcher: NearWatcher, lock: dict[str, Any]) -> None:
    """By anybody's intent with a secret: the test's, of the newest lock."""
    found = near_devnet.view(HTLC, "get_locks", {"from_index": 0, "limit": 100})
    lock_id = next(one["id"] for one in found if one["salt"] == lock["salt"])
    intent = intent_ensure(
        subject_type="test", subject_id=f"c{lock['salt'][:9]}", step="claim", chain="near",
        call={"method": "claim", "id": lock_id}, carries_secret=True,
    )  # fmt: skip
    intent_send(intent_id=intent.pk)
    sending_near.settle(near_devnet, near_watcher)
    assert hashlib.sha256(sending_near.SECRET).hexdigest() == lock["hashlock"]


@pytest.mark.parametrize("token", [None, "usdt.near"])
def test_the_storage_of_a_lock_is_what_the_contract_says(near_devnet: NearDevnet, token: str | None) -> None:
    told = near_devnet.view(HTLC, "lock_storage_cost", {"receiver": ALICE, "token": token})
    assert int(told) == lock_storage(receiver=ALICE, token=token)


def test_a_swap_costs_its_calls_on_both_chains(watcher: EvmWatcher, near_watcher: NearWatcher, settings: Any) -> None:
    usdc, usdt = "0x833589fcd6edb6e08f4c7c32d4f71b54bda02913", "usdt.near"
    filled = swap_costs(source="base", source_token=usdc, destination="near", destination_token=usdt)
    locked = swap_costs(source="base", source_token=usdc, destination="near", destination_token=usdt, by_order=False)
    back = swap_costs(source="near", source_token="near", destination="base", destination_token=usdc)
    works = [[tuple(part.work.value for part in one.parts) for one in each] for each in (filled, locked, back)]
    assert works == [
        [("fill", "claim"), ("lock", "claim")],
        [("claim",), ("lock", "claim")],
        [("claim",), ("lock", "claim")],
    ]
    assert (filled[1].storage, back[0].storage, back[0].held) == (2, 0, 0)
    assert filled[1].held == lock_storage(receiver="x" * 64, token=usdt) - 1
