"""Tokens as they are out there: silent, lying, greedy, blocking; and native coin, also to those who refuse it."""

from typing import Any

import pytest

from devnet.evm.contracts import Contract, Reverted, refused
from devnet.evm.terms import NATIVE, Terms
from devnet.evm.world import AMOUNT, DEPOSIT, MAKER, SECRET, STRANGER, TAKER, Lock, World


def lock(world: World, side: str, terms: Terms, token: Contract | None = None) -> Lock:
    return world.lock_source(terms, token) if side == "src" else world.lock_destination(terms, token)


def withdraw(made: Lock) -> dict[str, Any]:
    at = made.terms.created_at + 120
    return made.escrow.send("publicWithdraw", SECRET, made.terms.words, sender=STRANGER.address, at=at)


def refund(made: Lock) -> dict[str, Any]:
    at = made.terms.created_at + 300
    return made.escrow.send("cancel", made.terms.words, sender=TAKER.address, at=at)


def payee(side: str) -> str:
    return TAKER.address if side == "src" else MAKER.address


def refundee(side: str) -> str:
    return MAKER.address if side == "src" else TAKER.address


@pytest.mark.parametrize("side", ["src", "dst"])
def test_a_token_that_returns_nothing(world: World, side: str) -> None:
    token = world.deploy("NoReturnToken")
    made = lock(world, side, world.terms(token=token.address), token)
    withdraw(made)
    assert world.held(payee(side), token) == AMOUNT
    again = lock(world, side, world.terms(token=token.address, order_hash=b"\x12" * 32), token)
    refund(again)
    assert world.held(refundee(side), token) == AMOUNT


@pytest.mark.parametrize("side", ["src", "dst"])
def test_a_token_that_keeps_a_fee(world: World, side: str) -> None:
    token = world.deploy("FeeToken")
    with refused("InsufficientEscrowBalance"):
        lock(world, side, world.terms(token=token.address), token)


@pytest.mark.parametrize("side", ["src", "dst"])
def test_a_fee_cannot_hide_behind_a_gift(world: World, side: str) -> None:
    """What lies at the escrow's address beforehand does not count."""
    token = world.deploy("FeeToken")
    terms = world.terms(token=token.address)
    owner = MAKER.address if side == "src" else TAKER.address
    world.fund(owner, terms, token)
    now = world.anvil.time + 100
    deployment = world.deployment
    sides = {"src": deployment.escrow_src_implementation, "dst": deployment.escrow_dst_implementation}
    future = terms.created(now).escrow(deployment.factory, sides[side])
    token.send("mint", future, AMOUNT, sender=owner)
    function, rest = ("createSrcEscrow", ()) if side == "src" else ("createDstEscrow", (2**40,))
    with refused("InsufficientEscrowBalance"):
        world.factory.send(function, terms.words, *rest, sender=owner, value=DEPOSIT, at=now)


@pytest.mark.parametrize("side", ["src", "dst"])
def test_a_token_that_says_false_at_the_lock(world: World, side: str) -> None:
    token = world.deploy("FalseToken")
    token.send("setFailing", True, sender=STRANGER.address)
    with refused("SafeTransferFromFailed"):
        lock(world, side, world.terms(token=token.address), token)


@pytest.mark.parametrize("side", ["src", "dst"])
def test_a_token_that_says_false_at_the_payment(world: World, side: str) -> None:
    token = world.deploy("FalseToken")
    made = lock(world, side, world.terms(token=token.address), token)
    token.send("setFailing", True, sender=STRANGER.address)
    for attempt in (withdraw, refund):
        with refused("SafeTransferFailed"):
            attempt(made)
    assert world.native(made.escrow.address) == DEPOSIT
    assert world.held(made.escrow.address, token) == AMOUNT


