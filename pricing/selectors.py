"""What can be read about quotes."""

import time

from django.db.models import QuerySet

from access.masking import masked
from pricing.errors import QuoteNotFound
from pricing.models import Quote
from pricing.quote_ids import is_new

MAX_HISTORY = 100
PATIENCE_SECONDS = 0.25
PAUSE_SECONDS = 0.02


def quote_get(quote_id: str, *, principal: str | None) -> Quote:
    """One quote; `principal` None sees everybody's. Raises `QuoteNotFound`."""
    quotes = Quote.objects.all() if principal is None else Quote.objects.filter(principal=principal)
    found = quote_awaited(quote_id, quotes) if "\0" not in quote_id else None
    if found is None:
        raise QuoteNotFound(f"there is no quote {masked(quote_id)[:60]!r}: ask for a new one")
    return found


def quote_awaited(quote_id: str, quotes: QuerySet[Quote]) -> Quote | None:
    """The one of these with this id. It may be on its way, from this process or another (`row_insert_soon`): then it is waited
    for, whosever it is, for a moment."""
    one = quotes.filter(pk=quote_id)
    found = one.first()
    return one.first() if found is None and is_new(quote_id) and _comes(quote_id) else found


def _comes(quote_id: str) -> bool:
    ends = time.monotonic() + PATIENCE_SECONDS
    while not (is_there := Quote.objects.filter(pk=quote_id).exists()) and time.monotonic() < ends:
        time.sleep(PAUSE_SECONDS)
    return is_there


def quotes_of(principal: str | None, *, pair: str = "", limit: int = MAX_HISTORY) -> list[Quote]:
    """The newest quotes that were given, newest first; `pair` as USDC/USDT."""
    quotes = Quote.objects.order_by("-created_at", "id")
    if principal is not None:
        quotes = quotes.filter(principal=principal)
    return list((quotes.filter(pair=pair) if pair else quotes)[:limit])
