"""The feeds' records, in Valkey for all processes together, and in this one's memory while Valkey is away.

One look fetches every feed's record in one round trip, and holds for a second. While Valkey is away each process asks the feeds
by itself and answers from what it knows.
"""

import secrets
import threading
import time
from collections.abc import Sequence
from functools import cached_property

import msgspec
import structlog
from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.commands.core import Script
from redis.exceptions import RedisError
from redis.retry import Retry

from pricing.amounts import price
from pricing.feeds.record import FeedRecord

log = structlog.get_logger(__name__)
PATIENCE = 0.1  # seconds for one command: a request has 0.2 in all
AWAY_SECONDS = 5.0
KEPT_SECONDS = 86_400
LOST = (RedisError, OSError)
RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"
ALONE = "alone"
"""The lease of a process that cannot see the others."""


class Board:
    """One for each process, used by all its threads."""

    def __init__(self, url: str, namespace: str) -> None:
        self._url, self._namespace = url, namespace
        self._memory: dict[str, FeedRecord] = {}
        self._away_until = 0.0
        self._away = False
        self._guard = threading.Lock()

    @property
    def is_away(self) -> bool:
        """Whether Valkey did not answer the last time."""
        return self._away

    def read(self, names: Sequence[str]) -> dict[str, FeedRecord]:
        """The newest record of each feed that we know of."""
        if names and self._may_ask():
            try:
                found = self._client.mget([self._key(name) for name in names])
            except LOST as error:
                self._is_away(error)
            else:
                self._is_back()
                for name, raw in zip(names, found, strict=True):
                    self._remember(name, _decoded(name, raw))
        return {name: self._memory.get(name, FeedRecord()) for name in names}

    def write(self, name: str, record: FeedRecord) -> None:
        """Make a feed's new record known to everybody."""
        self._remember(name, record)
        if self._may_ask():
            try:
                self._client.set(self._key(name), msgspec.json.encode(record), ex=KEPT_SECONDS)
            except LOST as error:
                self._is_away(error)

    def lease(self, name: str, milliseconds: int) -> str:
        """The right to ask a feed, for so long at most; empty when another process has it."""
        if not self._may_ask():
            return ALONE
        token = secrets.token_hex(8)
        try:
            return token if self._client.set(self._key(name, "lease"), token, nx=True, px=milliseconds) else ""
        except LOST as error:
            self._is_away(error)
            return ALONE

    def release(self, name: str, token: str) -> None:
        """Give the right back. One that ran out meanwhile, and is another's now, stays his."""
        if token == ALONE or not self._may_ask():
            return
        try:
            self._script(keys=[self._key(name, "lease")], args=[token])
        except LOST as error:
            self._is_away(error)

    def _key(self, name: str, kind: str = "feed") -> str:
        return f"{self._namespace}:{kind}:{name}"

    def _remember(self, name: str, record: FeedRecord | None) -> None:
        with self._guard:
            known = self._memory.get(name)
            if record is not None and (
                known is None or record.asked_ms >= known.asked_ms or known.is_ahead(time.time_ns() // 10**6)
            ):
                self._memory[name] = record

    @cached_property
    def _client(self) -> "Redis":
        return Redis.from_url(
            self._url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=Retry(NoBackoff(), 0)
        )

    @cached_property
    def _script(self) -> "Script":
        return self._client.register_script(RELEASE)

    def _may_ask(self) -> bool:
        """Always while Valkey answers; by one thread in `AWAY_SECONDS` while it does not."""
        with self._guard:
            if not self._away:
                return True
            if time.monotonic() < self._away_until:
                return False
            self._away_until = time.monotonic() + AWAY_SECONDS
            return True

    def _is_away(self, error: Exception) -> None:
        with self._guard:
            told, self._away = self._away, True
            self._away_until = time.monotonic() + AWAY_SECONDS
        if not told:
            log.warning("prices.board_local", error=type(error).__name__)

    def _is_back(self) -> None:
        with self._guard:
            told, self._away = self._away, False
        if told:
            log.info("prices.board_shared")


def _decoded(name: str, raw: bytes | str | None) -> FeedRecord | None:
    if raw is None:
        return None
    try:
        record = msgspec.json.decode(raw, type=FeedRecord)
        for entry in record.prices.values():
            price(entry.price)
    except (msgspec.DecodeError, ValueError):  # another version's, or somebody else's
        log.warning("prices.record_unreadable", feed=name)
        return None
    return record


def board_of(namespace: str) -> Board:
    """A board on the service's Valkey."""
    return Board(settings.REDIS_URL, namespace)
