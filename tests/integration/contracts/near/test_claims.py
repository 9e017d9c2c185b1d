"""Claims and refunds: who is paid, by which secret, and never twice."""

import pytest

from chains.codec.keccak import keccak
from tests.integration.contracts.near.world import (
    ALICE,
    AMOUNT,
    BOB,
    CAROL,
    HTLC,
    TOKEN,
    World,
    errors,
    event_names,
    events,
)


def test_anyone_claims_and_the_receiver_is_paid(world: World) -> None:
    lock = world.made()
    before = world.chain.balance(BOB)
    outcome = world.claim(lock, by=CAROL)
    assert event_names(outcome) == ["lock_claimed", "payout_succeeded"]
    assert events(outcome)[0]["data"][0]["secret"] == lock.secret.hex()
    assert world.chain.balance(BOB) == before + AMOUNT
    found = world.get(lock)
    assert found is not None
    assert (found["state"], found["payout"], found["secret"]) == ("claimed", "paid", lock.secret.hex())


def test_anyone_refunds_and_the_sender_is_paid(world: World) -> None:
    lock = world.made()
    world.pass_timelock(lock)
    before = world.chain.balance(ALICE)
    assert event_names(world.refund(lock, by=CAROL)) == ["lock_refunded", "payout_succeeded"]
    assert world.chain.balance(ALICE) == before + AMOUNT
    assert world.standing(lock) == ("refunded", "paid")


@pytest.mark.parametrize(
    ("secret", "error"),
    [
        ("ab" * 32, "ERR_WRONG_SECRET"),
        ("ab" * 31, "ERR_SECRET"),
        ("ab" * 33, "ERR_SECRET"),
        ("", "ERR_SECRET"),
        ("zz" * 32, "ERR_SECRET"),
    ],
)
def test_another_secret_claims_nothing(world: World, secret: str, error: str) -> None:
    lock = world.made()
    assert error in errors(world.claim(lock, secret=secret))
    assert world.standing(lock) == ("locked", "none")


def test_the_right_secret_in_capital_letters_claims_nothing(world: World) -> None:
    lock = world.made()
    assert "ERR_SECRET" in errors(world.claim(lock, secret=lock.secret.hex().upper()))
    world.claim(lock)
    assert world.standing(lock) == ("claimed", "paid")


def test_a_lock_is_claimed_once(world: World) -> None:
    lock = world.made()
    world.claim(lock)
    before = world.chain.balance(BOB)
    assert "ERR_CLAIMED" in errors(world.claim(lock))
    assert "ERR_PAID" in errors(world.pay(lock))
    assert world.chain.balance(BOB) == before


def test_a_claimed_lock_is_not_refunded(world: World) -> None:
    lock = world.made()
    world.claim(lock)
    world.pass_timelock(lock)
    assert "ERR_CLAIMED" in errors(world.refund(lock))
    assert world.standing(lock) == ("claimed", "paid")


def test_a_refunded_lock_is_not_claimed(world: World) -> None:
    lock = world.made()
    world.pass_timelock(lock)
    world.refund(lock)
    assert "ERR_REFUNDED" in errors(world.claim(lock))
    assert "ERR_REFUNDED" in errors(world.refund(lock))
    assert world.standing(lock) == ("refunded", "paid")


def test_an_unknown_or_malformed_id_is_refused(world: World) -> None:
    lock = world.terms()
    assert "ERR_NOT_FOUND" in errors(world.claim(lock))
    lock.id = lock.id.upper()
    assert "ERR_ID" in errors(world.claim(lock))


def test_tokens_are_claimed_and_refunded(world: World) -> None:
    claimed, refunded = world.made(token=TOKEN), world.made(token=TOKEN)
    alice, bob = world.tokens(ALICE), world.tokens(BOB)
    world.claim(claimed)
    world.pass_timelock(refunded)
    world.refund(refunded)
    assert (world.tokens(ALICE), world.tokens(BOB)) == (alice + refunded.amount, bob + claimed.amount)


def test_a_claim_without_the_gas_for_its_callback_does_nothing(world: World) -> None:
    lock = world.made()
    arguments = {"id": lock.id, "secret": lock.secret.hex()}
    outcome = world.chain.call(CAROL, HTLC, "claim", arguments, gas=10 * 10**12, check=False)
    assert "Exceeded the prepaid gas" in errors(outcome)
    assert world.standing(lock) == ("locked", "none")


def test_a_keccak256_deployment_takes_keccak256_only(keccak_world: World) -> None:
    assert keccak_world.view("get_config")["hash_function"] == "keccak256"
    lock, other = keccak_world.made(hash_function=keccak), keccak_world.made()
    keccak_world.claim(lock)
    assert keccak_world.standing(lock) == ("claimed", "paid")
    assert "ERR_WRONG_SECRET" in errors(keccak_world.claim(other))
