"""What the network takes for a swap on both chains, in base units of the destination token."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from django.conf import settings

from chains.config import ChainConfig, Token
from chains.costs import Expense
from chains.errors import CostUnknown
from chains.services.costs import swap_costs
from pricing.amounts import Side, convert_up
from pricing.consensus import MarketPrice, Refusal
from pricing.errors import NetworkFeeUnknown, NoPrice
from pricing.market import market_look

CHARGED, SHOWN = "charged", "shown"
RETRY_SECONDS = "10"
"""How often the price of gas is sampled."""


@dataclass(frozen=True, slots=True)
class NetworkPart:
    """One chain's part: native base units, its coin's price, and `amount` in destination base units, rounded up."""

    expense: Expense
    price: Fraction
    amount: int


@dataclass(frozen=True, slots=True)
class NetworkFee:
    """Both parts, source first; none where they are not known, and `unknown` says why. `deducted`: destination base units."""

    parts: tuple[NetworkPart, ...] = ()
    unknown: str = ""
    charged: bool = False

    @property
    def total(self) -> int:
        """Destination base units."""
        return sum(part.amount for part in self.parts)

    @property
    def deducted(self) -> int:
        """What comes off a quote: all of it, or nothing where it is only shown."""
        return self.total if self.charged else 0


def network_costs(source: ChainConfig, destination: ChainConfig, one: Token, other: Token) -> tuple[Expense, ...]:
    """Our calls of a swap that ends well, for the dearer way in: filling the maker's order. Raises `CostUnknown`."""
    return swap_costs(
        source=source.name, source_token=one.id, destination=destination.name, destination_token=other.id, by_order=True
    )


def network_fee(source: ChainConfig, destination: ChainConfig, one: Token, other: Token, paid_in: Side) -> NetworkFee:
    """The fee as it is now, by the price of gas that the chains' watchers sampled: no node is asked.

    Where it is charged and not known, no price is honest: raises `NetworkFeeUnknown` or `NoPrice`.
    """
    charged = settings.QUOTE_NETWORK_FEE == CHARGED
    try:
        expenses = network_costs(source, destination, one, other)
    except CostUnknown as error:
        if charged:
            raise NetworkFeeUnknown(
                f"the network fee is not known now: {error}", headers={"Retry-After": RETRY_SECONDS}
            ) from error
        return NetworkFee(unknown=str(error))
    found = market_look({expense.symbol for expense in expenses})
    refusals = [price for price in found.values() if isinstance(price, Refusal)]
    if refusals and charged:
        raise NoPrice(refusals[0])
    if refusals:
        return NetworkFee(unknown=f"there is no price for {refusals[0].symbol}: {refusals[0].reason}")
    prices = {symbol: price.price for symbol, price in found.items() if isinstance(price, MarketPrice)}
    return NetworkFee(_parts(expenses, prices, paid_in), charged=charged)


def _parts(expenses: Sequence[Expense], prices: dict[str, Fraction], paid_in: Side) -> tuple[NetworkPart, ...]:
    return tuple(
        NetworkPart(
            expense,
            prices[expense.symbol],
            convert_up(expense.spent, Side(prices[expense.symbol], expense.decimals).rate_to(paid_in)),
        )
        for expense in expenses
    )
