"""Who may do what with the taker's contract and its inventory."""

from typing import Any

import pytest

from devnet.evm.artifacts import artifact
from devnet.evm.contracts import Contract, refused
from devnet.evm.terms import NATIVE, Terms
from devnet.evm.world import AMOUNT, DEPLOYER, DEPOSIT, MAKER, NEVER, OPERATOR, SECRET, STRANGER, Lock, World

OWNER = DEPLOYER
COIN = 10**18


def own_terms(world: World, **changes: Any) -> Terms:
    return world.terms(taker=world.resolver.address, **changes)


def deploy_destination(world: World, terms: Terms, value: int = 0) -> Lock:
    receipt = world.resolver.send("deployDst", terms.words, NEVER, sender=OPERATOR.address, value=value)
    return world.destination_lock(terms, receipt)


def stock(world: World, token: Contract, amount: int = AMOUNT) -> None:
    token.send("mint", world.resolver.address, amount, sender=OWNER.address)


def test_a_destination_lock_from_inventory_leaves_no_allowance(world: World) -> None:
    stock(world, world.token, 3 * AMOUNT)
    made = deploy_destination(world, own_terms(world))
    assert world.held(made.escrow.address) == AMOUNT
    assert world.native(made.escrow.address) == DEPOSIT
    assert world.held(world.resolver.address) == 2 * AMOUNT
    assert world.token.call("allowance", world.resolver.address, world.factory.address) == 0


def test_a_token_whose_allowance_must_be_cleared_first(world: World) -> None:
    token = world.deploy("NoReturnToken")
    stock(world, token)
    left_over = token.encode("approve", world.factory.address, 1)
    world.resolver.send("arbitraryCalls", [token.address], [left_over], sender=OWNER.address)
    made = deploy_destination(world, own_terms(world, token=token.address))
    assert world.held(made.escrow.address, token) == AMOUNT


@pytest.mark.parametrize("value", [0, AMOUNT + DEPOSIT])
def test_native_coin_from_the_balance_or_from_the_caller(world: World, value: int) -> None:
    before = world.native(world.resolver.address)
    made = deploy_destination(world, own_terms(world, token=NATIVE), value)
    assert world.native(made.escrow.address) == AMOUNT + DEPOSIT
    assert before - world.native(world.resolver.address) == AMOUNT + DEPOSIT - value


def test_a_destination_whose_taker_is_another(world: World) -> None:
    stock(world, world.token)
    for taker in (OPERATOR.address, NATIVE):
        with refused("InvalidTaker"):
            world.resolver.send("deployDst", world.terms(taker=taker).words, NEVER, sender=OPERATOR.address)


def test_a_destination_too_late_for_its_source(world: World) -> None:
    stock(world, world.token)
    terms = own_terms(world)
    at = world.anvil.time + 5
    limit = at + terms.stages.dst_cancellation
    with refused("InvalidCreationTime"):
        world.resolver.call("deployDst", terms.words, limit - 1, sender=OPERATOR.address, at=at)
    world.resolver.call("deployDst", terms.words, limit, sender=OPERATOR.address, at=at)


def test_claim_and_cancel_of_a_destination(world: World) -> None:
    stock(world, world.token, 2 * AMOUNT)
    made = deploy_destination(world, own_terms(world))
    at = made.terms.created_at + made.terms.stages.dst_withdrawal
    words = made.terms.words
    world.resolver.send("withdraw", made.escrow.address, SECRET, words, sender=OPERATOR.address, at=at)
    assert world.held(MAKER.address) == AMOUNT

    again = deploy_destination(world, own_terms(world, order_hash=b"\x12" * 32))
    before = world.native(world.resolver.address)
    at = again.terms.created_at + again.terms.stages.dst_cancellation
    world.resolver.send("cancel", again.escrow.address, again.terms.words, sender=OPERATOR.address, at=at)
    assert world.held(world.resolver.address) == AMOUNT
    assert world.native(world.resolver.address) - before == DEPOSIT


def test_cancel_of_a_source_pays_the_maker(world: World) -> None:
    made = world.lock_source(own_terms(world))
    at = made.terms.created_at + made.terms.stages.src_cancellation
    world.resolver.send("cancel", made.escrow.address, made.terms.words, sender=OPERATOR.address, at=at)
    assert world.held(MAKER.address) == AMOUNT


def test_claim_of_a_makers_own_source_lock(world: World) -> None:
    made = world.lock_source(own_terms(world))
    at = made.terms.created_at + made.terms.stages.src_withdrawal
    words = made.terms.words
    world.resolver.send("withdraw", made.escrow.address, SECRET, words, sender=OPERATOR.address, at=at)
    assert world.held(world.resolver.address) == AMOUNT


