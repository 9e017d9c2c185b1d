"""The page's parts by name, and which of them differ from what somebody has on his screen."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from swaps.page import books, care, history, legs, sending, told
from swaps.page.diagram import diagram
from swaps.page.following import Next, following
from swaps.page.picture import Picture
from swaps.page.timelocks import timelocks
from swaps.page.verdict import Callout, Verdict, callouts, verdict
from swaps.page.words import plain
from swaps.progress import PROGRESS
from swaps.reasons import REASONS


@dataclass(frozen=True)
class Summary:
    """What an operator must see first."""

    status: str
    terminal: bool
    reason: str
    happened: str
    route: tuple[str, str]
    gives: str
    gets: str
    percent: int
    verdict: Verdict
    following: tuple[Next, ...]
    callouts: tuple[Callout, ...]

    @property
    def next(self) -> Next:
        return self.following[0]

    @property
    def then(self) -> tuple[Next, ...]:
        return self.following[1:]

    @property
    def status_text(self) -> str:
        return plain(self.status)


@dataclass(frozen=True)
class Care:
    """Refunds and locks that are not what was agreed."""

    refunds: tuple[care.RefundRow, ...]
    strays: tuple[care.StrayRow, ...]


@dataclass(frozen=True)
class Part:
    """A part of the page; `digest` is the same for parts that look alike."""

    name: str
    value: Any

    @property
    def template(self) -> str:
        return f"admin/swaps/swapsession/parts/{self.name}.html"

    @property
    def digest(self) -> str:
        return sha256(repr(self.value).encode()).hexdigest()[:16]


def parts_of(picture: Picture) -> dict[str, Part]:
    """Every part that may change while somebody looks, in the order of the page."""
    values = {
        "summary": _summary(picture),
        "timelocks": timelocks(picture),
        "diagram": diagram(picture.facts.status, picture.transitions),
        "history": history.history(picture.transitions, picture.earlier),
        "legs": legs.legs(picture),
        "sending": sending.wanted(picture),
        "care": Care(care.refunds(picture), care.strays(picture)),
        "books": books.books(picture.ledger),
        "told": told.deliveries(picture.deliveries),
        "facts": care.facts(picture),
    }
    return {name: Part(name, value) for name, value in values.items()}


def parts_changed(parts: Mapping[str, Part], shown: Mapping[str, str]) -> list[Part]:
    """Those that differ from the digests that somebody shows."""
    return [part for name, part in parts.items() if shown.get(name) != part.digest]


def _summary(picture: Picture) -> Summary:
    session = picture.session
    reason = REASONS.get(session.reason)
    return Summary(
        status=session.status,
        terminal=session.is_terminal,
        reason=reason.title if reason else plain(session.reason),
        happened=reason.happened if reason else "",
        route=(session.source_chain_id, session.destination_chain_id),
        gives=picture.source_text,
        gets=picture.destination_text,
        percent=PROGRESS[picture.facts.status].percent,
        verdict=verdict(picture),
        following=following(picture),
        callouts=callouts(picture),
    )
