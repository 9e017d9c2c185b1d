"""The curve in Python is the curve of our contracts: 10,000 random auctions, fills, times and base fees, asked of anvil."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

import pytest

from chains.codec.auction import MAX_BUMP, Auction
from devnet.evm.anvil import Anvil
from devnet.evm.contracts import Reverted
from devnet.evm.terms import NATIVE
from devnet.evm.world import World
from pricing.auction import Curve, making_for, taking_for

GENESIS = 1_600_000_000
INPUTS = 10_000
AT_ONCE = 500
BITS = 256 - 25  # of both of an order's amounts together, so that its product with the largest bump has 256


@dataclass(frozen=True)
class Input:
    """A question to both: what a fill of `making` takes, and what `taking` makes, in such a block."""

    auction: Auction
    order_making: int
    order_taking: int
    making: int
    taking: int
    at: int
    base_fee: int

    def ours(self) -> tuple[int, int]:
        """What Python answers."""
        bump = Curve(self.auction).rate_bump(self.at, self.base_fee)
        order = self.order_making, self.order_taking
        return taking_for(self.making, *order, bump), making_for(self.taking, *order, bump)


def amount(dice: random.Random, most_bits: int) -> int:
    """Of every size alike, the powers of two among them."""
    bits = dice.randrange(1, most_bits + 1)
    return dice.choice([2 ** (bits - 1), 2**bits - 1, dice.randrange(2 ** (bits - 1), 2**bits)])


def auction(dice: random.Random) -> Auction:
    """Steep, flat, rising and falling; points together, at the end and after it; short, empty and long."""
    bumps = [0, MAX_BUMP, *(dice.randrange(MAX_BUMP + 1) for _ in range(4))]
    points = tuple((dice.choice(bumps), dice.choice([0, 1, 2, 30, 200, 2**16 - 1])) for _ in range(dice.randrange(6)))
    ends = [0, 1, 180, 600, 2**24 - 1, sum(delay for _, delay in points) % 2**24]
    return Auction(
        start_time=GENESIS + dice.choice([0, 10**6]),
        duration=dice.choice(ends),
        initial_bump=dice.choice(bumps),
        points=points,
        gas_bump_estimate=dice.choice([0, 24, 10_000, MAX_BUMP]),
        gas_price_estimate=dice.choice([0, 1, 221, 1000, 2**32 - 1]),
    )


def moment(dice: random.Random, of: Auction) -> int:
    """At a corner, beside it, or anywhere inside; now and then before the start or after the end."""
    delays = accumulate((delay for _, delay in of.points), initial=0)
    corner = dice.choice([*delays, of.duration])
    anywhere = dice.randrange(of.duration + 1)
    return of.start_time + dice.choice([corner + dice.randrange(-1, 2), anywhere, anywhere, -5, of.duration + 5])


def question(dice: random.Random) -> Input:
    of, order_making = auction(dice), amount(dice, 128)
    order_taking = amount(dice, min(128, BITS - order_making.bit_length()))
    return Input(
        auction=of,
        order_making=order_making,
        order_taking=order_taking,
        making=dice.choice([1, order_making, dice.randrange(1, order_making + 1)]),
        taking=dice.choice([1, order_taking, dice.randrange(1, order_taking + 1)]),
        at=moment(dice, of),
        base_fee=dice.choice([0, 1, dice.randrange(10**9), dice.randrange(10**12)]),
    )


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with Anvil(genesis_time=GENESIS) as anvil:
        yield World(anvil, "keccak256")


def calls(world: World, one: Input) -> list[tuple[object, ...]]:
    """The two questions as `eth_call`s in a block of that time and base fee."""
    block = {"time": hex(one.at), "baseFeePerGas": hex(one.base_fee)}
    order = (0, 0, 0, 0, 0, one.order_making, one.order_taking, 0)
    asked = (("getTakingAmount", one.making), ("getMakingAmount", one.taking))
    data = [
        world.factory.encode(name, order, b"", bytes(32), NATIVE, part, 0, one.auction.encode()) for name, part in asked
    ]
    return [("eth_call", {"to": world.factory.address, "data": "0x" + one.hex()}, "latest", {}, block) for one in data]


def test_ten_thousand_random_inputs(world: World) -> None:
    dice = random.Random(11)
    questions = [question(dice) for _ in range(INPUTS)]
    met = set()
    for begin in range(0, INPUTS, AT_ONCE):
        some = questions[begin : begin + AT_ONCE]
        answers = world.anvil.rpc.batch([call for one in some for call in calls(world, one)])
        for place, one in enumerate(some):
            theirs = int(answers[2 * place], 16), int(answers[2 * place + 1], 16)
            assert one.ours() == theirs, one
            met.add(Curve(one.auction).rate_bump(one.at, one.base_fee))
    assert len(met) > INPUTS // 4, "the inputs meet too few different bumps to prove anything"


@pytest.mark.parametrize("beyond", [0, 1])
def test_what_fits_the_chain(world: World, beyond: int) -> None:
    """The largest order that the contract can price, and the next one."""
    of = Auction(GENESIS + 1000, 60, 6_777_216)
    order_making, order_taking = 2**128, 2**104 - 1 + beyond
    assert Curve(of).fits_the_chain(order_making, order_taking) is not bool(beyond)
    order = (0, 0, 0, 0, 0, order_making, order_taking, 0)
    arguments = (order, b"", bytes(32), NATIVE, order_making, 0, of.encode())
    if beyond:
        with pytest.raises(Reverted):
            world.factory.call("getTakingAmount", *arguments, at=GENESIS + 5)
    else:
        wanted = taking_for(order_making, order_making, order_taking, of.initial_bump)
        assert world.factory.call("getTakingAmount", *arguments, at=GENESIS + 5) == wanted
