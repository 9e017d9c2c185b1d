"""What a feed is, and how it fails.

FeedError           the feed gave nothing that can be used
├── FeedUnreachable no connection
├── FeedTimedOut    no whole answer in time
├── FeedRefused     an HTTP error; it may say when to come again
├── FeedUnreadable  an answer that is not what its documentation says
└── FeedMissing     a library that it needs is not installed
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol


class FeedError(Exception):
    """A feed gave nothing that can be used; `retry_seconds` is what it asked us to wait, 0 when it did not say."""

    def __init__(self, what: str, *, retry_seconds: float = 0.0) -> None:
        super().__init__(what)
        self.retry_seconds = retry_seconds


class FeedUnreachable(FeedError):
    """No connection."""


class FeedTimedOut(FeedError):
    """No whole answer in time."""


class FeedRefused(FeedError):
    """An HTTP error."""


class FeedUnreadable(FeedError):
    """An answer that is not what the feed's documentation says."""


class FeedMissing(FeedError):
    """A library that the feed needs is not installed."""


@dataclass(frozen=True)
class Said:
    """US dollars for one whole token, exact; `observed_ms` is the source's own moment (milliseconds since 1970), 0 when it
    gives none: then the moment of its answer counts."""

    price: Fraction
    observed_ms: int = 0


@dataclass
class Answer:
    """What a feed said by symbol, and what was wrong with the rest."""

    prices: dict[str, Said] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)


class Feed(Protocol):
    """One source of prices. Used by one thread at a time, or by a second one when the first was given up."""

    @property
    def name(self) -> str:
        """As `PRICE_FEEDS` names it."""

    @property
    def ids(self) -> Mapping[str, str]:
        """What the source calls each token that it knows, by symbol."""

    def prices(self) -> Answer:
        """The present price of every token that it knows, in one go. Raises `FeedError`."""