@pytest.mark.parametrize("side", ["src", "dst"])
@pytest.mark.parametrize("address", ["0x" + "44" * 20, STRANGER.address])
def test_a_token_that_is_no_contract(world: World, side: str, address: str) -> None:
    terms = world.terms(token=address)
    owner = MAKER.address if side == "src" else TAKER.address
    function, rest = ("createSrcEscrow", ()) if side == "src" else ("createDstEscrow", (2**40,))
    with pytest.raises(Reverted):
        world.factory.send(function, terms.words, *rest, sender=owner, value=DEPOSIT)


@pytest.mark.parametrize("side", ["src", "dst"])
def test_a_token_whose_code_is_gone_is_not_taken_for_one_that_paid(world: World, side: str) -> None:
    made = lock(world, side, world.terms())
    world.anvil.set_code(world.token.address, b"")
    for attempt in (withdraw, refund):
        with refused("SafeTransferFailed"):
            attempt(made)


@pytest.mark.parametrize("side", ["src", "dst"])
def test_a_token_that_blocks_the_payee_leaves_the_refund(world: World, side: str) -> None:
    token = world.deploy("BlocklistToken")
    made = lock(world, side, world.terms(token=token.address), token)
    token.send("setBlocked", payee(side), True, sender=STRANGER.address)
    with refused("SafeTransferFailed"):
        withdraw(made)
    refund(made)
    assert world.held(refundee(side), token) == AMOUNT


def test_a_blocked_taker_withdraws_to_another(world: World) -> None:
    token = world.deploy("BlocklistToken")
    made = lock(world, "src", world.terms(token=token.address), token)
    token.send("setBlocked", TAKER.address, True, sender=STRANGER.address)
    at = made.terms.created_at + 10
    made.escrow.send("withdrawTo", SECRET, STRANGER.address, made.terms.words, sender=TAKER.address, at=at)
    assert world.held(STRANGER.address, token) == AMOUNT


@pytest.mark.parametrize("deposit", [0, DEPOSIT, 10 * AMOUNT])
@pytest.mark.parametrize("side", ["src", "dst"])
def test_native_coin_is_locked_claimed_and_refunded(world: World, side: str, deposit: int) -> None:
    terms = world.terms(token=NATIVE, safety_deposit=deposit)
    made = lock(world, side, terms)
    assert world.native(made.escrow.address) == AMOUNT + deposit
    before = world.native(payee(side))
    withdraw(made)
    assert world.native(payee(side)) - before == AMOUNT
    assert world.native(made.escrow.address) == 0

    again = lock(world, side, world.terms(token=NATIVE, safety_deposit=deposit, order_hash=b"\x12" * 32))
    before = world.native(refundee(side))
    at = again.terms.created_at + 300
    function = "publicCancel" if side == "src" else "cancel"
    again.escrow.send(function, again.terms.words, sender=STRANGER.address, at=at)
    assert world.native(refundee(side)) - before == AMOUNT


@pytest.mark.parametrize("value", [0, AMOUNT, DEPOSIT, AMOUNT + DEPOSIT - 1, AMOUNT + DEPOSIT + 1])
@pytest.mark.parametrize("side", ["src", "dst"])
def test_native_value_must_be_amount_and_deposit(world: World, side: str, value: int) -> None:
    terms = world.terms(token=NATIVE)
    owner = MAKER.address if side == "src" else TAKER.address
    function, rest = ("createSrcEscrow", ()) if side == "src" else ("createDstEscrow", (2**40,))
    with refused("InsufficientEscrowBalance"):
        world.factory.send(function, terms.words, *rest, sender=owner, value=value)


def test_a_second_native_claim_finds_nothing(world: World) -> None:
    made = lock(world, "dst", world.terms(token=NATIVE))
    withdraw(made)
    with refused("NativeTokenSendingFailure"):
        made.escrow.send(
            "publicWithdraw", SECRET, made.terms.words, sender=MAKER.address, at=made.terms.created_at + 130
        )


