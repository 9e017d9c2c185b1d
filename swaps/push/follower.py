"""A client that follows streams, whatever its transport.

It holds no copy of what it has to send: only, for each stream, the number of the last update that went out. One task takes
what comes after from the stream's tail, or from the rows when the tail has moved on, and waits for the transport before
it takes the next. A slow reader therefore costs no memory and loses nothing; it is told that it lags, and one that does
not read at all is cut off.
"""

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Coroutine
from typing import Any

import structlog

from swaps.push.hub import Hub, Stream
from swaps.push.instruments import LAG, LAGGING, SENT
from swaps.push.protocol import Close
from swaps.push.tail import Numbered

log = structlog.get_logger(__name__)
OUTBOX = 64  # answers that wait to be sent, before we stop reading requests
RETRY_SECONDS = 1.0


class Follower(ABC):
    """One client. Everything goes out through `pump`, in order: answers first, then prices, then updates."""

    transport: str

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.limits = hub.limits
        self.cursors: dict[Stream, int] = {}
        self._begun: dict[Stream, object] = {}
        self.dirty: dict[Stream, None] = {}
        self.ending: asyncio.Future[Close] = asyncio.get_running_loop().create_future()
        self._outbox: deque[str] = deque()
        self._latest: dict[str, str] = {}
        self._wake = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._clock = asyncio.get_running_loop().time
        self._waits_since: float | None = None
        self._beat_at = self._clock() + hub.limits.heartbeat_seconds
        self._sent = 0

    # What a transport does

    @abstractmethod
    async def write(self, text: str) -> None:
        """Send a message that has no number."""

    @abstractmethod
    async def write_update(self, number: int, text: str) -> None:
        """Send an update of a stream."""

    @abstractmethod
    async def write_lagging(self, seconds: float) -> None:
        """Tell the reader that it kept us waiting, and where it stands."""

    @abstractmethod
    def heartbeat(self) -> str:
        """What is sent now and then, so that both sides know the other is there."""

    # What others tell it

    def begin(self, stream: Stream, cursor: int) -> None:
        """Send everything after `cursor`. What is under way of an earlier beginning moves this cursor no more."""
        self.cursors[stream] = cursor
        self._begun[stream] = object()
        self.mark(stream)

    def forget(self, stream: Stream) -> None:
        """Send nothing more of it."""
        for kept in (self.cursors, self._begun, self.dirty):
            kept.pop(stream, None)

    def mark(self, stream: Stream) -> None:
        """The stream may have something new."""
        self.dirty[stream] = None
        self._wake.set()

    def conflate(self, name: str, text: str) -> None:
        """Send this state, unless a newer one of the same name takes its place first."""
        self._latest[name] = text
        self._wake.set()

    def say(self, text: str) -> None:
        """Send an answer."""
        self._outbox.append(text)
        if len(self._outbox) >= OUTBOX:
            self._room.clear()
        self._wake.set()

    def unsaid(self) -> list[str]:
        """The answers that were not sent yet; whoever takes them sends them."""
        texts = list(self._outbox)
        self._outbox.clear()
        return texts

    async def room(self) -> None:
        """Wait until there is room for another answer: who does not read is not read either."""
        await self._room.wait()

    def end(self, why: Close) -> None:
        """Have the connection closed; the first reason counts."""
        if not self.ending.done():
            self.ending.set_result(why)

    async def until_over(self, listening: Coroutine[Any, Any, None]) -> Close | None:
        """Send and listen until either ends, or somebody ends it: why, or None when the client went."""
        tasks = [asyncio.create_task(job, name=f"{self.transport}-follower") for job in (self.pump(), listening)]
        waiting: list[asyncio.Future[Any]] = [*tasks, self.ending]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            return self.ending.result() if self.ending.done() else _fault(tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def tick(self, now: float) -> None:
        """Called by the hub twice a second: heartbeat, and a reader that reads nothing."""
        if self._sent:
            SENT.labels(self.transport).inc(self._sent)
            self._sent = 0
        if self._waits_since is not None and now - self._waits_since > self.limits.stall_seconds:
            self.end(Close.TOO_SLOW)
        elif self._waits_since is None and now >= self._beat_at:
            self._beat_at = now + self.limits.heartbeat_seconds
            self.say(self.heartbeat())

    # Sending

    async def pump(self) -> None:
        """Send what there is, for ever. Ends with the transport's `OSError` when the client is gone."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._outbox or self._latest or self.dirty:
                await self._step()

    async def _step(self) -> None:
        if self._outbox:
            await self._put(self._outbox.popleft())
            if len(self._outbox) < OUTBOX:
                self._room.set()
        elif self._latest:
            await self._put(self._latest.pop(next(iter(self._latest))))
        else:
            stream = next(iter(self.dirty))
            del self.dirty[stream]
            await self._catch_up(stream)

    async def _put(self, text: str) -> None:
        self._waits_since = began = self._clock()
        await self.write(text)
        await self._sent_after(began)

    async def _catch_up(self, stream: Stream) -> None:
        """Send one portion of what comes after the cursor, and come back for the next.

        While rows are read or the transport takes its time, the stream may be left, or begun again at another number: then the
        rest of the portion is nobody's, and the new beginning sends its own.
        """
        begun = self._begun.get(stream)
        if begun is None:
            return
        portion = await self._portion(stream, self.cursors[stream])
        for number, text in portion:
            if self._begun.get(stream) is not begun:
                return
            self._waits_since = began = self._clock()
            await self.write_update(number, text)
            if self._begun.get(stream) is begun:
                self.cursors[stream] = number
            await self._sent_after(began)
        if self._begun.get(stream) is begun and self.cursors[stream] < stream.tail.newest:
            if portion:
                self.dirty[stream] = None
            else:  # the rows could not be read, or are gone: others shall not wait for them
                asyncio.get_running_loop().call_later(RETRY_SECONDS, self._mark_again, stream)

    def _mark_again(self, stream: Stream) -> None:
        if stream in self.cursors:
            self.mark(stream)

    async def _portion(self, stream: Stream, cursor: int) -> list[Numbered]:
        updates = stream.tail.after(cursor)
        if updates is not None:
            return updates
        try:
            return await self.hub.history.get((*stream.key, cursor))
        except Exception as error:
            log.warning("follower.cannot_read", stream=stream.key, error=repr(error)[:200])
            return []

    async def _sent_after(self, began: float) -> None:
        """Note that a message went out, and how long the transport took to take it."""
        self._waits_since = None
        self._sent += 1
        waited = self._clock() - began
        if waited > self.limits.lag_seconds:
            LAGGING.inc()
            LAG.observe(waited)
            await self.write_lagging(waited)


def _fault(tasks: list["asyncio.Task[None]"]) -> Close | None:
    """None when the client went; a fault of ours otherwise."""
    for task in tasks:
        error = task.exception() if task.done() and not task.cancelled() else None
        if error is not None and not isinstance(error, OSError):
            log.error("follower.failed", exc_info=error)
            return Close.INTERNAL
    return None
