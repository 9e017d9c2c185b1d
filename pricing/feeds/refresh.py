"""Asking feeds that are due, in threads of their own, each feed by one process at a time.

A flight that lasts longer than it may is given up: it counts as a failure, its thread is forgotten, and what it brings home
later is thrown away. So nothing that a feed does (a name that never resolves, headers that drip) keeps it from being asked again.
"""

import random
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from pricing.feeds.base import Answer, Feed, FeedError
from pricing.feeds.board import Board
from pricing.feeds.record import Asked, FeedRecord, after_answer, after_failure

log = structlog.get_logger(__name__)
GRACE_SECONDS = 1.0


def wall_ms() -> int:
    """Now, as milliseconds since 1970."""
    return time.time_ns() // 1_000_000


@dataclass
class Flight:
    """One request to a feed under way."""

    feed: Feed
    began_ms: int
    given_up: bool = False


class Refresher:
    """One for each process."""

    def __init__(
        self, board: Board, feeds: Mapping[str, Feed], *, cache_seconds: float, timeout_seconds: float
    ) -> None:
        self._board, self._feeds = board, feeds
        self._cache_ms = int(cache_seconds * 1000)
        self._longest_ms = int((2 * timeout_seconds + GRACE_SECONDS) * 1000)
        self._flights: dict[str, Flight] = {}
        self._guard = threading.Lock()

    def start_due(self, records: Mapping[str, FeedRecord]) -> list[Flight]:
        """Ask every feed that is due, without waiting; the flights of those that are asked by this process now."""
        now = wall_ms()
        self._give_up(now)
        for name, feed in self._feeds.items():
            if records[name].is_due(now):
                self._start(name, Flight(feed, now))
        with self._guard:
            return list(self._flights.values())

    def _start(self, name: str, flight: Flight) -> None:
        with self._guard:
            if name in self._flights:
                return
            self._flights[name] = flight
        threading.Thread(target=self._fly, args=(name, flight), name=f"feed-{name}", daemon=True).start()

    def _give_up(self, now: int) -> None:
        with self._guard:
            late = [(name, one) for name, one in self._flights.items() if now - one.began_ms > self._longest_ms]
            for name, flight in late:
                flight.given_up = True
                del self._flights[name]
        for name, flight in late:
            self._record(name, flight, FeedError(f"given up after {self._longest_ms / 1000:g} s"))

    def _fly(self, name: str, flight: Flight) -> None:
        try:
            token = self._board.lease(name, self._longest_ms)
            if token:
                try:
                    self._ask(name, flight)
                finally:
                    self._board.release(name, token)
        finally:
            with self._guard:
                if self._flights.get(name) is flight:
                    del self._flights[name]

    def _ask(self, name: str, flight: Flight) -> None:
        if not self._before(name).is_due(wall_ms()):
            return  # another process was faster
        outcome: Answer | FeedError
        try:
            outcome = flight.feed.prices()
        except FeedError as problem:
            outcome = problem
        except Exception as problem:
            log.exception("prices.feed_broken", feed=name)
            outcome = FeedError(f"a fault of ours: {type(problem).__name__}")
        with self._guard:
            if flight.given_up:
                return
        self._record(name, flight, outcome)

    def _record(self, name: str, flight: Flight, outcome: Answer | FeedError) -> None:
        asked = Asked(flight.began_ms, wall_ms())
        if isinstance(outcome, Answer) and not outcome.prices:
            outcome = FeedError(_nothing(outcome))
        if isinstance(outcome, Answer):
            self._board.write(name, after_answer(self._before(name), outcome, asked, self._cache_ms))
            return
        record = after_failure(self._before(name), str(outcome), asked, outcome.retry_seconds, random.random())
        self._board.write(name, record)
        log.warning("prices.feed_failed", feed=name, failures=record.failures, error=record.error)

    def _before(self, name: str) -> FeedRecord:
        return self._board.read([name])[name]


def _nothing(answer: Answer) -> str:
    faults = "; ".join(f"{symbol}: {fault}" for symbol, fault in sorted(answer.faults.items()))
    return f"no price that can be used: {faults}"[:300]
