"""What can be read about quotes."""

import time

from django.db.models import QuerySet

from access.masking import masked
from pricing.errors import QuoteNotFound
from pricing.models import Quote, quote_told_ms

MAX_HISTORY = 100
NEW_MS = 2_000
PATIENCE_SECONDS = 0.4
PAUSE_SECONDS = 0.02


def quote_get(quote_id: str, *, principal: str | None) -> Quote:
    """One quote; `principal` None sees everybody's. Raises `QuoteNotFound`."""
    quotes = Quote.objects.all() if principal is None else Quote.objects.filter(principal=principal)
    found = quote_awaited(quote_id, quotes) if "\0" not in quote_id else None
    if found is None:
        raise QuoteNotFound(f"there is no quote {masked(quote_id)[:60]!r}: ask for a new one")
    return found


def quote_awaited(quote_id: str, quotes: QuerySet[Quote]) -> Quote | None:
    """The one of these with this id. It may be on its way, from this process or another (`row_insert_soon`): one that was told
    of just now is looked for again, for a moment."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while (found := quotes.filter(pk=quote_id).first()) is None:
        if abs(time.time_ns() // 10**6 - quote_told_ms(quote_id)) > NEW_MS or time.monotonic() > ends:
            return None
        time.sleep(PAUSE_SECONDS)
    return found


def quotes_of(principal: str | None, *, pair: str = "", limit: int = MAX_HISTORY) -> list[Quote]:
    """The newest quotes that were given, newest first; `pair` as USDC/USDT."""
    quotes = Quote.objects.order_by("-created_at", "id")
    if principal is not None:
        quotes = quotes.filter(principal=principal)
    return list((quotes.filter(pair=pair) if pair else quotes)[:limit])
