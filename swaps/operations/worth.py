"""What amounts are worth, for whoever weighs an action: dollars by the market's price of this moment."""

from decimal import Decimal, localcontext

from pricing.consensus import MarketPrice
from pricing.market import market_look

DIGITS = 60
PATIENCE = 0.12


def dollars(symbol: str, amount: int, decimals: int) -> Decimal | None:
    """US dollars of so many base units, exact to more digits than are shown; None where there is no fresh price."""
    found = market_look({symbol}, patience=PATIENCE)[symbol]
    if not isinstance(found, MarketPrice):
        return None
    with localcontext() as context:
        context.prec = DIGITS
        worth = found.price * amount / 10**decimals
        return Decimal(worth.numerator) / Decimal(worth.denominator)
