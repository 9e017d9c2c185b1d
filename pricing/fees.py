"""Fees on what a taker gives, as the field's contracts (1inch's FeeTaker and Settlement, v2) count them: pure.

A resolver's fee and an integrator's are parts of 100,000 (`FEE_BASE`) and come **on top of** the taking amount; the sum is
rounded up, each fee down, so that the maker never pays for a rounding. The integrator shares his with the protocol; resolvers
on the whitelist get a discount on theirs. With r and i the two rates, x the taking amount at the auction's price:

    with fee         ceil(x * (100,000 + r + i) / 100,000)
    resolver fee     floor(with fee * r / (100,000 + r + i))                 goes to the protocol
    integrator part  floor(with fee * i / (100,000 + r + i))                 integrator: floor(part * share / 100), protocol: rest

The order's own amount takes the fee before the auction's bump. A **surplus** above what the maker was told to expect is shared
with the protocol: floor((amount - estimate) * percent / 100). Amounts are base units, rates `*_e5` parts of 100,000, shares
percent.
"""

from dataclasses import dataclass

from pricing.amounts import mul_div_down, mul_div_up
from pricing.auction import bumped

FEE_BASE = 100_000
"""A fee of 100 %; a basis point is 10."""
PERCENT = 100
MAX_FEE_E5 = (1 << 16) - 1
"""A rate has 16 bits in an order."""


class InvalidFees(ValueError):
    """A rate or a share outside of its range."""


@dataclass(frozen=True, slots=True)
class Charged:
    """The fees of one fill, base units. `resolver` is a part of `protocol`; the taker pays both others."""

    integrator: int
    protocol: int
    resolver: int

    @property
    def total(self) -> int:
        """All that does not reach the maker."""
        return self.integrator + self.protocol


@dataclass(frozen=True, slots=True)
class Surplus:
    """What the maker was told to expect for the whole order, and the protocol's percent of what comes above it."""

    estimated_taking: int
    fee_percent: int

    def __post_init__(self) -> None:
        _within("surplus fee", self.fee_percent, PERCENT)

    def fee(self, amount: int, making: int, order_making: int) -> int:
        """The protocol's part of what a fill of `making` gives the maker above the estimate's share."""
        estimate = mul_div_up(self.estimated_taking, making, order_making)
        return mul_div_down(max(0, amount - estimate), self.fee_percent, PERCENT)


@dataclass(frozen=True, slots=True)
class Fees:
    """The rates of an order. Raises `InvalidFees`."""

    resolver_e5: int = 0
    integrator_e5: int = 0
    integrator_share: int = 0
    whitelist_discount: int = 0

    def __post_init__(self) -> None:
        _within("resolver fee", self.resolver_e5, MAX_FEE_E5)
        _within("integrator fee", self.integrator_e5, MAX_FEE_E5)
        _within("integrator share", self.integrator_share, PERCENT)
        _within("whitelist discount", self.whitelist_discount, PERCENT)

    def for_taker(self, *, whitelisted: bool) -> "Rates":
        """What this taker is charged."""
        kept = PERCENT - self.whitelist_discount if whitelisted else PERCENT
        return Rates(mul_div_down(self.resolver_e5, kept, PERCENT), self.integrator_e5, self.integrator_share)


@dataclass(frozen=True, slots=True)
class Rates:
    """The rates of one taker, discounts taken off."""

    resolver_e5: int
    integrator_e5: int
    integrator_share: int

    @property
    def _whole(self) -> int:
        return FEE_BASE + self.resolver_e5 + self.integrator_e5

    def with_fee(self, amount: int) -> int:
        """What the taker gives so that `amount` is left: rounded up."""
        return mul_div_up(amount, self._whole, FEE_BASE)

    def charged(self, amount: int) -> Charged:
        """The fees on a taking amount, in what `with_fee` makes of it."""
        paid = self.with_fee(amount)
        resolver = mul_div_down(paid, self.resolver_e5, self._whole)
        integrator_part = mul_div_down(paid, self.integrator_e5, self._whole)
        integrator = mul_div_down(integrator_part, self.integrator_share, PERCENT)
        return Charged(integrator, integrator_part - integrator + resolver, resolver)


@dataclass(frozen=True, slots=True)
class Settled:
    """One fill with everything in it: `taking` is what the taker gives, `maker` + `fees.total` + `surplus_fee`."""

    taking: int
    maker: int
    fees: Charged
    surplus_fee: int


def settle(
    taking: int,
    rate_bump: int,
    rates: Rates,
    *,
    surplus: Surplus | None = None,
    making: int = 1,
    order_making: int = 1,
) -> Settled:
    """A fill whose part of the order's taking amount is `taking`, at a rate bump. `making` and `order_making` tell how large a
    part it is of the order, for the surplus."""
    paid = bumped(rates.with_fee(taking), rate_bump)
    fees = rates.charged(bumped(taking, rate_bump))
    left = paid - fees.total
    surplus_fee = surplus.fee(left, making, order_making) if surplus else 0
    return Settled(paid, left - surplus_fee, fees, surplus_fee)


def _within(name: str, value: int, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise InvalidFees(f"the {name} is a whole number from 0 to {most}, and this is {value!r}")
