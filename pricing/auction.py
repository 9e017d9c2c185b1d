"""The Dutch auction, in the field's terms and in whole numbers: pure.

An order's `taking_amount` is what its auction ends at. Until then a taker gives more, by a **rate bump** in ten-millionths
(`BUMP_BASE` is 100 %), and the bump over time is a polyline: from `initial_bump` at `start_time` through the points down to
0 at the end. What gas costs above its estimate comes off the bump. This is the auction of 1inch's Fusion+ (v1), to the unit
as `contracts/evm/src/libraries/AuctionLib.sol` has it:

    bump(t)    floor(((t - t0) * b1 + (t1 - t) * b0) / (t1 - t0))           on the segment (t0, b0) to (t1, b1)
    gas bump   floor(floor(estimate * base fee / price estimate) / 1,000,000)
    taking     ceil(order taking * making * (D + bump) / (order making * D))
    making     floor(order making * taking * D / (order taking * (D + bump)))

`LinearDecay` is the other auction of the field (seed 004): one straight line from a start amount to an end amount. Both stand on
`Line`, so that between two corners there is one arithmetic. Times are unix seconds, amounts base units; nothing here is a
float. What an auction looks like in bytes is `chains.codec.auction`.
"""

from bisect import bisect_left
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from chains.codec.abi import MAX_UINT256
from chains.codec.auction import Auction
from pricing.amounts import mul_div_down, mul_div_up

BUMP_BASE = 10_000_000
"""A rate bump of 100 %."""
GAS_PRICE_BASE = 1_000_000
"""Wei in one unit of an auction's `gas_price_estimate`: 1000 is 1 gwei."""


class InvalidAuction(ValueError):
    """The numbers of an auction that make none."""


