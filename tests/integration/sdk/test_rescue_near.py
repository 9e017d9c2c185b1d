"""The rescue program against real locks on the NEAR devnet."""

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest

from tests.integration.contracts.near.world import ALICE, AMOUNT, BOB, CAROL, TOKEN, TOKENS, Lock, World
from tests.integration.sdk.desk import Desk, near_leg, other_leg, receipt


def prepared(desk: Desk, near: World, side: str, lock: Lock, **terms: Any) -> Desk:
    """The receipt of a swap with this lock on one side, a stranger's key, and the maker's secret."""
    leg = near_leg(near, lock.terms | terms)
    legs = (leg, other_leg()) if side == "source" else (other_leg(), leg)
    desk.write(receipt(*legs, lock.secret))
    desk.urls["near"] = near.chain.url
    desk.file("key", json.dumps({"account_id": CAROL, "private_key": near.chain.keys[CAROL]}))
    desk.file("secret", lock.secret.hex())
    return desk


def key(desk: Desk) -> tuple[str, ...]:
    return ("--key-file", str(desk.folder / "key"))


def secret(desk: Desk) -> tuple[str, ...]:
    return (*key(desk), "--secret-file", str(desk.folder / "secret"))


@pytest.mark.parametrize("token", [None, TOKEN])
def test_a_stranger_refunds_the_sender(desk: Desk, near: World, token: str | None) -> None:
    lock = near.made(token=token)
    ready = prepared(desk, near, "source", lock)
    early = ready.run("refund", *key(ready))
    assert (early.status, "too early" in early.err) == (3, True)
    near.pass_timelock(lock)
    before = near.tokens(ALICE) if token else near.chain.balance(ALICE)
    told = ready.run("refund", *key(ready))
    assert told.status == 0, told.err
    assert f"went to {ALICE}" in told.out
    assert (near.tokens(ALICE) if token else near.chain.balance(ALICE)) == before + lock.amount
    assert near.standing(lock) == ("refunded", "paid")
    assert "refunded already" in ready.run("refund", *key(ready)).out


def test_claim_frontrun__a_stranger_claims_and_the_receiver_is_paid(desk: Desk, near: World) -> None:
    """CLAIM-FRONTRUN: the receiver is fixed when the lock is made. The receipt does not know the timelock yet: the lock is
    found among all."""
    for _ in range(3):
        near.made()
    lock = near.made()
    near.made()
    ready = prepared(desk, near, "destination", lock, timelock=None)
    before = near.chain.balance(BOB)
    told = ready.run("claim", *secret(ready))
    assert told.status == 0, told.err
    assert near.chain.balance(BOB) == before + AMOUNT
    assert lock.secret.hex() not in told.out + told.err
    assert "claimed already" in ready.run("claim", *secret(ready)).out


def test_a_lock_beyond_the_first_page_is_found(desk: Desk, near: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onebalancer_rescue.near.PAGE", 2)
    lock = near.made()
    for _ in range(5):
        near.made()
    ready = prepared(desk, near, "destination", lock, timelock=None)
    assert f"{lock.id}: locked" in ready.run("status").out


def doubled(near: World, lock: Lock, **terms: Any) -> Lock:
    """One more lock of the same sender under the same hashlock."""
    second = replace(lock, **terms)
    second.id = near.view("lock_id", second.terms)
    near.make(second)
    return second


def test_a_second_lock_beside_the_agreed_one_is_refunded_too(desk: Desk, near: World) -> None:
    """As it is on EVM, whether the agreed one stands or is long refunded."""
    lock = near.made()
    second, third = (doubled(near, lock, amount=lock.amount + more) for more in (1, 2))
    ready = prepared(desk, near, "source", lock)
    told = ready.run("status")
    assert [told.out.count(f"{one.id}: locked") for one in (lock, second, third)] == [1, 1, 1]
    near.pass_timelock(lock)
    near.refund(lock)
    told = ready.run("refund", *key(ready))
    assert told.status == 0, told.err
    assert [near.standing(one) for one in (lock, second, third)] == [("refunded", "paid")] * 3


def test_a_refund_that_cannot_be_paid_is_tried_again(desk: Desk, near: World) -> None:
    """The token refuses the sender for a while: the refund stands, and the same command pays it out later."""
    lock = near.made(token=TOKEN)
    ready = prepared(desk, near, "source", lock)
    near.pass_timelock(lock)
    near.block(ALICE, blocked=True)
    try:
        told = ready.run("refund", *key(ready))
        assert (told.status, "run the command again" in told.err) == (1, True)
        assert near.standing(lock) == ("refunded", "failed")
        assert "its payment failed" in ready.run("status").out
    finally:
        near.block(ALICE, blocked=False)
    before = near.tokens(ALICE)
    assert ready.run("refund", *key(ready)).status == 0
    assert near.tokens(ALICE) == before + TOKENS


def test_an_unregistered_payee_is_warned_of(desk: Desk, near: World) -> None:
    lock = near.made(token=TOKEN, receiver="newcomer.test")
    ready = prepared(desk, near, "destination", lock)
    told = ready.run("claim", "--dry-run", *secret(ready))
    assert "newcomer.test is not registered" in told.err
    assert near.standing(lock) == ("locked", "none")


def test_a_claim_too_close_to_the_timelock_keeps_the_secret(desk: Desk, near: World) -> None:
    lock = near.made(seconds=600)
    ready = prepared(desk, near, "destination", lock)
    near.chain.advance_time(lock.timelock - 10 - near.now() // 10**9)
    told = ready.run("claim", *secret(ready))
    assert (told.status, "expires in" in told.err) == (4, True)
    assert near.standing(lock) == ("locked", "none")


def test_a_lock_of_other_terms_is_never_claimed(desk: Desk, near: World) -> None:
    """Somebody locks less for our receiver under the same hashlock."""
    lock = near.made()
    ready = prepared(desk, near, "destination", lock, amount=str(lock.amount + 1), timelock=None)
    told = ready.run("claim", *secret(ready))
    assert (told.status, "nothing is locked" in told.err) == (2, True)
    assert "NOT as agreed: amount" in ready.run("status").out


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("deadbeef", "ed25519:"),
        ("ed25519:0OIl", "ed25519:"),
        ('{"account_id": "carol.test"}', "credentials"),
    ],
)
def test_a_malformed_key_is_named_and_not_shown(desk: Desk, near: World, text: str, words: str) -> None:
    ready = prepared(desk, near, "source", near.made())
    ready.file("key", text)
    told = ready.run("refund", "--account", CAROL, *key(ready))
    assert (told.status, words in told.err) == (2, True)
    assert text not in told.err


def test_a_key_of_another_account_is_named(desk: Desk, near: World) -> None:
    lock = near.made()
    ready = prepared(desk, near, "source", lock)
    near.pass_timelock(lock)
    ready.file("key", near.chain.keys[CAROL])
    told = ready.run("refund", "--account", BOB, *key(ready))
    assert (told.status, f"is not a key of {BOB}" in told.err) == (2, True)


def test_an_htlc_of_another_hash_is_named(desk: Desk, near: World) -> None:
    lock = near.made()
    ready = prepared(desk, near, "source", lock)
    desk.write(
        receipt(near_leg(near, lock.terms), other_leg(), lock.secret, hashFunction="keccak256")
        | {"hashlock": "0x" + hashlib.sha256(lock.secret).hexdigest()}
    )
    told = ready.run("status")
    assert (told.status, "hashes by sha256" in told.err) == (2, True)
