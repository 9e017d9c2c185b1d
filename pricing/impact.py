"""What a large swap costs more than a small one: pure.

The impact is a polyline over the **share** of what a route can pay out (its `depth`: the route's largest swap or the inventory,
whichever is less), in basis points of the amount. It is worked out as an exact ratio and rounded once, with the amount: steps of
whole basis points would let a larger swap come out below a smaller one. Before it is taken, a curve is checked for just that:
on every segment the amount less its impact must grow with the amount.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from pricing.amounts import BPS, least_that, mul_div_down, mul_div_up


class InvalidImpact(ValueError):
    """A polyline that is none, or one that would give more for less."""


@dataclass(frozen=True, slots=True)
class Impact:
    """Corners of (share in bps of the depth, impact in bps of the amount), both rising from a corner at share 0 on; above the
    last corner the impact stays as it is there. Raises `InvalidImpact`."""

    corners: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        if fault := _fault(self.corners):
            raise InvalidImpact(fault)

    def bps(self, amount: int, depth: int) -> Fraction:
        """The impact on an amount, exact basis points. `depth` is positive, in the same base units."""
        return Fraction(*self._ratio(amount, depth))

    def after_down(self, amount: int, depth: int) -> int:
        """What is left of an amount, rounded down: never less for more."""
        impact, over = self._ratio(amount, depth)
        return mul_div_down(amount, BPS * over - impact, BPS * over)

    def before_up(self, wanted: int, depth: int) -> int:
        """The least amount of which `wanted` or more is left: the inverse, for an exact output."""
        most = mul_div_up(wanted, BPS, BPS - self.corners[-1][1])
        found = least_that(lambda amount: self.after_down(amount, depth) >= wanted, most)
        assert found is not None, "the highest impact leaves enough of `most`"
        return found

    def _ratio(self, amount: int, depth: int) -> tuple[int, int]:
        """Basis points as numerator and denominator: the height over the amount's share of the depth."""
        for (left, low), (right, high) in pairwise(self.corners):
            if amount * BPS <= right * depth:
                over = depth * (right - left)
                return low * over + (amount * BPS - left * depth) * (high - low), over
        return self.corners[-1][1], 1

    @classmethod
    def of(cls, corners: Iterable[Any]) -> "Impact":
        """From pairs as configured. Raises `InvalidImpact` for anything else."""
        try:
            pairs = tuple((share, bps) for share, bps in corners)
        except (TypeError, ValueError):
            raise InvalidImpact("is a list of [share in bps, impact in bps]") from None
        return cls(pairs)


def _fault(corners: tuple[tuple[int, int], ...]) -> str:
    """What is wrong with it, in words; empty where nothing is."""
    numbers = [number for corner in corners for number in corner]
    if not all(type(number) is int for number in numbers):
        return "its shares and impacts are whole numbers of basis points"
    if not corners or corners[0][0] != 0:
        return "its first corner is at share 0"
    if not all(0 <= bps < BPS for _, bps in corners):
        return f"an impact is at least 0 and below {BPS} bps"
    for (left, low), (right, high) in pairwise(corners):
        if right <= left or high < low:
            return f"its corners rise, and [{right}, {high}] does not after [{left}, {low}]"
        if BPS - high < right * Fraction(high - low, right - left):
            return f"towards [{right}, {high}] it is so steep that a larger swap would get less than a smaller one"
    return ""


NO_IMPACT = Impact(((0, 0),))
DEFAULT_IMPACT = Impact(((0, 0), (500, 0), (2500, 10), (5000, 30), (7500, 50), (10_000, 100)))
"""Nothing up to a twentieth of the depth, then the original's four figures: 0.10, 0.30, 0.50 and 1.00 percent."""
