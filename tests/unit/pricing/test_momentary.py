"""What is remembered for a moment is never older, and a change made meanwhile is never overlooked."""

import pytest

from pricing.momentary import NANOSECONDS, Momentary


class World:
    def __init__(self) -> None:
        self.now, self.value, self.reads = 0, "old", 0

    def read(self) -> str:
        self.reads += 1
        return self.value


@pytest.fixture
def world() -> World:
    return World()


def test_it_is_read_again_within_a_second(world: World) -> None:
    kept = Momentary(world.read, clock=lambda: world.now)
    assert kept.get() == kept.get() == "old"
    world.value = "new"
    world.now = NANOSECONDS - 1
    assert (kept.get(), world.reads) == ("old", 1)
    world.now = NANOSECONDS
    assert (kept.get(), world.reads) == ("new", 2)
    assert NANOSECONDS < 10**9


def test_what_is_forgotten_is_read_again(world: World) -> None:
    kept = Momentary(world.read, clock=lambda: world.now)
    kept.get()
    world.value = "new"
    kept.forget()
    assert kept.get() == "new"


def test_what_was_read_before_a_change_is_not_kept_after_it(world: World) -> None:
    def read() -> str:
        found = world.read()
        if world.reads == 1:
            world.value = "new"
            kept.forget()
        return found

    kept = Momentary(read, clock=lambda: world.now)
    assert kept.get() == "old"
    assert kept.get() == "new"


def test_a_failure_is_not_kept(world: World) -> None:
    def read() -> str:
        if world.read() and world.reads == 1:
            raise OSError("away")
        return world.value

    kept = Momentary(read, clock=lambda: world.now)
    with pytest.raises(OSError, match="away"):
        kept.get()
    assert kept.get() == "old"
