"""What an escrow checks before it pays: the secret, its own terms, and that it has not paid already."""

from dataclasses import replace
from typing import Any

import pytest

from devnet.evm.contracts import Reverted, refused
from devnet.evm.world import AMOUNT, DEPOSIT, MAKER, SECRET, STRANGER, TAKER, Lock, World

WRONG_SECRETS = [bytes(32), SECRET[::-1], b"\xff" * 32]
CLAIMS = [("src", "withdraw"), ("src", "publicWithdraw"), ("dst", "withdraw"), ("dst", "publicWithdraw")]
PUBLIC = 120


def lock(world: World, side: str) -> Lock:
    return world.lock_source() if side == "src" else world.lock_destination()


def claim(
    made: Lock, function: str, secret: bytes = SECRET, words: Any = None, seconds: int = PUBLIC
) -> dict[str, Any]:
    at = made.terms.created_at + seconds
    return made.escrow.send(function, secret, words or made.terms.words, sender=TAKER.address, at=at)


@pytest.mark.parametrize("secret", WRONG_SECRETS)
@pytest.mark.parametrize(("side", "function"), CLAIMS)
def test_wrong_secret(world: World, side: str, function: str, secret: bytes) -> None:
    made = lock(world, side)
    with refused("InvalidSecret"):
        claim(made, function, secret)
    assert world.held(made.escrow.address) == AMOUNT


@pytest.mark.parametrize(
    "change",
    [
        {"amount": AMOUNT - 1},
        {"amount": AMOUNT + 1},
        {"maker": STRANGER.address},
        {"safety_deposit": DEPOSIT - 1},
        {"token": "0x" + "22" * 20},
        {"order_hash": b"\x12" * 32},
    ],
    ids=lambda change: next(iter(change)),
)
@pytest.mark.parametrize("side", ["src", "dst"])
def test_other_terms_than_its_own(world: World, side: str, change: dict[str, Any]) -> None:
    made = lock(world, side)
    words = replace(made.terms, **change).words
    with refused("InvalidImmutables"):
        claim(made, "withdraw", words=words)
    with refused("InvalidImmutables"):
        made.escrow.call("cancel", words, sender=TAKER.address, at=made.terms.created_at + 1000)
    with refused("InvalidImmutables"):
        made.escrow.call(
            "rescueFunds", made.terms.token, 1, words, sender=TAKER.address, at=made.terms.created_at + 10**7
        )


@pytest.mark.parametrize("side", ["src", "dst"])
def test_terms_that_name_another_taker_or_another_time(world: World, side: str) -> None:
    made = lock(world, side)
    thief = replace(made.terms, taker=STRANGER.address)
    later = made.terms.created_at + PUBLIC
    with refused("InvalidImmutables"):
        made.escrow.call("withdraw", SECRET, thief.words, sender=STRANGER.address, at=later)
    early = made.terms.created(made.terms.created_at - 1000)
    with refused("InvalidImmutables"):
        made.escrow.call("cancel", early.words, sender=TAKER.address, at=made.terms.created_at)


@pytest.mark.parametrize("side", ["src", "dst"])
def test_a_secret_that_opens_other_terms_hashlock(world: World, side: str) -> None:
    """The right preimage of a hashlock that is not the escrow's."""
    made = lock(world, side)
    other = b"\x77" * 32
    words = replace(made.terms, hashlock=world.hashlock(other)).words
    with refused("InvalidImmutables"):
        claim(made, "withdraw", other, words)


@pytest.mark.parametrize("length", [0, 31, 33])
@pytest.mark.parametrize("side", ["src", "dst"])
def test_a_hashlock_of_a_preimage_of_another_length_cannot_be_opened(world: World, side: str, length: int) -> None:
    """A secret is one word: what is not 32 bytes long has no form in which it could be shown."""
    preimage = (SECRET + b"\xff")[:length]
    terms = world.terms(hashlock=world.hashlock(preimage))
    made = world.lock_source(terms) if side == "src" else world.lock_destination(terms)
    for padded in (preimage[:32].ljust(32, b"\0"), preimage[:32].rjust(32, b"\0")):
        with refused("InvalidSecret"):
            claim(made, "withdraw", padded)


