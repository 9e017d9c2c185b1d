"""What operators should know of the price sources at this moment. The survey of alarms asks each ten seconds, which also keeps
the feeds warm while no client does: looking at the board has those asked that are due."""

from collections.abc import Iterator
from dataclasses import dataclass

from chains.config import chain_configs
from pricing.consensus import Refusal
from pricing.feeds.desk import Desk, Look, desk
from pricing.feeds.record import OPEN_AFTER, FeedRecord


@dataclass(frozen=True)
class PriceTrouble:
    """`key` names it while its figures tick; `stops_quotes` when a token has no price by it."""

    key: str
    message: str
    stops_quotes: bool = False


def price_troubles() -> Iterator[PriceTrouble]:
    """Feeds that fail, sources that were left out, and tokens without a price. None with fixed prices alone, and none before
    every feed has been asked once."""
    at = desk()
    if at.is_fixed:
        return
    look = at.look(max_age=0)
    if not all(record.asked_ms for record in look.records.values()):
        return
    for name, record in look.records.items():
        yield from _of_feed(name, record)
    for symbol in sorted({token.symbol for chain in chain_configs() for token in chain.tokens}):
        yield from _of_token(at, look, symbol)


def _of_feed(name: str, record: FeedRecord) -> Iterator[PriceTrouble]:
    if record.failures >= OPEN_AFTER:
        yield PriceTrouble(
            f"feed:{name}", f"the price feed {name} failed {record.failures} times in a row: {record.error}"
        )
    for symbol, fault in sorted(record.faults.items()):
        yield PriceTrouble(f"feed:{name}:{symbol}", f"the price feed {name} gives no usable price of {symbol}: {fault}")


def _of_token(at: Desk, look: Look, symbol: str) -> Iterator[PriceTrouble]:
    found = at.vote(symbol, look)
    if isinstance(found, Refusal):
        yield PriceTrouble(f"price:{symbol}", f"no quotes of {symbol}: {found.reason}", stops_quotes=True)
    for one in found.witnesses:
        if one.left_out:
            source = one.observed.source
            yield PriceTrouble(f"price:{symbol}:{source}", f"{source} does not count for {symbol}: {one.left_out}")
