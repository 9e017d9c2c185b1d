"""The prices of the chains file, for development: always as old as this moment."""

from fractions import Fraction
from functools import lru_cache

from django.conf import settings

from pricing.amounts import NotAPrice, price

NAME = "fixed"


def fixed_price(symbol: str) -> Fraction | None:
    """US dollars for one whole token as `[prices]` says it; None when it does not."""
    configured = settings.PRICES_USD.get(symbol)
    if configured is None:
        return None
    try:
        return _exact(configured)
    except NotAPrice:
        return None


@lru_cache(maxsize=1024)
def _exact(text: str) -> Fraction:
    return price(text)
