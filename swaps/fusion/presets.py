"""The auctions that a quote offers: pure.

We are the only resolver and pay at once, so our own presets are flat: what is quoted is paid, whenever the order is filled,
and the presets differ in how long that may take. A custom preset may decay; its maker is paid the highest price of its curve.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chains.codec.auction import Auction
from pricing.auction import Curve, bump_within, bumped

DURATIONS = {"fast": 180, "medium": 360, "slow": 600}
"""Seconds; the time that a fill may take to be mined is added."""
RECOMMENDED = "fast"
CUSTOM = "custom"
START_IN = 0
ORDER_DELAY = 12
"""Seconds that the SDK lets an order live after its auction."""


@dataclass(frozen=True, slots=True)
class Preset:
    """An auction without a time: it ends at `end_amount` (destination base units) after `duration` seconds. Bumps in
    ten-millionths; a point is (bump, seconds after the one before)."""

    end_amount: int
    duration: int
    initial_bump: int = 0
    points: tuple[tuple[int, int], ...] = ()

    @property
    def start_amount(self) -> int:
        """What the auction asks for at its beginning: rounded up, as the contract does."""
        return bumped(self.end_amount, self.initial_bump)

    @property
    def highest_amount(self) -> int:
        """The most that it ever asks for: what its maker is paid."""
        return Curve(Auction(0, self.duration, self.initial_bump, self.points)).highest_taking(self.end_amount)

    def is_of(self, taking_amount: int, auction: Auction) -> bool:
        """Whether an order with this taking amount and auction was made from it."""
        return (self.end_amount, self.duration, self.initial_bump, self.points) == (
            taking_amount,
            auction.duration,
            auction.initial_bump,
            auction.points,
        )

    def to_json(self) -> dict[str, Any]:
        """As it is stored; amounts are decimal strings."""
        return {
            "endAmount": str(self.end_amount),
            "duration": self.duration,
            "initialRateBump": self.initial_bump,
            "points": [list(point) for point in self.points],
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Preset":
        """The inverse of `to_json`."""
        points = tuple((bump, delay) for bump, delay in value["points"])
        return cls(int(value["endAmount"]), value["duration"], value["initialRateBump"], points)


def flat_presets(amount: int, inclusion_seconds: int) -> dict[str, Preset]:
    """Ours, for an amount that does not change."""
    return {name: Preset(amount, duration + inclusion_seconds) for name, duration in DURATIONS.items()}


def custom_preset(*, start: int, end: int, duration: int, points: Sequence[tuple[int, int]]) -> Preset:
    """A client's own: from `start` to `end` over `duration` seconds, through points of (amount, delay)."""
    bent = tuple((bump_within(amount, end), delay) for amount, delay in points)
    return Preset(end, duration, bump_within(start, end), bent)
