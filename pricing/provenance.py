"""Which source said what when, as a plain document: kept with each quote, and shown with each price."""

from datetime import UTC, datetime
from fractions import Fraction
from typing import Annotated, Literal, TypedDict

from msgspec import Meta

from access.shapes import Moment
from pricing.consensus import MarketPrice, Refusal, Witness
from pricing.times import rfc3339

Usd = Annotated[str, Meta(description="US dollars for one whole token, exact decimal", pattern="^[0-9]+(\\.[0-9]+)?$")]


class PriceSource(TypedDict):
    """What one source said."""

    source: Annotated[str, Meta(examples=["pyth"])]
    price: Usd
    observedAt: Moment
    used: Annotated[bool, Meta(description="whether it counted")]
    why: Annotated[str, Meta(description="why it was left out; empty when it counted")]


class MarketDocument(TypedDict):
    """A token's price, and where it comes from."""

    symbol: Annotated[str, Meta(examples=["ETH"])]
    currency: Literal["USD"]
    price: Usd
    asOf: Annotated[str, Meta(description="the oldest observation that counted, RFC 3339")]
    spreadBps: Annotated[
        int, Meta(description="how far the sources that counted are apart, basis points, rounded up", ge=0)
    ]
    sources: list[PriceSource]


def market_document(found: MarketPrice) -> MarketDocument:
    """A price with its sources."""
    return {
        "symbol": found.symbol,
        "currency": "USD",
        "price": exact_text(found.price),
        "asOf": moment(found.as_of_ms),
        "spreadBps": found.spread_bps,
        "sources": sources_document(found),
    }


def sources_document(found: MarketPrice | Refusal) -> list[PriceSource]:
    """What each source said, of a price or of a refusal."""
    return [_source(one) for one in found.witnesses]


def _source(witness: Witness) -> PriceSource:
    said = witness.observed
    return {
        "source": said.source,
        "price": exact_text(said.price),
        "observedAt": moment(said.observed_ms),
        "used": not witness.left_out,
        "why": witness.left_out,
    }


def exact_text(price: Fraction) -> str:
    """All digits of a price. Raises `ValueError` for one that no decimal is equal to: sources give decimals, and halves of sums
    of them are decimals too."""
    rest, twos, fives = price.denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest != 1:
        raise ValueError(f"{price} is not a decimal")
    places = max(twos, fives)
    digits = str(price.numerator * 10**places // price.denominator).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}" if places else digits


def moment(milliseconds: int) -> str:
    """Milliseconds since 1970 as RFC 3339."""
    seconds, rest = divmod(milliseconds, 1000)
    return rfc3339(datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 1000))
