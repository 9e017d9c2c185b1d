"""Giving quotes, and holding a session to one."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from access.masking import masked
from access.rows import rows_insert
from chains.config import ChainConfig, Token
from pricing.errors import QuoteError, QuoteExpired, QuoteNotFound, QuoteUsed
from pricing.models import Quote
from pricing.quotes import Quote as Figures
from pricing.quotes import least_of, source_for
from pricing.services import quote_make, side_of
from pricing.shapes import QuoteDocument
from pricing.times import rfc3339

VALID = timedelta(seconds=60)
KEPT = timedelta(days=1)


@dataclass(frozen=True)
class Wanted:
    """A checked request for a quote. `amount` is of the source token, or, `exact_output`, of the destination token."""

    source_chain: ChainConfig
    destination_chain: ChainConfig
    source: Token
    destination: Token
    amount: int
    urgency: str = "normal"
    exact_output: bool = False
    slippage_bps: int = 0
    dry: bool = False
    warnings: tuple[dict[str, str], ...] = ()


def quote_give(*, wanted: Wanted, principal: str) -> QuoteDocument:
    """What a swap would give now. Unless it is dry, it is kept, and holds until it expires. Raises `QuoteError`."""
    figures = _figures(wanted)
    got = wanted.amount if wanted.exact_output else figures.destination_amount
    now = timezone.now()
    document: QuoteDocument = {
        "quoteId": None,
        "kind": "exactOutput" if wanted.exact_output else "exactInput",
        "quote": {
            "sourceAmount": str(figures.source_amount),
            "destinationAmount": str(got),
            "minimumDestinationAmount": str(least_of(got, wanted.slippage_bps)),
            "rate": figures.market,
            "priceImpact": "0",
            "validUntil": rfc3339(now + VALID),
        },
        "dutchAuction": {
            "startPrice": figures.start_price,
            "endPrice": figures.end_price,
            "currentPrice": figures.start_price,
            "duration": figures.duration,
        },
        "fees": {"protocol": str(figures.destination_amount + figures.protocol_fee - got)},
        "warnings": [{"field": one["field"], "message": one["message"]} for one in wanted.warnings],
    }
    if not wanted.dry:
        row = Quote(
            principal=principal,
            source_chain=wanted.source_chain.name,
            destination_chain=wanted.destination_chain.name,
            source_token=wanted.source.id,
            destination_token=wanted.destination.id,
            pair=f"{wanted.source.symbol}/{wanted.destination.symbol}",
            source_amount=figures.source_amount,
            destination_amount=got,
            document=document,
            valid_until=now + VALID,
        )
        document["quoteId"] = row.pk
        rows_insert(row)
    return document


def _figures(wanted: Wanted) -> Figures:
    amount = wanted.amount
    if wanted.exact_output:
        sides = side_of(wanted.source), side_of(wanted.destination)
        amount = source_for(*sides, wanted=amount, fee_bps=settings.PROTOCOL_FEE_BPS)
    if amount >= 2**128:
        raise QuoteError(f"{wanted.amount} of {wanted.destination.symbol} are worth more than can be locked")
    return quote_make(source=wanted.source, destination=wanted.destination, amount=amount, urgency=wanted.urgency)


def quote_take(*, quote_id: str, principal: str, terms: dict[str, Any], session_id: str) -> int:
    """Use a quote up for a session: the destination base units that it promises. In the session's own transaction.

    `terms` are the session's chains, tokens and source amount by their column names. Raises `QuoteNotFound`,
    `QuoteExpired`, `QuoteUsed`, and `QuoteError` with `errors[]` where the session is not what was quoted.
    """
    row = Quote.objects.select_for_update().filter(pk=quote_id, principal=principal).first()
    if row is None:
        raise QuoteNotFound(f"there is no quote {masked(quote_id)!r} of yours: ask for a new one")
    if row.used_by:
        raise QuoteUsed(f"a session was made on this quote already: {row.used_by}", extra={"sessionId": row.used_by})
    if row.valid_until <= timezone.now():
        raise QuoteExpired("the quote has expired: ask for a new one", extra={"validUntil": rfc3339(row.valid_until)})
    _must_agree(row, terms)
    row.used_by = session_id
    row.save(update_fields=["used_by"])
    return int(row.destination_amount)


def _must_agree(row: Quote, terms: dict[str, Any]) -> None:
    faults = [
        {"field": _camel(name), "message": f"must be {getattr(row, name)}, as quoted"}
        for name, value in terms.items()
        if getattr(row, name) != value
    ]
    if faults:
        raise QuoteError("the session is not what was quoted", code="validation_error", errors=faults)


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def quotes_purge() -> int:
    """Forget quotes a day after they expired; how many there were."""
    deleted, _ = Quote.objects.filter(valid_until__lt=timezone.now() - KEPT).delete()
    return deleted
