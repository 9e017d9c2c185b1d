"""A token that calls back into the HTLC while it is being paid from."""

import pytest

from tests.integration.contracts.near.world import ALICE, ATTACKER, HTLC, MALLORY, TOKEN, World, attackers_call, errors


def payments(world: World) -> int:
    return int(world.chain.view(ATTACKER, "ft_transfers"))


@pytest.mark.parametrize("give_last", [False, True])
def test_a_token_that_reenters_is_paid_from_once(world: World, give_last: bool) -> None:
    lock, other = world.made(token=ATTACKER), world.made(token=TOKEN)
    secret = {"id": lock.id, "secret": lock.secret.hex()}
    calls = [
        attackers_call(HTLC, method, arguments, tgas=4)
        for method, arguments in [
            ("claim", secret),
            ("refund", {"id": lock.id}),
            ("on_payout", {"id": lock.id}),
            ("remove", {"ids": [lock.id]}),
            ("pay", {"id": lock.id}),
        ]
    ]
    world.plan(calls=calls, give_last=give_last)
    before = payments(world)
    outcome = world.claim(lock, by=MALLORY)
    for error in ("ERR_CLAIMED", "ERR_PRIVATE", "ERR_NOT_PAID", "ERR_PAYING"):
        assert error in errors(outcome)
    assert payments(world) == before + 1
    assert world.standing(lock) == ("claimed", "failed" if give_last else "paid")
    assert world.standing(other) == ("locked", "none")


def test_a_token_that_fails_at_first_is_paid_from_once(world: World) -> None:
    lock = world.made(token=ATTACKER)
    world.plan(fail=True)
    world.claim(lock)
    assert world.standing(lock) == ("claimed", "failed")
    world.plan()
    before = payments(world)
    world.pay(lock)
    world.pay(lock)
    assert payments(world) == before + 1


def test_a_token_cannot_use_up_a_strangers_deposit(world: World) -> None:
    before = world.storage(ALICE)
    notice = {"sender_id": ALICE, "amount": "1", "msg": "{}"}
    assert "ERR_" in errors(world.forward(HTLC, "ft_on_transfer", notice))
    assert world.storage(ALICE) == before
