"""What can be read about quotes."""

from access.masking import masked
from pricing.errors import QuoteNotFound
from pricing.models import Quote

MAX_HISTORY = 100


def quote_get(quote_id: str, *, principal: str | None) -> Quote:
    """One quote; `principal` None sees everybody's. Raises `QuoteNotFound`."""
    found = Quote.objects.filter(pk=quote_id).first() if "\0" not in quote_id else None
    if found is None or principal not in (None, found.principal):
        raise QuoteNotFound(f"there is no quote {masked(quote_id)[:60]!r}: ask for a new one")
    return found


def quotes_of(principal: str | None, *, pair: str = "", limit: int = MAX_HISTORY) -> list[Quote]:
    """The newest quotes that were given, newest first; `pair` as USDC/USDT."""
    quotes = Quote.objects.order_by("-created_at", "id")
    if principal is not None:
        quotes = quotes.filter(principal=principal)
    return list((quotes.filter(pair=pair) if pair else quotes)[:limit])