def test_the_escrows_reason_reaches_the_caller(world: World) -> None:
    made = world.lock_source(own_terms(world))
    words, at = made.terms.words, made.terms.created_at
    with refused("InvalidTime"):
        world.resolver.call("withdraw", made.escrow.address, SECRET, words, sender=OPERATOR.address, at=at)
    with refused("InvalidSecret"):
        world.resolver.call("withdraw", made.escrow.address, bytes(32), words, sender=OPERATOR.address, at=at + 10)


@pytest.mark.parametrize("sender", [STRANGER.address, MAKER.address])
def test_a_stranger_can_do_nothing(world: World, sender: str) -> None:
    terms = own_terms(world)
    order = world.order()
    for function, arguments in {
        "deploySrc": (terms.words, order.words, bytes(32), bytes(32), AMOUNT, 0, b""),
        "deployDst": (terms.words, NEVER),
        "withdraw": (world.factory.address, SECRET, terms.words),
        "cancel": (world.factory.address, terms.words),
    }.items():
        with refused("OnlyOperator"):
            world.resolver.call(function, *arguments, sender=sender)


@pytest.mark.parametrize("sender", [STRANGER.address, OPERATOR.address])
def test_only_the_owner_moves_inventory_elsewhere_or_appoints(world: World, sender: str) -> None:
    transfer = world.token.encode("transfer", sender, 1)
    for function, arguments in {
        "arbitraryCalls": ([world.token.address], [transfer]),
        "sendNative": (sender, 1),
        "setOperator": (sender, True),
        "transferOwnership": (sender,),
    }.items():
        with refused("OnlyOwner"):
            world.resolver.call(function, *arguments, sender=sender)


def test_the_owner_is_an_operator_too(world: World) -> None:
    stock(world, world.token)
    world.resolver.call("deployDst", own_terms(world).words, NEVER, sender=OWNER.address)


def test_a_dismissed_operator_is_a_stranger(world: World) -> None:
    stock(world, world.token)
    world.resolver.send("setOperator", OPERATOR.address, False, sender=OWNER.address)
    with refused("OnlyOperator"):
        world.resolver.call("deployDst", own_terms(world).words, NEVER, sender=OPERATOR.address)


def test_the_owner_takes_inventory_out(world: World) -> None:
    stock(world, world.token)
    transfer = world.token.encode("transfer", STRANGER.address, AMOUNT)
    world.resolver.send("arbitraryCalls", [world.token.address], [transfer], sender=OWNER.address)
    assert world.held(STRANGER.address) == AMOUNT
    before = world.native(STRANGER.address)
    world.resolver.send("sendNative", STRANGER.address, COIN, sender=OWNER.address)
    assert world.native(STRANGER.address) - before == COIN


def test_calls_are_all_or_nothing_and_say_why(world: World) -> None:
    stock(world, world.token)
    good = world.token.encode("transfer", STRANGER.address, 1)
    bad = world.token.encode("transfer", STRANGER.address, AMOUNT)
    targets = [world.token.address] * 2
    with refused("InsufficientBalance"):
        world.resolver.send("arbitraryCalls", targets, [good, bad], sender=OWNER.address)
    assert world.held(STRANGER.address) == 0
    with refused("LengthMismatch"):
        world.resolver.call("arbitraryCalls", targets, [good], sender=OWNER.address)
    with refused("NotAContract"):
        world.resolver.call("arbitraryCalls", [STRANGER.address], [good], sender=OWNER.address)


def test_native_coin_to_one_who_refuses_it(world: World) -> None:
    with refused("NativeTokenSendingFailure"):
        world.resolver.send("sendNative", world.token.address, 1, sender=OWNER.address)


def test_ownership_changes_hands_in_two_steps(world: World) -> None:
    resolver = world.resolver
    resolver.send("transferOwnership", STRANGER.address, sender=OWNER.address)
    assert resolver.call("owner") == OWNER.address.lower()
    for sender in (OWNER.address, OPERATOR.address):
        with refused("OnlyPendingOwner"):
            resolver.call("acceptOwnership", sender=sender)
    resolver.send("acceptOwnership", sender=STRANGER.address)
    assert resolver.call("owner") == STRANGER.address.lower()
    assert resolver.call("pendingOwner") == NATIVE
    with refused("OnlyOwner"):
        resolver.call("sendNative", OWNER.address, 1, sender=OWNER.address)


def test_an_offer_of_ownership_can_be_taken_back(world: World) -> None:
    world.resolver.send("transferOwnership", STRANGER.address, sender=OWNER.address)
    world.resolver.send("transferOwnership", NATIVE, sender=OWNER.address)
    with refused("OnlyPendingOwner"):
        world.resolver.call("acceptOwnership", sender=STRANGER.address)


def test_nobody_is_no_owner(world: World) -> None:
    code = artifact("Resolver").deployment(NATIVE, world.factory.address, world.protocol.address)
    from devnet.evm.contracts import call_raw

    with refused("InvalidOwner"):
        call_raw(world.anvil, {"from": OWNER.address, "data": "0x" + code.hex()})
