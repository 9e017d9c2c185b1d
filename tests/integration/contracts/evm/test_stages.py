"""Every function of an escrow opens and closes at the very second its stage says, on both sides."""

from dataclasses import dataclass
from typing import Any

import pytest

from devnet.evm.contracts import refused
from devnet.evm.deploy import RESCUE_DELAY
from devnet.evm.terms import DEFAULT_STAGES as STAGES
from devnet.evm.world import AMOUNT, DEPOSIT, MAKER, SECRET, STRANGER, TAKER, Lock, World

YEAR = 365 * 24 * 3600


@dataclass(frozen=True)
class Window:
    """When a function works, in seconds after creation: from `opens` to before `closes`; and who gets the amount."""

    side: str
    function: str
    caller: str
    opens: int
    closes: int | None
    payee: str

    def __str__(self) -> str:
        return f"{self.side}-{self.function}"


PUBLIC, TAKERS = STRANGER.address, TAKER.address
WINDOWS = [
    Window("src", "withdraw", TAKERS, STAGES.src_withdrawal, STAGES.src_cancellation, TAKERS),
    Window("src", "withdrawTo", TAKERS, STAGES.src_withdrawal, STAGES.src_cancellation, STRANGER.address),
    Window("src", "publicWithdraw", PUBLIC, STAGES.src_public_withdrawal, STAGES.src_cancellation, TAKERS),
    Window("src", "cancel", TAKERS, STAGES.src_cancellation, None, MAKER.address),
    Window("src", "publicCancel", PUBLIC, STAGES.src_public_cancellation, None, MAKER.address),
    Window("src", "rescueFunds", TAKERS, RESCUE_DELAY, None, TAKERS),
    Window("dst", "withdraw", TAKERS, STAGES.dst_withdrawal, STAGES.dst_cancellation, MAKER.address),
    Window("dst", "publicWithdraw", PUBLIC, STAGES.dst_public_withdrawal, STAGES.dst_cancellation, MAKER.address),
    Window("dst", "cancel", PUBLIC, STAGES.dst_cancellation, None, TAKERS),
    Window("dst", "rescueFunds", TAKERS, RESCUE_DELAY, None, TAKERS),
]
every_window = pytest.mark.parametrize("window", WINDOWS, ids=str)
every_closing_window = pytest.mark.parametrize("window", [each for each in WINDOWS if each.closes], ids=str)


def lock(world: World, side: str) -> Lock:
    return world.lock_source() if side == "src" else world.lock_destination()


def arguments(function: str, lock: Lock) -> tuple[Any, ...]:
    words = lock.terms.words
    return {
        "withdraw": (SECRET, words),
        "withdrawTo": (SECRET, STRANGER.address, words),
        "publicWithdraw": (SECRET, words),
        "cancel": (words,),
        "publicCancel": (words,),
        "rescueFunds": (lock.terms.token, AMOUNT, words),
    }[function]


def send(lock: Lock, function: str, caller: str, seconds: int) -> dict[str, Any]:
    moment = lock.terms.created_at + seconds
    return lock.escrow.send(function, *arguments(function, lock), sender=caller, at=moment)


@every_window
def test_refused_one_second_before_it_opens(world: World, window: Window) -> None:
    made = lock(world, window.side)
    with refused("InvalidTime"):
        send(made, window.function, window.caller, window.opens - 1)
    assert world.held(made.escrow.address) == AMOUNT


@every_window
def test_pays_from_the_second_it_opens(world: World, window: Window) -> None:
    made = lock(world, window.side)
    tokens, coins = world.held(window.payee), world.native(window.caller)
    receipt = send(made, window.function, window.caller, window.opens)
    assert world.time_of(receipt) == made.terms.created_at + window.opens
    assert world.held(window.payee) - tokens == AMOUNT
    deposit = 0 if window.function == "rescueFunds" else DEPOSIT
    assert world.native(window.caller) - coins == deposit - world.cost_of(receipt)
    assert world.held(made.escrow.address) == 0


@every_window
def test_pays_until_the_second_before_it_closes(world: World, window: Window) -> None:
    made = lock(world, window.side)
    before = world.held(window.payee)
    send(made, window.function, window.caller, YEAR if window.closes is None else window.closes - 1)
    assert world.held(window.payee) - before == AMOUNT


@every_closing_window
def test_refused_from_the_second_it_closes(world: World, window: Window) -> None:
    made = lock(world, window.side)
    assert window.closes is not None
    with refused("InvalidTime"):
        send(made, window.function, window.caller, window.closes)
    assert world.held(made.escrow.address) == AMOUNT


@pytest.mark.parametrize("window", [each for each in WINDOWS if each.caller == TAKERS], ids=str)
@pytest.mark.parametrize("caller", [MAKER.address, STRANGER.address])
def test_the_takers_functions_are_his(world: World, window: Window, caller: str) -> None:
    made = lock(world, window.side)
    for seconds in (0, 10, 120, 240, 300, RESCUE_DELAY):
        at = made.terms.created_at + seconds
        with refused("InvalidCaller"):
            made.escrow.call(window.function, *arguments(window.function, made), sender=caller, at=at)


@pytest.mark.parametrize("side", ["src", "dst"])
def test_the_taker_may_still_withdraw_in_the_public_window(world: World, side: str) -> None:
    made = lock(world, side)
    opens = STAGES.src_public_withdrawal if side == "src" else STAGES.dst_public_withdrawal
    send(made, "withdraw", TAKER.address, opens)
    assert world.held(made.escrow.address) == 0


def test_the_taker_may_still_cancel_the_source_in_the_public_window(world: World) -> None:
    made = lock(world, "src")
    send(made, "cancel", TAKER.address, STAGES.src_public_cancellation)
    assert world.held(MAKER.address) == AMOUNT


@pytest.mark.parametrize("caller", [MAKER.address, TAKER.address, STRANGER.address])
def test_the_public_stages_are_open_to_all(world: World, caller: str) -> None:
    source, destination = world.lock_source(), world.lock_destination()
    base = source.terms.created_at
    source.escrow.call(
        "publicWithdraw", SECRET, source.terms.words, sender=caller, at=base + STAGES.src_public_withdrawal
    )
    source.escrow.call("publicCancel", source.terms.words, sender=caller, at=base + STAGES.src_public_cancellation)
    base = destination.terms.created_at
    destination.escrow.call(
        "publicWithdraw", SECRET, destination.terms.words, sender=caller, at=base + STAGES.dst_public_withdrawal
    )
    destination.escrow.call("cancel", destination.terms.words, sender=caller, at=base + STAGES.dst_cancellation)
