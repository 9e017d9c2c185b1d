"""What a fill earns after gas on both chains, to the base unit of the destination token: pure.

Whoever fills gives the destination token, gets the source token, and pays for transactions on both chains in their native coins.
What is got is rounded down and what is spent up, each once, so that a fill told to earn something earns that or more at the
prices given. Prices are exact `Fraction`s of US dollars per whole token (`Side`), amounts base units.

    earned = floor(making * rate) - taking - sum of ceil(spent * native rate)
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from pricing.amounts import BPS, Side, convert_down, convert_up, mul_div_down, mul_div_up
from pricing.auction import Curve, taking_for
from pricing.fees import Rates, settle


class LosingSwap(ValueError):
    """A swap that would earn less than it must."""


@dataclass(frozen=True, slots=True)
class ChainCost:
    """What one chain takes for its part, base units of its native coin (wei, yoctoNEAR).

    `gas`: fees burnt or paid, on OP chains the L1 data and the operator's fee too. `storage`: deposits that do not come back, as
    those for the secret's slot and for a receiver's registration on NEAR (NEP-145). A safety deposit comes back and is no cost.
    """

    native: Side
    gas: int
    storage: int = 0

    @property
    def spent(self) -> int:
        """Native base units."""
        return self.gas + self.storage


@dataclass(frozen=True, slots=True)
class Market:
    """The two tokens of a swap at their prices, and both chains' costs."""

    source: Side
    destination: Side
    costs: Sequence[ChainCost] = ()

    def worth(self, making: int) -> int:
        """An amount of the source token in destination base units, rounded down."""
        return convert_down(making, self.source.rate_to(self.destination))

    def network_fees(self) -> tuple[int, ...]:
        """What each chain's part costs in destination base units, each rounded up, in the order of `costs`."""
        return tuple(convert_up(cost.spent, cost.native.rate_to(self.destination)) for cost in self.costs)


@dataclass(frozen=True, slots=True)
class Profit:
    """One fill's account in destination base units: `earned = worth - taking - network`, below zero where it loses."""

    worth: int
    taking: int
    network: int

    @property
    def earned(self) -> int:
        """What is left when everything is paid."""
        return self.worth - self.taking - self.network

    @property
    def margin_bps(self) -> int:
        """What is earned for 10,000 given, rounded down: a loss is never shown smaller than it is."""
        return mul_div_down(self.earned, BPS, self.taking) if self.taking else 0

    @property
    def loses(self) -> bool:
        """Whether it costs more than it brings."""
        return self.earned < 0

    def shortfall(self, least_margin_bps: int = 0) -> int:
        """How much is missing to a margin over what is given, 0 where it is reached: destination base units."""
        wanted = mul_div_up(self.taking, least_margin_bps, BPS)
        return max(0, wanted - self.earned)

    def require(self, least_margin_bps: int = 0) -> None:
        """Refuse what earns less than a margin; 0 refuses a loss. Raises `LosingSwap`, which says the figures."""
        if missing := self.shortfall(least_margin_bps):
            raise LosingSwap(
                f"worth {self.worth}, less {self.taking} paid out and {self.network} for the network, leaves {self.earned}: "
                f"{missing} too little for a margin of {least_margin_bps} bps"
            )


def swap_profit(market: Market, *, source_amount: int, destination_amount: int) -> Profit:
    """What a swap earns us: `destination_amount` is all that leaves us for the taker, our fee already taken off."""
    return Profit(market.worth(source_amount), destination_amount, sum(market.network_fees()))


@dataclass(frozen=True, slots=True)
class Fill:
    """A fill of an order: `making` out of `order_making` for its part of `order_taking`, at the auction's price."""

    making: int
    order_making: int
    order_taking: int

    def taking(self, curve: Curve, at: int, base_fee: int = 0, rates: Rates | None = None) -> int:
        """What the resolver gives in a block of that time and base fee (wei), fees on top where the order has them."""
        bump = curve.rate_bump(at, base_fee)
        if rates is None:
            return taking_for(self.making, self.order_making, self.order_taking, bump)
        part = taking_for(self.making, self.order_making, self.order_taking, 0)
        return settle(part, bump, rates).taking


def fill_profit(
    market: Market, fill: Fill, curve: Curve, *, at: int, base_fee: int = 0, rates: Rates | None = None
) -> Profit:
    """What a fill earns a resolver in a block of that time (unix seconds) and base fee (wei) of the order's chain."""
    return Profit(market.worth(fill.making), fill.taking(curve, at, base_fee, rates), sum(market.network_fees()))


def profitable_from(
    market: Market,
    fill: Fill,
    curve: Curve,
    *,
    at: int,
    least_margin_bps: int = 0,
    base_fee: int = 0,
    rates: Rates | None = None,
) -> int | None:
    """The first second, `at` or later, in which a fill earns such a margin, should prices stay as they are; None for never.

    On each straight piece of the curve what is asked only rises or only falls, so that a piece costs one search by halves.
    """

    def earns(second: int) -> bool:
        return not fill_profit(market, fill, curve, at=second, base_fee=base_fee, rates=rates).shortfall(
            least_margin_bps
        )

    first = at
    for corner in (*curve.corners(), max(at, curve.auction.ends_at)):
        if corner < first:
            continue
        if earns(first):
            return first
        if earns(corner):
            return bisect_left(range(first, corner), True, key=earns) + first
        first = corner + 1
    return None