class Line(NamedTuple):
    """A straight line over whole seconds: `(slope * t + offset) / seconds`."""

    slope: int
    offset: int
    seconds: int

    @classmethod
    def through(cls, left: int, height: int, right: int, next_height: int) -> "Line":
        """From (left, height) to (right, next_height), where right is after left."""
        return cls(next_height - height, right * height - left * next_height, right - left)

    @classmethod
    def flat(cls, height: int) -> "Line":
        """The same height for ever."""
        return cls(0, height, 1)

    def down(self, at: int) -> int:
        """The height, rounded down."""
        return (self.slope * at + self.offset) // self.seconds

    def up(self, at: int) -> int:
        """The height, rounded up."""
        return -((-self.slope * at - self.offset) // self.seconds)


class Curve:
    """An auction made ready to be asked many times: its segments are worked out once, a question is a search among them.

    The auction is one that `Auction.encode` would write; points that lie after its end bend the line towards them and are
    never reached, as on chain.
    """

    __slots__ = ("_lines", "_until", "auction")

    def __init__(self, auction: Auction) -> None:
        self.auction = auction
        self._until, self._lines = _segments(auction)

    def auction_bump(self, at: int) -> int:
        """The bump of the polyline at a second, before gas: the whole of it until the start, none from the end on."""
        slope, offset, seconds = self._lines[bisect_left(self._until, at)]
        return (slope * at + offset) // seconds

    def corners(self) -> tuple[int, ...]:
        """The last second of each straight piece, in order. After the last of them the bump stays as it is."""
        return (*self._until, self.auction.ends_at)

    def rate_bump(self, at: int, base_fee: int = 0) -> int:
        """The bump that the contract finds in a block of that time and base fee (wei)."""
        auction = self.auction
        bump = self.auction_bump(at)
        if not (base_fee and auction.gas_bump_estimate):
            return bump
        return max(0, bump - gas_bump(auction.gas_bump_estimate, auction.gas_price_estimate, base_fee))

    def taking_amount(self, order_taking: int, at: int, base_fee: int = 0) -> int:
        """What a fill of the whole order costs then."""
        return bumped(order_taking, self.rate_bump(at, base_fee))

    @property
    def highest_bump(self) -> int:
        """The largest bump of the whole curve."""
        return max(self.auction.initial_bump, *(bump for bump, _ in self.auction.points), 0)

    def highest_taking(self, order_taking: int) -> int:
        """The most that a fill of the whole order can cost, at any time and any price of gas."""
        return bumped(order_taking, self.highest_bump)

    def fits_the_chain(self, order_making: int, order_taking: int) -> bool:
        """Whether the contract can say what every fill takes: its product must not leave 256 bits."""
        return order_making * order_taking * (BUMP_BASE + self.highest_bump) <= MAX_UINT256


def _segments(auction: Auction) -> tuple[tuple[int, ...], tuple[Line, ...]]:
    """The lines in order, and the last second of each but the last, which lasts for ever."""
    finish, time = auction.ends_at, auction.start_time
    corners = [(time, auction.initial_bump)]
    for bump, delay in auction.points:
        time += delay
        corners.append((time, bump))
    until, lines = [auction.start_time], [Line.flat(auction.initial_bump)]
    for (left, height), (right, next_height) in pairwise([*corners, (finish, 0)]):
        if left >= finish:
            break
        if right > left:
            until.append(min(right, finish - 1))
            lines.append(Line.through(left, height, right, next_height))
    return tuple(until), (*lines, Line.flat(0))


def gas_bump(gas_bump_estimate: int, gas_price_estimate: int, base_fee: int) -> int:
    """What comes off the bump for gas at a base fee in wei; nothing where the auction estimates nothing."""
    if not gas_price_estimate:
        return 0
    return gas_bump_estimate * base_fee // gas_price_estimate // GAS_PRICE_BASE


def bumped(amount: int, rate_bump: int) -> int:
    """An amount and so much more, rounded up: in the maker's favour."""
    return mul_div_up(amount, BUMP_BASE + rate_bump, BUMP_BASE)


def taking_for(making: int, order_making: int, order_taking: int, rate_bump: int) -> int:
    """What the contract demands for a fill of `making`: one product, one division, rounded up."""
    return mul_div_up(making * order_taking, BUMP_BASE + rate_bump, order_making * BUMP_BASE)


def making_for(taking: int, order_making: int, order_taking: int, rate_bump: int) -> int:
    """What the contract hands out for `taking`: one product, one division, rounded down."""
    return mul_div_down(taking * order_making, BUMP_BASE, order_taking * (BUMP_BASE + rate_bump))


def taking_by_sdk(making: int, order_making: int, order_taking: int, rate_bump: int) -> int:
    """What 1inch's SDKs tell for the same fill: the part is rounded up, then bumped and rounded up again.

    Never below what the contract demands, and at times a unit or two above: to compare with what others show.
    """
    return bumped(mul_div_up(making, order_taking, order_making), rate_bump)


def bump_between(amount: int, end_amount: int) -> int:
    """The bump that takes `end_amount` to `amount` or above, rounded up: the published quoter's `initialRateBump`."""
    return mul_div_up(amount, BUMP_BASE, end_amount) - BUMP_BASE


def bump_within(amount: int, end_amount: int) -> int:
    """The bump at which an auction that ends at `end_amount` asks for `amount` and no more: rounded down."""
    return mul_div_down(amount, BUMP_BASE, end_amount) - BUMP_BASE


def gas_bump_estimate(gas_cost: int, end_amount: int) -> int:
    """The share of an auction that a fill's gas is thought to cost; the cost in base units of the token that is given."""
    return mul_div_down(gas_cost, BUMP_BASE, end_amount)


@dataclass(frozen=True, slots=True)
class LinearDecay:
    """Seed 004's auction: what is asked falls from `start_amount` to `end_amount` in a straight line. Base units.

    Raises `InvalidAuction` where it would rise, ask for less than nothing, or take no time.
    """

    start_time: int
    duration: int
    start_amount: int
    end_amount: int

    def __post_init__(self) -> None:
        if self.duration < 1:
            raise InvalidAuction(f"an auction takes a second or more, and this one {self.duration}")
        if not 0 <= self.end_amount <= self.start_amount:
            raise InvalidAuction(f"an auction falls, and this one goes from {self.start_amount} to {self.end_amount}")

    @property
    def ends_at(self) -> int:
        """Unix seconds from which on it asks for the end amount."""
        return self.start_time + self.duration

    def taking_amount(self, at: int) -> int:
        """`start - floor((start - end) * elapsed / duration)`: the line rounded up, in the maker's favour."""
        inside = min(max(at, self.start_time), self.ends_at)
        return Line.through(self.start_time, self.start_amount, self.ends_at, self.end_amount).up(inside)

    def per_second(self) -> int:
        """How much it falls in a second, rounded down."""
        return (self.start_amount - self.end_amount) // self.duration

    def remaining(self, at: int) -> int:
        """Seconds to the end; all of them before the start."""
        return min(max(self.ends_at - at, 0), self.duration)

    def progress(self, at: int) -> Fraction:
        """The share of the time that has gone: 0 to 1."""
        return Fraction(self.duration - self.remaining(at), self.duration)
