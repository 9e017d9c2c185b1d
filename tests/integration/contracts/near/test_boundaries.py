"""Claims end and refunds begin at one nanosecond, of the block in which they run."""

from collections.abc import Callable, Iterator

import pytest

from tests.integration.contracts.near.world import SECOND, Lock, Outcome, World, errors

Act = Callable[[Lock], Outcome]


@pytest.fixture(autouse=True)
def moving_clock(world: World) -> Iterator[None]:
    """The clock runs on when a test has stopped it."""
    yield
    world.chain.rpc("devnet_set_time", {"timestamp_ns": world.now() + SECOND})


def run_at(world: World, nanoseconds: int, act: Act, lock: Lock) -> Outcome:
    """Run a call so that its receipt is in the block of exactly this time: as long after the clock as a failing one was."""
    lead = nanoseconds - SECOND
    world.chain.rpc("devnet_set_time", {"timestamp_ns": lead, "frozen": True})
    delay = world.time_of(world.claim(lock, secret="00" * 32)) - lead
    world.chain.rpc("devnet_set_time", {"timestamp_ns": nanoseconds - delay, "frozen": True})
    outcome = act(lock)
    assert world.time_of(outcome) == nanoseconds
    return outcome


def test_a_claim_in_the_last_nanosecond_is_paid(world: World) -> None:
    lock = world.made()
    run_at(world, lock.timelock * SECOND - 1, world.claim, lock)
    assert world.standing(lock) == ("claimed", "paid")


def test_a_claim_at_the_timelock_is_refused(world: World) -> None:
    lock = world.made()
    outcome = run_at(world, lock.timelock * SECOND, world.claim, lock)
    assert "ERR_EXPIRED" in errors(outcome)
    assert world.standing(lock) == ("locked", "none")


def test_a_refund_in_the_last_nanosecond_is_refused(world: World) -> None:
    lock = world.made()
    outcome = run_at(world, lock.timelock * SECOND - 1, world.refund, lock)
    assert "ERR_NOT_EXPIRED" in errors(outcome)
    assert world.standing(lock) == ("locked", "none")


def test_a_refund_at_the_timelock_is_paid(world: World) -> None:
    lock = world.made()
    run_at(world, lock.timelock * SECOND, world.refund, lock)
    assert world.standing(lock) == ("refunded", "paid")


@pytest.mark.parametrize(("early", "made"), [(1, True), (0, False)])
def test_a_lock_must_be_made_before_its_timelock(world: World, early: int, made: bool) -> None:
    lock, probe = world.terms(), world.made()
    lock.timelock = probe.timelock
    lock.id = world.view("lock_id", lock.terms)
    outcome = run_at(world, lock.timelock * SECOND - early, lambda _: world.make(lock, check=False), probe)
    assert ("ERR_TIMELOCK" in errors(outcome)) is not made
    assert (world.get(lock) is not None) is made
