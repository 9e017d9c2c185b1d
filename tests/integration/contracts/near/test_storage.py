"""Storage: each lock holds its price to the yocto, and gives it back."""

from tests.integration.contracts.near.world import (
    ALICE,
    BYTE_PRICE,
    MALLORY,
    NEAR,
    TOKEN,
    Lock,
    World,
    errors,
    event_names,
)


def cost(world: World, lock: Lock) -> int:
    return int(world.view("lock_storage_cost", {"receiver": lock.receiver, "token": lock.token}))


def spare(lock: Lock) -> int:
    """What the price has in store for a sender with the longest account id."""
    return (64 - len(lock.sender)) * BYTE_PRICE


def test_a_lock_holds_what_the_chain_counts_and_frees_it(world: World) -> None:
    usage, (total, available) = world.usage(), world.storage(ALICE)
    lock = world.made()
    assert cost(world, lock) == (world.usage() - usage) * BYTE_PRICE + spare(lock)
    assert world.storage(ALICE) == (total, available - cost(world, lock))
    during = world.usage()
    world.claim(lock)
    assert world.usage() == during
    world.pass_timelock(lock)
    assert event_names(world.remove(lock)) == ["lock_removed"]
    assert (world.usage(), world.storage(ALICE)) == (usage, (total, available))
    assert world.get(lock) is None


def test_a_token_lock_pays_the_yocto_of_its_payment(world: World) -> None:
    usage, (total, available) = world.usage(), world.storage(ALICE)
    lock = world.made(token=TOKEN)
    assert cost(world, lock) == (world.usage() - usage) * BYTE_PRICE + spare(lock) + 1
    world.claim(lock)
    world.pass_timelock(lock)
    world.remove(lock)
    assert (world.usage(), world.storage(ALICE)) == (usage, (total - 1, available - 1))


def test_a_lock_is_kept_until_its_retention_is_over(world: World) -> None:
    lock = world.made(seconds=100)
    world.claim(lock)
    assert "ERR_NOT_EXPIRED" in errors(world.remove(lock))
    world.chain.advance_time(101)
    assert "ERR_RETENTION" in errors(world.remove(lock))
    world.chain.advance_time(500)
    assert event_names(world.remove(lock)) == ["lock_removed"]
    assert "ERR_NOT_FOUND" in errors(world.remove(lock))


def test_a_deposit_is_taken_used_withdrawn_and_left_exactly(world: World) -> None:
    minimum = int(world.view("storage_balance_bounds")["min"])
    lock = world.terms(sender=MALLORY)
    needed = minimum + cost(world, lock)
    world.act("storage_deposit", {}, MALLORY, needed - 1)
    assert "ERR_STORAGE" in errors(world.make(lock, check=False))
    world.act("storage_deposit", {}, MALLORY, 1)
    world.make(lock)
    assert world.storage(MALLORY) == (needed, 0)
    assert "ERR_STORAGE" in errors(world.act("storage_withdraw", {"amount": "1"}, MALLORY, 1))
    assert "ERR_STORAGE_HELD" in errors(world.act("storage_unregister", {"force": True}, MALLORY, 1))
    world.claim(lock)
    world.pass_timelock(lock)
    world.remove(lock)
    assert world.storage(MALLORY) == (needed, cost(world, lock))
    world.act("storage_withdraw", {}, MALLORY, 1)
    assert world.storage(MALLORY) == (minimum, 0)
    world.act("storage_unregister", {}, MALLORY, 1)
    assert world.storage(MALLORY) == (0, 0)


def test_registration_only_keeps_no_more_than_the_price(world: World) -> None:
    minimum = int(world.view("storage_balance_bounds")["min"])
    before = world.chain.balance(MALLORY)
    world.act("storage_deposit", {"registration_only": True}, MALLORY, 5 * NEAR)
    assert world.storage(MALLORY) == (minimum, 0)
    assert before - world.chain.balance(MALLORY) < minimum + NEAR // 100
    world.act("storage_unregister", {}, MALLORY, 1)
