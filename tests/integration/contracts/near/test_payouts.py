"""Payments that fail are owed until someone pays them, and are paid once."""

from tests.integration.contracts.near.world import ALICE, AMOUNT, BOB, CAROL, NEAR, TOKEN, World, errors, event_names


def test_a_receiver_that_does_not_exist_is_paid_when_it_does(world: World) -> None:
    late = "late.alice.test"
    lock = world.made(receiver=late)
    assert event_names(world.claim(lock)) == ["lock_claimed", "payout_failed"]
    assert world.standing(lock) == ("claimed", "failed")
    world.check_solvent()
    assert event_names(world.pay(lock)) == ["payout_failed"]
    world.create(late)
    assert event_names(world.pay(lock, by=BOB)) == ["payout_succeeded"]
    assert world.chain.balance(late) == NEAR + AMOUNT
    assert "ERR_PAID" in errors(world.pay(lock))


def test_a_failed_claim_is_never_refunded(world: World) -> None:
    lock = world.made(receiver="never.alice.test")
    world.claim(lock)
    world.pass_timelock(lock)
    assert "ERR_CLAIMED" in errors(world.refund(lock))
    assert "ERR_NOT_PAID" in errors(world.remove(lock))
    assert world.standing(lock) == ("claimed", "failed")


def test_an_unregistered_token_receiver_is_paid_when_registered(world: World) -> None:
    lock = world.made(receiver=CAROL, token=TOKEN)
    assert "ERR_NOT_REGISTERED" in errors(world.claim(lock))
    assert world.standing(lock) == ("claimed", "failed")
    world.check_solvent()
    world.register(CAROL)
    world.pay(lock)
    assert world.tokens(CAROL) == lock.amount
    assert world.standing(lock) == ("claimed", "paid")


def test_a_blocked_receiver_is_paid_when_unblocked(world: World) -> None:
    lock = world.made(token=TOKEN)
    world.block(BOB, True)
    before = world.tokens(BOB)
    assert "ERR_BLOCKED" in errors(world.claim(lock))
    assert "ERR_BLOCKED" in errors(world.pay(lock))
    world.check_solvent()
    world.block(BOB, False)
    world.pay(lock)
    assert world.tokens(BOB) == before + lock.amount


def test_a_blocked_sender_is_refunded_when_unblocked(world: World) -> None:
    lock = world.made(token=TOKEN)
    world.pass_timelock(lock)
    world.block(ALICE, True)
    world.refund(lock)
    assert world.standing(lock) == ("refunded", "failed")
    world.block(ALICE, False)
    before = world.tokens(ALICE)
    world.pay(lock)
    assert world.tokens(ALICE) == before + lock.amount


def test_only_the_contract_reports_payments_and_only_settled_locks_are_paid(world: World) -> None:
    lock = world.made()
    assert "ERR_NOT_SETTLED" in errors(world.pay(lock))
    assert "ERR_PRIVATE" in errors(world.act("on_payout", {"id": lock.id}, CAROL))
