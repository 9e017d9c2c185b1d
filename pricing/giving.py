"""Giving quotes, and holding a session to one."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

import structlog
from django.conf import settings
from django.utils import timezone

from access.masking import masked
from access.row_writer import row_insert_soon
from access.signing import document_faults, document_sign
from pricing.errors import OutOfLimits, QuoteError, QuoteExpired, QuoteNotFound, QuoteTampered, QuoteUsed
from pricing.ground import MOST, Ground, Pair, ground_of
from pricing.limits import Limits
from pricing.models import Quote
from pricing.quote_documents import Answered, quote_document
from pricing.quote_ids import new_quote_id
from pricing.quotes import Figures, for_input, for_output
from pricing.selectors import quote_awaited
from pricing.shapes import QuoteDocument
from pricing.times import rfc3339

log = structlog.get_logger(__name__)
KEPT = timedelta(days=1)


@dataclass(frozen=True)
class Wanted:
    """A checked request for a quote. `amount` is of the source token, or, `exact_output`, of the destination token."""

    pair: Pair
    amount: int
    urgency: str = "normal"
    exact_output: bool = False
    slippage_bps: int = 0
    dry: bool = False
    warnings: tuple[dict[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Promise:
    """Destination base units: what a quote promises, and what the market was when it was given."""

    amount: int
    worth: int


def quote_give(*, wanted: Wanted, principal: str) -> QuoteDocument:
    """What a swap would give now. Unless it is dry it is kept and signed, and holds until it expires: one statement.

    Raises `QuoteError`: no price (`NoPrice`), an amount that is worth nothing, or, unless it is dry, `OutOfLimits`.
    """
    ground = ground_of(wanted.pair)
    figures = _figures(ground, wanted)
    answered = Answered(
        ground=ground,
        figures=figures,
        urgency=wanted.urgency,
        kind="exactOutput" if wanted.exact_output else "exactInput",
        slippage_bps=wanted.slippage_bps,
        issued_at=timezone.now(),
        valid=timedelta(seconds=settings.QUOTE_VALID_SECONDS),
        issued_to=principal,
        quote_id=None if wanted.dry else new_quote_id(),
        warnings=(*wanted.warnings, *_warnings(ground, figures)),
    )
    document = quote_document(answered)
    if wanted.dry:
        return document
    _within_limits(ground, figures)
    return _keep(answered, document)


def _keep(answered: Answered, document: QuoteDocument) -> QuoteDocument:
    pair, figures = answered.ground.pair, answered.figures
    unsigned = {name: value for name, value in document.items() if name != "signature"}
    signed = document_sign(unsigned)
    row_insert_soon(  # docs/adr/0009; who comes with one that a crash forgot asks for another
        Quote(
            id=answered.quote_id,
            principal=answered.issued_to,
            source_chain=pair.source_chain.name,
            destination_chain=pair.destination_chain.name,
            source_token=pair.source.id,
            destination_token=pair.destination.id,
            pair=pair.symbols,
            source_amount=figures.source_amount,
            destination_amount=figures.destination_amount,
            document=signed,
            valid_until=answered.issued_at + answered.valid,
        ),
        gather_seconds=settings.QUOTE_GATHER_SECONDS,
    )
    return cast(QuoteDocument, signed)


def _figures(ground: Ground, wanted: Wanted) -> Figures:
    """Raises `QuoteError` where nothing would be left, or more than a lock can hold would be needed."""
    source, destination = ground.pair.source.symbol, ground.pair.destination.symbol
    if wanted.exact_output:
        try:
            found = for_output(ground.terms, wanted.amount)
        except ValueError as error:
            raise QuoteError(str(error)) from error
    else:
        found = for_input(ground.terms, wanted.amount)
    if found.destination_amount <= 0:
        fees = ", less than the network takes" if found.network_fee and found.worth else ""
        raise QuoteError(f"{wanted.amount} base units of {source} are worth less than one of {destination}{fees}")
    if max(found.source_amount, found.worth) > MOST:
        raise QuoteError(
            f"{wanted.amount} of {destination if wanted.exact_output else source} are more than can be locked"
        )
    return found


def _warnings(ground: Ground, figures: Figures) -> list[dict[str, str]]:
    """What is odd about a quote that is given all the same."""
    found = []
    if ground.route.closed:
        found.append(
            {"field": "destinationChain", "message": f"no swap can begin on this route now: {ground.route.closed}"}
        )
    for name, amount, token, limits in _bounded(ground, figures):
        if not limits.allow(amount):
            found.append({"field": "amount", "message": _told(name, amount, token, limits)})
    return found


def _within_limits(ground: Ground, figures: Figures) -> None:
    """A kept quote is a promise: none that could not be kept. Raises `OutOfLimits`."""
    for name, amount, token, limits in _bounded(ground, figures):
        if not limits.allow(amount):
            told = _told(name, amount, token, limits)
            raise OutOfLimits(
                f"this swap {told}",
                errors=[{"field": "amount", "message": told, "code": "out_of_limits"}],
                extra={
                    "token": token,
                    "minimum": str(limits.least),
                    "maximum": None if limits.most is None else str(limits.most),
                },
            )


def _bounded(ground: Ground, figures: Figures) -> tuple[tuple[str, int, str, Limits], ...]:
    pair = ground.pair
    return (
        ("takes", figures.source_amount, pair.source.id, ground.source_limits),
        ("gives", figures.destination_amount, pair.destination.id, ground.destination_limits),
    )


def _told(what: str, amount: int, token: str, limits: Limits) -> str:
    most = "" if limits.most is None else f", and at most {limits.most}"
    return f"{what} {amount} base units of {token}: it must be at least {limits.least}{most}"


def quote_take(*, quote_id: str, principal: str, terms: dict[str, Any], session_id: str) -> Promise:
    """Use a quote up for a session. In the session's own transaction.

    `terms` are the session's chains, tokens and source amount by their column names. Raises `QuoteNotFound`, `QuoteUsed`,
    `QuoteExpired`, `QuoteTampered`, and `QuoteError` with `errors[]` where the session is not what was quoted.
    """
    row = quote_awaited(quote_id, Quote.objects.select_for_update().filter(principal=principal))
    if row is None:
        raise QuoteNotFound(f"there is no quote {masked(quote_id)!r} of yours: ask for a new one")
    if row.used_by:
        raise QuoteUsed(f"a session was made on this quote already: {row.used_by}", extra={"sessionId": row.used_by})
    if row.valid_until <= timezone.now():
        raise QuoteExpired("the quote has expired: ask for a new one", extra={"validUntil": rfc3339(row.valid_until)})
    _must_be_ours(row)
    _must_agree(row, terms)
    row.used_by = session_id
    row.save(update_fields=["used_by"])
    return Promise(int(row.destination_amount), int(row.document["breakdown"]["worth"]))


def _must_be_ours(row: Quote) -> None:
    """The row is what we signed: the document by its signature, and every column by the document. Raises `QuoteTampered`."""
    fault = document_faults(row.document)
    if not fault:
        differing = [name for name, said, kept in _twice(row) if said != kept]
        fault = f"{', '.join(differing)} differ from what was signed" if differing else ""
    if fault:
        log.error("quote.tampered", quote=row.pk, fault=fault)
        raise QuoteTampered("this quote is not as it was given: ask for a new one, and tell us this one's id")


def _twice(row: Quote) -> list[tuple[str, Any, Any]]:
    """What stands in the document and in a column, as (column, document, column's value)."""
    document = row.document
    route, amounts = document["route"], document["quote"]
    return [
        ("id", document["quoteId"], row.pk),
        ("principal", document["issuedTo"], row.principal),
        ("source_chain", route["sourceChain"], row.source_chain),
        ("destination_chain", route["destinationChain"], row.destination_chain),
        ("source_token", route["sourceToken"], row.source_token),
        ("destination_token", route["destinationToken"], row.destination_token),
        ("source_amount", amounts["sourceAmount"], str(row.source_amount)),
        ("destination_amount", amounts["destinationAmount"], str(row.destination_amount)),
        ("valid_until", amounts["validUntil"], rfc3339(row.valid_until)),
    ]


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