def test_a_deposit_is_never_paid_out_as_the_amount(world: World) -> None:
    """A second native claim, where the first left nothing but where someone put the amount back."""
    made = lock(world, "dst", world.terms(token=NATIVE, safety_deposit=AMOUNT // 2))
    withdraw(made)
    world.anvil.set_balance(made.escrow.address, AMOUNT)
    with refused("NativeTokenSendingFailure"):
        made.escrow.send(
            "publicWithdraw", SECRET, made.terms.words, sender=MAKER.address, at=made.terms.created_at + 130
        )


def test_a_payee_that_refuses_native_coin_leaves_the_refund(world: World) -> None:
    puppet = world.deploy("Puppet")
    puppet.send("refuseNative", True, sender=MAKER.address)
    made = lock(world, "dst", world.terms(token=NATIVE, maker=puppet.address))
    with refused("NativeTokenSendingFailure"):
        withdraw(made)
    before = world.native(TAKER.address)
    receipt = refund(made)
    assert world.native(TAKER.address) - before == AMOUNT + DEPOSIT - world.cost_of(receipt)


def test_a_caller_that_refuses_native_coin_stops_only_himself(world: World) -> None:
    puppet = world.deploy("Puppet")
    puppet.send("refuseNative", True, sender=MAKER.address)
    made = lock(world, "dst", world.terms())
    data = made.escrow.encode("publicWithdraw", SECRET, made.terms.words)
    at = made.terms.created_at + 110
    with refused("NativeTokenSendingFailure"):
        puppet.send("execute", made.escrow.address, 0, data, sender=STRANGER.address, at=at)
    withdraw(made)
    assert world.held(MAKER.address) == AMOUNT


def test_without_a_deposit_even_he_may_finish_it(world: World) -> None:
    puppet = world.deploy("Puppet")
    puppet.send("refuseNative", True, sender=MAKER.address)
    made = lock(world, "dst", world.terms(safety_deposit=0))
    data = made.escrow.encode("publicWithdraw", SECRET, made.terms.words)
    puppet.send("execute", made.escrow.address, 0, data, sender=STRANGER.address, at=made.terms.created_at + 110)
    assert world.held(MAKER.address) == AMOUNT


def test_an_escrow_takes_no_later_gifts_of_native_coin(world: World) -> None:
    """It has no receive function, so nobody can fill it again by mistake."""
    made = lock(world, "dst", world.terms(token=NATIVE))
    puppet = world.deploy("Puppet")
    with pytest.raises(Reverted):
        puppet.send("execute", made.escrow.address, 1, b"", sender=STRANGER.address, value=1)


@pytest.mark.parametrize("side", ["src", "dst"])
def test_rescue_takes_what_strayed_in_and_only_to_the_taker(world: World, side: str) -> None:
    made = lock(world, side, world.terms())
    stray = world.deploy("TestToken", "Stray", "STRAY", 0)
    stray.send("mint", made.escrow.address, 7, sender=STRANGER.address)
    at = made.terms.created_at + world.deployment.rescue_delay
    receipt = made.escrow.send("rescueFunds", stray.address, 7, made.terms.words, sender=TAKER.address, at=at)
    (event,) = made.escrow.events(receipt, "FundsRescued")
    assert event.arguments == {"token": stray.address.lower(), "amount": 7}
    assert world.held(TAKER.address, stray) == 7
    before = world.native(TAKER.address)
    receipt = made.escrow.send("rescueFunds", NATIVE, DEPOSIT, made.terms.words, sender=TAKER.address)
    assert world.native(TAKER.address) - before == DEPOSIT - world.cost_of(receipt)
    assert world.held(made.escrow.address) == AMOUNT


def test_anyone_can_refund_the_maker_before_rescue_opens(world: World) -> None:
    """Were the taker to wait for rescue, he would wait in vain: the maker's refund needs nobody's leave."""
    made = lock(world, "src", world.terms())
    rescue = made.terms.created_at + world.deployment.rescue_delay
    made.escrow.send("publicCancel", made.terms.words, sender=MAKER.address, at=rescue - 1)
    with refused("SafeTransferFailed"):
        made.escrow.send("rescueFunds", made.terms.token, AMOUNT, made.terms.words, sender=TAKER.address, at=rescue)
    assert world.held(MAKER.address) == AMOUNT
