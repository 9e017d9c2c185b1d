"""Whoever is called in the middle of a payment, by native coin or by a token's hook, gains nothing by calling back.

An escrow stores nothing, so only a balance stops a second payment. Each test therefore leaves more in the escrow than its
terms say, which is what a second payment would take.
"""

from typing import Any

import pytest

from devnet.evm.artifacts import error_names
from devnet.evm.contracts import Contract, refused
from devnet.evm.terms import NATIVE, Stages
from devnet.evm.world import AMOUNT, DEPOSIT, MAKER, NEVER, OPERATOR, SECRET, STRANGER, Lock, World

PLENTY = 10 * (AMOUNT + DEPOSIT)


@pytest.fixture
def puppet(world: World) -> Contract:
    return world.deploy("Puppet")


@pytest.fixture
def hooked(world: World, puppet: Contract) -> Contract:
    """A token that calls the puppet whenever it sends or receives."""
    token = world.deploy("ReentrantToken")
    data = token.encode("listen", True)
    puppet.send("execute", token.address, 0, data, sender=STRANGER.address)
    return token


def react_with(puppet: Contract, target: Contract, function: str, *arguments: Any) -> None:
    data = target.encode(function, *arguments)
    puppet.send("reactWith", target.address, data, sender=STRANGER.address)


def refused_with(puppet: Contract) -> str:
    """The error that the puppet's call back met; fails if it made none or got through."""
    assert puppet.call("reactions") >= 1
    assert puppet.call("succeeded") is False
    return error_names()["0x" + puppet.call("result")[:4].hex()]


def source_of(world: World, puppet: Contract, token: Contract | None, **changes: Any) -> Lock:
    """The puppet's own source lock."""
    terms = world.terms(maker=puppet.address, token=token.address if token else NATIVE, **changes)
    if token:
        token.send("mint", puppet.address, AMOUNT, sender=STRANGER.address)
        approve = token.encode("approve", world.factory.address, AMOUNT)
        puppet.send("execute", token.address, 0, approve, sender=STRANGER.address)
    value = terms.native_value
    create = world.factory.encode("createSrcEscrow", terms.words)
    receipt = puppet.send("execute", world.factory.address, value, create, sender=STRANGER.address, value=value)
    return world.source_lock(terms, receipt)


@pytest.mark.parametrize("again", ["publicWithdraw", "withdraw"])
def test_native_payee_of_a_destination(world: World, puppet: Contract, again: str) -> None:
    made = world.lock_destination(world.terms(maker=puppet.address, token=NATIVE))
    world.anvil.set_balance(made.escrow.address, PLENTY)
    react_with(puppet, made.escrow, again, SECRET, made.terms.words)
    at = made.terms.created_at + 110
    made.escrow.send("publicWithdraw", SECRET, made.terms.words, sender=STRANGER.address, at=at)
    wanted = "ReentrantCall" if again == "publicWithdraw" else "InvalidCaller"
    assert refused_with(puppet) == wanted
    assert world.native(puppet.address) == AMOUNT
    assert world.native(made.escrow.address) == PLENTY - AMOUNT - DEPOSIT


def test_native_refundee_of_a_source(world: World, puppet: Contract) -> None:
    made = source_of(world, puppet, None)
    world.anvil.set_balance(made.escrow.address, PLENTY)
    react_with(puppet, made.escrow, "publicCancel", made.terms.words)
    at = made.terms.created_at + 300
    made.escrow.send("publicCancel", made.terms.words, sender=STRANGER.address, at=at)
    assert refused_with(puppet) == "ReentrantCall"
    assert world.native(puppet.address) == AMOUNT


def test_native_refundee_of_a_destination_with_rescue(world: World, puppet: Contract) -> None:
    terms = world.terms(taker=puppet.address, token=NATIVE)
    made = world.lock_destination(terms)
    world.anvil.set_balance(made.escrow.address, PLENTY)
    react_with(puppet, made.escrow, "rescueFunds", NATIVE, DEPOSIT, made.terms.words)
    at = made.terms.created_at + world.deployment.rescue_delay
    made.escrow.send("cancel", made.terms.words, sender=STRANGER.address, at=at)
    assert refused_with(puppet) == "ReentrantCall"
    assert world.native(puppet.address) == AMOUNT


def test_caller_on_receiving_the_deposit(world: World, puppet: Contract) -> None:
    made = world.lock_destination()
    world.token.send("mint", made.escrow.address, AMOUNT, sender=STRANGER.address)
    world.anvil.set_balance(made.escrow.address, PLENTY)
    react_with(puppet, made.escrow, "publicWithdraw", SECRET, made.terms.words)
    data = made.escrow.encode("publicWithdraw", SECRET, made.terms.words)
    puppet.send("execute", made.escrow.address, 0, data, sender=STRANGER.address, at=made.terms.created_at + 110)
    assert refused_with(puppet) == "ReentrantCall"
    assert world.native(puppet.address) == DEPOSIT
    assert world.held(MAKER.address) == AMOUNT


def test_payee_told_by_a_token(world: World, puppet: Contract, hooked: Contract) -> None:
    made = world.lock_destination(world.terms(maker=puppet.address, token=hooked.address), hooked)
    hooked.send("mint", made.escrow.address, AMOUNT, sender=STRANGER.address)
    world.anvil.set_balance(made.escrow.address, PLENTY)
    react_with(puppet, made.escrow, "publicWithdraw", SECRET, made.terms.words)
    at = made.terms.created_at + 110
    made.escrow.send("publicWithdraw", SECRET, made.terms.words, sender=STRANGER.address, at=at)
    assert refused_with(puppet) == "ReentrantCall"
    assert world.held(puppet.address, hooked) == AMOUNT
    assert world.native(puppet.address) == 0


