"""Expiry after each lock, kills in mid-swap, and a client who gives up: every token is back, each call made once."""

from collections.abc import Callable

import pytest

from devnet.client import Swap
from devnet.network import ALICE, MAKER, Network
from devnet.service import Service
from tests.e2e.conftest import pairs

pytestmark = pytest.mark.e2e
NewSwap = Callable[..., Swap]


def advance(network: Network, seconds: int) -> None:
    """Move every chain's clock: nobody waits for a timelock."""
    for anvil in network.evm.values():
        anvil.advance_time(seconds)
    network.near.advance_time(seconds)


def holdings(network: Network, swap: Swap) -> list[int]:
    """The maker's and our balances of the swap's two tokens."""
    resolver, us = network.deployments["base"].resolver, "orchestrator.near"
    found = []
    for side in ("source", "destination"):
        chain, token = swap.body[f"{side}Chain"], swap.body[f"{side}Token"]
        accounts = (ALICE, us) if chain == "near" else (MAKER.address, resolver)
        for account in accounts:
            balance = (
                network.near_balance(token, account) if chain == "near" else network.evm_balance(chain, token, account)
            )
            found.append(balance)
    return found


@pytest.mark.parametrize(("source", "destination"), [("base", "near"), ("near", "base")])
def test_refund_late__expiry_after_both_locks_brings_everything_back(
    new_swap: NewSwap, network: Network, source: str, destination: str
) -> None:
    """The maker never hands over his secret. Nobody touches anything."""
    swap = new_swap(source, destination)
    before = holdings(network, swap)
    swap.create()
    swap.execute_and_lock()
    swap.wait_for("both_locked")
    advance(network, 1500)
    document = swap.wait_for("refunded", 90)
    assert holdings(network, swap) == before
    assert sorted(sent["step"] for sent in document["transactions"]) == [
        "destination_lock",
        "destination_refund",
        "source_refund",
    ]


@pytest.mark.parametrize(("source", "destination"), [("base", "near"), ("near", "base")])
def test_refund_late__expiry_after_the_source_lock_brings_it_back(
    new_swap: NewSwap, network: Network, service: Service, source: str, destination: str
) -> None:
    """We were away while the time for the destination lock ran out."""
    swap = new_swap(source, destination)
    before = holdings(network, swap)
    swap.create()
    service.supervisor.kill9("worker-0")
    try:
        swap.execute_and_lock()
        advance(network, 1500)
    finally:
        service.supervisor.restart("worker-0")
    document = swap.wait_for("refunded", 90)
    assert holdings(network, swap) == before
    assert [sent["step"] for sent in document["transactions"]] == ["source_refund"]


def test_cancel_with_a_lock_waits_for_the_timelock(new_swap: NewSwap, network: Network) -> None:
    swap = new_swap("base", "near")
    before = holdings(network, swap)
    swap.create()
    swap.execute_and_lock()
    swap.wait_for("both_locked")
    swap.rest.post(f"/sessions/{swap.session_id}/cancel")
    swap.wait_for("cancelling")
    advance(network, 1500)
    swap.wait_for("refunded", 90)
    assert holdings(network, swap) == before


def test_cancel_before_any_lock_ends_at_once(new_swap: NewSwap) -> None:
    swap = new_swap("base", "near")
    swap.create()
    swap.rest.post(f"/sessions/{swap.session_id}/execute", {"sourceLock": "self"})
    swap.rest.post(f"/sessions/{swap.session_id}/cancel")
    assert swap.wait_for("cancelled")["reason"] == "cancel_requested"


def test_a_lock_that_the_htlc_refused_is_made_again(new_swap: NewSwap, network: Network) -> None:
    """Our storage with the HTLC ran out: the token's transfer succeeds, the HTLC gives everything back, and no lock is
    made. Once storage is there again, so is the lock."""
    us = "orchestrator.near"
    swap = new_swap("base", "near")
    free = network.near.view("htlc.near", "storage_balance_of", {"account_id": us})["available"]
    network.near.call(us, "htlc.near", "storage_withdraw", {"amount": free}, deposit=1)
    try:
        swap.create()
        swap.execute_and_lock()
        swap.wait(lambda document: any(sent["state"] == "succeeded" for sent in document["transactions"]), 60)
        assert swap.document["legs"]["destination"]["lockId"] is None
    finally:
        network.near.call(us, "htlc.near", "storage_deposit", {}, deposit=int(free))
    swap.wait_for("both_locked", 90)
    swap.hand_over()
    document = swap.wait_for("completed", 90)
    assert [sent["step"] for sent in document["transactions"]].count("destination_lock") >= 2


@pytest.mark.parametrize(
    ("victim", "moment"),
    pairs(["worker-0", "watch-base", "watch-near"], ["source_locking", "destination_locking", "revealing_secret"]),
)
def test_missed_events_at_restart_a_killed_process_loses_nothing(
    new_swap: NewSwap, service: Service, victim: str, moment: str
) -> None:
    """kill -9 in mid-swap, start it again: the swap completes and each of our calls was made once."""
    swap = new_swap("base", "near")
    swap.create()
    swap.execute_and_lock()
    if moment == "revealing_secret":
        swap.wait_for("both_locked")
        swap.hand_over()
    swap.wait(lambda document: reached(document, moment), 60, poll=0.02)
    service.supervisor.kill9(victim)
    service.supervisor.restart(victim)
    if moment != "revealing_secret":
        swap.wait_for("both_locked", 90)
        swap.hand_over()
    document = swap.wait_for("completed", 90)
    assert sorted(sent["step"] for sent in document["transactions"]) == [
        "destination_claim",
        "destination_lock",
        "source_claim",
    ]


ORDER = ["initialized", "executing", "source_locking", "source_locked", "destination_locking", "both_locked"]
ORDER += ["revealing_secret", "completed"]


def reached(document: dict[str, object], status: str) -> bool:
    return ORDER.index(str(document["status"])) >= ORDER.index(status)
