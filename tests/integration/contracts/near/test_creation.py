"""Making locks: the exact amount, the derived id, and what is refused."""

import base64
import json

import pytest

from chains.codec.near import lock_id
from tests.integration.contracts.near.world import (
    ALICE,
    AMOUNT,
    ATTACKER,
    CAROL,
    HTLC,
    NEAR,
    TOKEN,
    World,
    errors,
    events,
)


def test_a_native_lock_holds_the_deposit_under_the_id_that_we_derive(world: World) -> None:
    before = world.chain.balance(HTLC)
    lock = world.terms()
    outcome = world.make(lock)
    derived = lock_id(
        sender=ALICE,
        receiver=lock.receiver,
        token=None,
        amount=AMOUNT,
        hashlock=bytes.fromhex(lock.hashlock),
        timelock=lock.timelock,
        salt=bytes.fromhex(lock.salt),
    )
    assert lock.id == derived
    assert events(outcome) == [
        {"standard": "htlc", "version": "1.0.0", "event": "lock_created", "data": [lock.terms | {"id": derived}]}
    ]
    assert world.chain.balance(HTLC) >= before + AMOUNT
    assert world.standing(lock) == ("locked", "none")


def test_a_token_lock_keeps_the_transfer(world: World) -> None:
    before = world.tokens(ALICE)
    lock = world.made(token=TOKEN)
    assert world.tokens(ALICE) == before - lock.amount
    found = world.get(lock)
    assert found is not None and found["token"] == TOKEN and found["amount"] == str(lock.amount)


def test_a_retry_cannot_lock_twice(world: World) -> None:
    native, token = world.made(), world.made(token=TOKEN)
    before, tokens = world.chain.balance(ALICE), world.tokens(ALICE)
    assert "ERR_EXISTS" in errors(world.make(native, check=False))
    again = world.make(token)
    assert "ERR_EXISTS" in errors(again)
    assert base64.b64decode(again["status"]["SuccessValue"]) == b'"0"'
    assert before - world.chain.balance(ALICE) < NEAR // 10
    assert world.tokens(ALICE) == tokens


def test_another_amount_is_another_lock(world: World) -> None:
    lock = world.made()
    lock.amount += 1
    world.make(lock)
    assert world.view("lock_id", lock.terms) != lock.id
    assert world.standing(lock) == ("locked", "none")


def test_nobody_can_squat_an_id(world: World) -> None:
    lock = world.terms()
    world.chain.call(CAROL, HTLC, "lock", lock.wanted, lock.amount)
    assert world.get(lock) is None
    notice = {"sender_id": ALICE, "amount": str(lock.amount), "msg": json.dumps(lock.wanted)}
    assert "ERR_TOKEN_NOT_ALLOWED" in errors(world.forward(HTLC, "ft_on_transfer", notice))
    assert world.get(lock) is None
    world.make(lock)
    assert world.standing(lock) == ("locked", "none")


def test_a_relayer_may_lock_through_a_token_that_the_sender_allowed(world: World) -> None:
    lock = world.terms(token=ATTACKER)
    notice = {"sender_id": ALICE, "amount": str(lock.amount), "msg": json.dumps(lock.wanted)}
    world.chain.call(ALICE, HTLC, "allow_token", {"token": ATTACKER, "allowed": True}, 1)
    world.forward(HTLC, "ft_on_transfer", notice, check=True)
    world.chain.call(ALICE, HTLC, "allow_token", {"token": ATTACKER, "allowed": False}, 1)
    assert world.standing(lock) == ("locked", "none")
    assert world.view("is_token_allowed", {"account_id": ALICE, "token": ATTACKER}) is False


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("hashlock", "AB" * 32, "ERR_HASHLOCK"),
        ("hashlock", "ab" * 31, "ERR_HASHLOCK"),
        ("hashlock", "0x" + "ab" * 31, "ERR_HASHLOCK"),
        ("salt", "ab" * 33, "ERR_SALT"),
        ("receiver", "Bob.Test", "ERR_ACCOUNT_ID"),
        ("receiver", HTLC, "ERR_SELF"),
        ("timelock", 1, "ERR_TIMELOCK"),
        ("timelock", "18446744074", "ERR_TIMELOCK"),
        ("timelock", "soon", "ERR_ARGUMENTS"),
    ],
)
def test_malformed_terms_are_refused_and_all_comes_back(world: World, field: str, value: object, error: str) -> None:
    lock = world.terms(token=TOKEN)
    wanted = lock.wanted | {field: value}
    count, tokens, native = world.view("get_locks_count"), world.tokens(ALICE), world.chain.balance(ALICE)
    assert error in errors(world.act("lock", wanted, ALICE, AMOUNT))
    arguments = {"receiver_id": HTLC, "amount": str(lock.amount), "msg": json.dumps(wanted)}
    refused = errors(world.chain.call(ALICE, TOKEN, "ft_transfer_call", arguments, 1, check=False))
    assert error.replace("ARGUMENTS", "MSG") in refused
    assert (world.view("get_locks_count"), world.tokens(ALICE)) == (count, tokens)
    assert native - world.chain.balance(ALICE) < NEAR // 10


def test_nothing_cannot_be_locked(world: World) -> None:
    lock = world.terms()
    lock.amount = 0
    assert "ERR_AMOUNT" in errors(world.make(lock, check=False))


def test_a_sender_without_storage_deposit_locks_nothing(world: World) -> None:
    lock = world.terms(sender="mallory.test")
    assert "ERR_NOT_REGISTERED" in errors(world.make(lock, check=False))
    assert world.get(lock) is None
