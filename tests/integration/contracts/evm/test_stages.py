"""Every function of an escrow opens and closes at the very second its stage says, on both sides."""

from typing import Any

import pytest

from devnet.evm.contracts import Reverted
from devnet.evm.deploy import RESCUE_DELAY
from devnet.evm.terms import DEFAULT_STAGES as STAGES
from devnet.evm.world import AMOUNT, DEPOSIT, MAKER, SECRET, STRANGER, TAKER, Lock, World

YEAR = 365 * 24 * 3600

# side, function, caller, first second at which it works, first second at which it no longer does, who gets the amount
WINDOWS: list[tuple[str, str, str, int, int | None, str]] = [
    ("src", "withdraw", TAKER.address, STAGES.src_withdrawal, STAGES.src_cancellation, TAKER.address),
    ("src", "withdrawTo", TAKER.address, STAGES.src_withdrawal, STAGES.src_cancellation, STRANGER.address),
    ("src", "publicWithdraw", STRANGER.address, STAGES.src_public_withdrawal, STAGES.src_cancellation, TAKER.address),
    ("src", "cancel", TAKER.address, STAGES.src_cancellation, None, MAKER.address),
    ("src", "publicCancel", STRANGER.address, STAGES.src_public_cancellation, None, MAKER.address),
    ("src", "rescueFunds", TAKER.address, RESCUE_DELAY, None, TAKER.address),
    ("dst", "withdraw", TAKER.address, STAGES.dst_withdrawal, STAGES.dst_cancellation, MAKER.address),
    ("dst", "publicWithdraw", STRANGER.address, STAGES.dst_public_withdrawal, STAGES.dst_cancellation, MAKER.address),
    ("dst", "cancel", STRANGER.address, STAGES.dst_cancellation, None, TAKER.address),
    ("dst", "rescueFunds", TAKER.address, RESCUE_DELAY, None, TAKER.address),
]
CASES = [pytest.param(*window, id=f"{window[0]}-{window[1]}") for window in WINDOWS]
COLUMNS = ("side", "function", "caller", "opens", "closes", "payee")


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


@pytest.mark.parametrize(COLUMNS, CASES)
def test_refused_one_second_before_it_opens(
    world: World, side: str, function: str, caller: str, opens: int, closes: int | None, payee: str
) -> None:
    made = lock(world, side)
    with pytest.raises(Reverted, match="^InvalidTime$"):
        send(made, function, caller, opens - 1)
    assert world.held(made.escrow.address) == AMOUNT


@pytest.mark.parametrize(COLUMNS, CASES)
def test_pays_from_the_second_it_opens(
    world: World, side: str, function: str, caller: str, opens: int, closes: int | None, payee: str
) -> None:
    made = lock(world, side)
    tokens, coins = world.held(payee), world.native(caller)
    receipt = send(made, function, caller, opens)
    assert world.time_of(receipt) == made.terms.created_at + opens
    assert world.held(payee) - tokens == AMOUNT
    deposit = 0 if function == "rescueFunds" else DEPOSIT
    assert world.native(caller) - coins == deposit - world.cost_of(receipt)
    assert world.held(made.escrow.address) == 0


@pytest.mark.parametrize(COLUMNS, CASES)
def test_pays_until_the_second_before_it_closes(
    world: World, side: str, function: str, caller: str, opens: int, closes: int | None, payee: str
) -> None:
    made = lock(world, side)
    before = world.held(payee)
    send(made, function, caller, YEAR if closes is None else closes - 1)
    assert world.held(payee) - before == AMOUNT


@pytest.mark.parametrize(COLUMNS, [case for case in CASES if case.values[4] is not None])
def test_refused_from_the_second_it_closes(
    world: World, side: str, function: str, caller: str, opens: int, closes: int, payee: str
) -> None:
    made = lock(world, side)
    with pytest.raises(Reverted, match="^InvalidTime$"):
        send(made, function, caller, closes)
    assert world.held(made.escrow.address) == AMOUNT


@pytest.mark.parametrize(
    ("side", "function"),
    [(side, function) for side, function, caller, *_ in WINDOWS if caller == TAKER.address],
)
@pytest.mark.parametrize("caller", [MAKER.address, STRANGER.address])
def test_the_takers_functions_are_his(world: World, side: str, function: str, caller: str) -> None:
    made = lock(world, side)
    for seconds in (0, 10, 120, 240, 300, RESCUE_DELAY):
        with pytest.raises(Reverted, match="^InvalidCaller$"):
            made.escrow.call(function, *arguments(function, made), sender=caller, at=made.terms.created_at + seconds)


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
