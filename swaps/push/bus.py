"""Hearing announcements: one subscription to the channel layer's group for the whole process.

redis-py's own asynchronous subscription costs more for each message than sending it to a follower does; so the bytes go from the
transport straight through hiredis, redis-py's parser, as they come.
"""

import asyncio
import ssl
from collections.abc import Callable
from typing import Any, cast

import hiredis
import msgspec
import structlog
from django.conf import settings
from redis.asyncio.connection import parse_url

from swaps.notifications import Announcement, group_channel
from swaps.push.instruments import ANNOUNCED

log = structlog.get_logger(__name__)
RETRY_SECONDS = 0.5
CONNECT_SECONDS = 5.0
PING_SECONDS = 5.0  # a Redis that has said nothing for two of these is gone
_decode = msgspec.msgpack.Decoder(Announcement).decode
Hear = Callable[[Announcement], None]


async def listen(hear: Hear, missed: Callable[[], None]) -> None:
    """Call `hear` for each announcement, for ever; `missed` whenever some may have been lost: at every (re)connection."""
    while True:
        try:
            await _listen_once(hear, missed)
        except (OSError, TimeoutError, hiredis.HiredisError) as error:
            log.warning("bus.away", error=repr(error)[:200])
        await asyncio.sleep(RETRY_SECONDS)


async def _listen_once(hear: Hear, missed: Callable[[], None]) -> None:
    """Until the connection breaks. Raises `OSError`, `TimeoutError` or `HiredisError`."""
    words = cast(dict[str, Any], parse_url(settings.REDIS_URL))
    subscription = Subscription(words, hear, missed)
    async with asyncio.timeout(CONNECT_SECONDS):
        await _connect(words, subscription)
    try:
        while not subscription.lost.done():
            await asyncio.wait([subscription.lost], timeout=PING_SECONDS)
            subscription.check()
        subscription.lost.result()
    finally:
        subscription.close()


async def _connect(words: dict[str, Any], subscription: "Subscription") -> None:
    loop = asyncio.get_running_loop()
    if words.get("path"):
        await loop.create_unix_connection(lambda: subscription, words["path"])
        return
    secure = "SSL" in getattr(words.get("connection_class"), "__name__", "")
    await loop.create_connection(
        lambda: subscription,
        words.get("host", "localhost"),
        int(words.get("port", 6379)),
        ssl=ssl.create_default_context(cafile=words.get("ssl_ca_certs")) if secure else None,
    )


class Subscription(asyncio.Protocol):
    """A connection that is subscribed. `lost` ends with the reason when it breaks, or says something that we do not expect."""

    def __init__(self, words: dict[str, Any], hear: Hear, missed: Callable[[], None]) -> None:
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._words, self._hear, self._missed = words, hear, missed
        self._reader = hiredis.Reader()
        self._silent_for = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        password, username = self._words.get("password"), self._words.get("username")
        if password:
            self._say("AUTH", *([username] if username else []), password)
        self._say("SUBSCRIBE", group_channel())

    def data_received(self, data: bytes) -> None:
        self._silent_for = 0
        self._reader.feed(data)
        try:
            while (answer := self._reader.gets()) is not False:
                self._take(answer)
        except hiredis.HiredisError as error:
            self._end(error)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(exc or ConnectionResetError("Redis closed the connection"))

    def check(self) -> None:
        """Ask whether Redis is there; called now and then."""
        self._silent_for += 1
        if self._silent_for > 2:
            self._end(TimeoutError("Redis does not answer"))
        elif not self.lost.done():
            self._say("PING")

    def close(self) -> None:
        """Let go."""
        self.lost.cancel()
        self._transport.abort()

    def _end(self, error: Exception) -> None:
        if not self.lost.done():
            self.lost.set_exception(error)

    def _say(self, *words: str) -> None:
        self._transport.write(hiredis.pack_command(cast(Any, words)))

    def _take(self, answer: Any) -> None:
        if isinstance(answer, Exception):
            self._end(answer)
        elif isinstance(answer, list) and answer[0] == b"message":
            self._announced(answer[2])
        elif isinstance(answer, list) and answer[0] == b"subscribe":
            self._missed()

    def _announced(self, data: bytes) -> None:
        try:
            news = _decode(data)
        except msgspec.DecodeError:
            log.warning("bus.not_ours")
            return
        ANNOUNCED.inc()
        self._hear(news)
