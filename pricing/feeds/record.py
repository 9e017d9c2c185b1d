"""What is known of a feed, and when it is asked again: pure. Moments are milliseconds since 1970.

This is also the feed's breaker, and all processes share it: after a failure the feed is left alone for 5 s, after the next for
10 s, and so on to five minutes, or for as long as its `Retry-After` says; then one process asks it once.
"""

from dataclasses import dataclass

import msgspec

from pricing.feeds.base import Answer
from pricing.provenance import exact_text

FIRST_PAUSE_MS = 5_000
LONGEST_PAUSE_MS = 300_000
LONGEST_RETRY_MS = 3_600_000
CLOCK_MS = 60_000  # as far as the clocks of two machines may be apart
OPEN_AFTER = 3  # failures in a row


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """A price as an exact decimal, when it was observed, and when it last moved."""

    price: str
    observed_ms: int
    changed_ms: int


class FeedRecord(msgspec.Struct, frozen=True):
    """A feed's last answer by symbol, and how it has behaved. `next_ms` is when it may be asked again."""

    asked_ms: int = 0
    answered_ms: int = 0
    next_ms: int = 0
    requests: int = 0
    errors: int = 0
    failures: int = 0
    error: str = ""
    prices: dict[str, Entry] = {}
    faults: dict[str, str] = {}

    @property
    def state(self) -> str:
        """`closed`: it answers; `failing`; `open`: it has failed so often that it is hardly asked."""
        return "closed" if not self.failures else "open" if self.failures >= OPEN_AFTER else "failing"

    def is_due(self, now_ms: int) -> bool:
        """Whether it should be asked now: also when it was last asked in a future that a clock set right has undone."""
        return now_ms >= self.next_ms or self.is_ahead(now_ms)

    def is_ahead(self, now_ms: int) -> bool:
        """Whether it is from a clock that was wrong."""
        return self.asked_ms > now_ms + CLOCK_MS


@dataclass(frozen=True)
class Asked:
    """One request to a feed: when it began, and when its answer was there."""

    began_ms: int
    ended_ms: int


def after_answer(record: FeedRecord, answer: Answer, asked: Asked, cache_ms: int) -> FeedRecord:
    """The feed answered: its new prices, and those that it kept silent about as they were."""
    prices = dict(record.prices)
    for symbol, said in answer.prices.items():
        text, before = exact_text(said.price), prices.get(symbol)
        changed = before.changed_ms if before is not None and before.price == text else asked.ended_ms
        prices[symbol] = Entry(text, said.observed_ms or asked.ended_ms, changed)
    return msgspec.structs.replace(
        record,
        asked_ms=asked.began_ms,
        answered_ms=asked.ended_ms,
        next_ms=asked.began_ms + cache_ms,
        requests=record.requests + 1,
        failures=0,
        error="",
        prices=prices,
        faults=answer.faults,
    )


def after_failure(record: FeedRecord, error: str, asked: Asked, retry_seconds: float, jitter: float) -> FeedRecord:
    """The feed gave nothing: what it said before stands until it is stale. `jitter` (0 to 1) spreads the next request."""
    failures = record.failures + 1
    pause = min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** min(failures - 1, 10))
    pause = max(pause, min(LONGEST_RETRY_MS, int(retry_seconds * 1000)))
    return msgspec.structs.replace(
        record,
        asked_ms=asked.began_ms,
        next_ms=asked.ended_ms + pause + int(pause * jitter / 10),
        requests=record.requests + 1,
        errors=record.errors + 1,
        failures=failures,
        error=error,
    )
