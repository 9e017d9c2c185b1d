"""Calls of the same lock that are on their way at the same time: the first one counts, and one payment is made."""

import base64
from collections.abc import Iterator

import pytest

from devnet.near.transactions import write_function_call
from tests.integration.contracts.near.world import (
    ALICE,
    ATTACKER,
    BOB,
    CAROL,
    HTLC,
    MALLORY,
    Json,
    Lock,
    Outcome,
    World,
    errors,
)

GAS = 10**14
WHO = (ALICE, BOB, CAROL, MALLORY)


@pytest.fixture(autouse=True)
def running(world: World) -> Iterator[None]:
    """Blocks are made for transactions again after a test, and nothing is held."""
    yield
    world.chain.rpc("devnet_release_receipts")
    world.chain.rpc("devnet_resume")


def submit(world: World, by: str, method: str, arguments: Json) -> str:
    """Send a call to the HTLC without waiting for a block; its hash."""
    action = write_function_call(method, world.chain._hands.encode(arguments), GAS, 0)
    signed = world.chain._hands.sign(by, HTLC, [action])
    found: str = world.chain.rpc("devnet_submit", {"signed_tx_base64": base64.b64encode(signed).decode()})["tx_hash"]
    return found


def at_once(world: World, *calls: tuple[str, str, Json]) -> list[Outcome]:
    """The outcomes of calls (by whom, method, arguments) that are all in one block."""
    world.chain.rpc("devnet_pause")
    sent = [(submit(world, *call), call[0]) for call in calls]
    world.chain.mine(10)
    found = [
        world.chain.rpc("EXPERIMENTAL_tx_status", {"tx_hash": tx, "sender_account_id": by, "wait_until": "NONE"})
        for tx, by in sent
    ]
    assert len({each["transaction_outcome"]["block_hash"] for each in found}) == 1
    world.chain.rpc("devnet_resume")
    return found


def failed_payout(world: World) -> Lock:
    """A claimed lock of the attacker's token, which refused to pay and no longer would."""
    lock = world.made(token=ATTACKER)
    world.plan(fail=True)
    world.claim(lock)
    world.plan()
    assert world.standing(lock) == ("claimed", "failed")
    return lock


def payments(world: World) -> int:
    return int(world.chain.view(ATTACKER, "ft_transfers"))


def test_four_who_pay_at_once_pay_once(world: World) -> None:
    lock, before = failed_payout(world), payments(world)
    outcomes = at_once(world, *((who, "pay", {"id": lock.id}) for who in WHO))
    assert sorted("ERR_PAYING" in errors(outcome) for outcome in outcomes) == [False, True, True, True]
    assert payments(world) == before + 1
    assert world.standing(lock) == ("claimed", "paid")


def test_claims_at_once_pay_once(world: World) -> None:
    lock = world.made()
    claim = {"id": lock.id, "secret": lock.secret.hex()}
    bob = world.chain.balance(BOB)
    outcomes = at_once(world, *((who, "claim", claim) for who in (ALICE, CAROL, MALLORY)))
    assert sum("ERR_CLAIMED" in errors(outcome) for outcome in outcomes) == 2
    assert world.chain.balance(BOB) == bob + lock.amount


def test_while_a_payment_is_on_its_way_nothing_else_happens_to_the_lock(world: World) -> None:
    lock, before = failed_payout(world), payments(world)
    world.chain.rpc("devnet_pause")
    world.chain.rpc("devnet_hold_receipts", {"account_id": ATTACKER})
    submit(world, CAROL, "pay", {"id": lock.id})
    world.chain.mine(4)
    assert world.standing(lock) == ("claimed", "paying")
    for method, arguments in [
        ("pay", {"id": lock.id}),
        ("claim", {"id": lock.id, "secret": lock.secret.hex()}),
        ("refund", {"id": lock.id}),
        ("remove", {"ids": [lock.id]}),
        ("on_payout", {"id": lock.id}),
    ]:
        submit(world, MALLORY, method, arguments)
    world.chain.mine(4)
    assert (world.standing(lock), payments(world)) == (("claimed", "paying"), before)
    world.chain.rpc("devnet_release_receipts")
    world.chain.mine(6)
    assert (world.standing(lock), payments(world)) == (("claimed", "paid"), before + 1)