def test_refundee_told_by_a_token(world: World, puppet: Contract, hooked: Contract) -> None:
    made = source_of(world, puppet, hooked)
    hooked.send("mint", made.escrow.address, AMOUNT, sender=STRANGER.address)
    world.anvil.set_balance(made.escrow.address, PLENTY)
    react_with(puppet, made.escrow, "publicCancel", made.terms.words)
    made.escrow.send("publicCancel", made.terms.words, sender=STRANGER.address, at=made.terms.created_at + 300)
    assert refused_with(puppet) == "ReentrantCall"
    assert world.held(puppet.address, hooked) == AMOUNT


def test_maker_told_while_his_tokens_are_pulled_makes_the_same_lock(
    world: World, puppet: Contract, hooked: Contract
) -> None:
    terms = world.terms(maker=puppet.address, token=hooked.address, safety_deposit=0)
    react_with(puppet, world.factory, "createSrcEscrow", terms.words)
    hooked.send("mint", puppet.address, AMOUNT, sender=STRANGER.address)
    made = source_of(world, puppet, hooked, safety_deposit=0)
    assert refused_with(puppet) == "EscrowExists"
    assert world.held(made.escrow.address, hooked) == AMOUNT


def test_maker_told_while_his_tokens_are_pulled_makes_another_lock(
    world: World, puppet: Contract, hooked: Contract
) -> None:
    """Two locks, each with its own amount: what one brings never counts for the other."""
    other = world.terms(maker=puppet.address, token=hooked.address, safety_deposit=0, order_hash=b"\x22" * 32)
    react_with(puppet, world.factory, "createSrcEscrow", other.words)
    hooked.send("mint", puppet.address, 2 * AMOUNT, sender=STRANGER.address)
    world.anvil.impersonate(puppet.address)
    world.anvil.set_balance(puppet.address, 10**18)
    hooked.send("approve", world.factory.address, 2 * AMOUNT, sender=puppet.address)
    terms = world.terms(maker=puppet.address, token=hooked.address, safety_deposit=0)
    receipt = world.factory.send("createSrcEscrow", terms.words, sender=puppet.address)
    outer, inner = world.source_lock(terms, receipt), world.source_lock(other, receipt)
    assert puppet.call("succeeded") is True
    assert world.held(outer.escrow.address, hooked) == AMOUNT
    assert world.held(inner.escrow.address, hooked) == AMOUNT
    assert world.held(puppet.address, hooked) == 0


def test_taker_told_while_his_tokens_are_pulled_claims_the_unpaid_lock(
    world: World, puppet: Contract, hooked: Contract
) -> None:
    stages = Stages(dst_withdrawal=0)
    terms = world.terms(taker=puppet.address, token=hooked.address, stages=stages, safety_deposit=0)
    now = world.anvil.time + 50
    stamped = terms.created(now)
    address = stamped.escrow(world.deployment.factory, world.deployment.escrow_dst_implementation)
    escrow = world.contract("EscrowDst", address)
    react_with(puppet, escrow, "withdraw", SECRET, stamped.words)
    hooked.send("mint", puppet.address, AMOUNT, sender=STRANGER.address)
    approve = hooked.encode("approve", world.factory.address, AMOUNT)
    puppet.send("execute", hooked.address, 0, approve, sender=STRANGER.address)
    create = world.factory.encode("createDstEscrow", terms.words, NEVER)
    puppet.send("execute", world.factory.address, 0, create, sender=STRANGER.address, at=now)
    assert refused_with(puppet) == "SafeTransferFailed"
    assert world.held(address, hooked) == AMOUNT


def test_native_payee_calls_the_resolver_that_pays_him(world: World, puppet: Contract) -> None:
    resolver = world.resolver
    terms = world.terms(maker=puppet.address, taker=resolver.address, token=NATIVE)
    made = world.destination_lock(terms, resolver.send("deployDst", terms.words, NEVER, sender=OPERATOR.address))
    react_with(puppet, resolver, "withdraw", made.escrow.address, SECRET, made.terms.words)
    at = made.terms.created_at + 10
    resolver.send("withdraw", made.escrow.address, SECRET, made.terms.words, sender=OPERATOR.address, at=at)
    assert refused_with(puppet) == "OnlyOperator"
    assert world.native(puppet.address) == AMOUNT


def test_a_guard_that_was_used_is_open_again(world: World, puppet: Contract) -> None:
    """Two escrows finished in one transaction, and one escrow twice after it was filled again."""
    made = world.lock_destination(world.terms(maker=puppet.address, token=NATIVE))
    world.anvil.set_balance(made.escrow.address, 2 * (AMOUNT + DEPOSIT))
    for seconds in (110, 111):
        at = made.terms.created_at + seconds
        made.escrow.send("publicWithdraw", SECRET, made.terms.words, sender=STRANGER.address, at=at)
    assert world.native(puppet.address) == 2 * AMOUNT
    with refused("NativeTokenSendingFailure"):
        made.escrow.send("publicWithdraw", SECRET, made.terms.words, sender=STRANGER.address)