def test_calldata_with_a_secret_too_short_is_refused(world: World) -> None:
    made = world.lock_destination()
    data = made.escrow.encode("withdraw", SECRET, made.terms.words)
    transaction = {"from": TAKER.address, "to": made.escrow.address, "data": "0x" + (data[:4] + data[5:]).hex()}
    from devnet.evm.contracts import call_raw

    with pytest.raises(Reverted):
        call_raw(world.anvil, transaction, {"time": hex(made.terms.created_at + PUBLIC)})


@pytest.mark.parametrize(("side", "function"), CLAIMS)
def test_a_second_claim_finds_nothing(world: World, side: str, function: str) -> None:
    made = lock(world, side)
    claim(made, function)
    for again in ("withdraw", "publicWithdraw"):
        with refused("SafeTransferFailed"):
            claim(made, again, seconds=PUBLIC + 1)


@pytest.mark.parametrize(("side", "seconds"), [("src", 240), ("dst", 180)])
def test_a_second_cancel_and_a_claim_after_a_cancel_find_nothing(world: World, side: str, seconds: int) -> None:
    made = lock(world, side)
    made.escrow.send("cancel", made.terms.words, sender=TAKER.address, at=made.terms.created_at + seconds)
    with refused("SafeTransferFailed"):
        made.escrow.send("cancel", made.terms.words, sender=TAKER.address, at=made.terms.created_at + seconds + 1)
    with refused("InvalidTime"):
        claim(made, "withdraw", seconds=seconds + 2)


@pytest.mark.parametrize("side", ["src", "dst"])
def test_events_and_the_secret_in_the_log(world: World, side: str) -> None:
    made = lock(world, side)
    (event,) = made.escrow.events(claim(made, "publicWithdraw"), "EscrowWithdrawal")
    assert event.arguments == {"secret": SECRET}
    assert event.address == made.escrow.address.lower()


def test_cancel_emits_and_says_nothing_of_a_secret(world: World) -> None:
    made = world.lock_source()
    receipt = made.escrow.send("publicCancel", made.terms.words, sender=MAKER.address, at=made.terms.created_at + 300)
    assert len(made.escrow.events(receipt, "EscrowCancelled")) == 1
    assert made.escrow.events(receipt, "EscrowWithdrawal") == []


@pytest.mark.parametrize("side", ["src", "dst"])
def test_frontrunning_a_claim_pays_the_same_payee(world: World, side: str) -> None:
    """CLAIM-FRONTRUN: whoever repeats the secret in the public window earns the deposit, never the amount."""
    made = lock(world, side)
    payee = TAKER.address if side == "src" else MAKER.address
    before = world.held(payee)
    at = made.terms.created_at + PUBLIC
    made.escrow.send("publicWithdraw", SECRET, made.terms.words, sender=STRANGER.address, at=at)
    assert world.held(payee) - before == AMOUNT
    assert world.held(STRANGER.address) == 0


@pytest.mark.parametrize("fixture", ["sha256_world", "keccak256_world"])
def test_each_hash_function_opens_its_own_locks_only(request: pytest.FixtureRequest, fixture: str) -> None:
    world: World = request.getfixturevalue(fixture)
    other: World = request.getfixturevalue("keccak256_world" if fixture == "sha256_world" else "sha256_world")
    for side in ("src", "dst"):
        claim(lock(world, side), "withdraw")
        foreign = world.terms(hashlock=other.hashlock(), order_hash=b"\x33" * 32)
        made = world.lock_source(foreign) if side == "src" else world.lock_destination(foreign)
        with refused("InvalidSecret"):
            claim(made, "withdraw")


def test_an_implementation_itself_is_no_escrow(world: World) -> None:
    made = world.lock_source()
    implementation = world.contract("EscrowSrc", world.deployment.escrow_src_implementation)
    with refused("InvalidImmutables"):
        implementation.call("withdraw", SECRET, made.terms.words, sender=TAKER.address, at=made.terms.created_at + 20)
