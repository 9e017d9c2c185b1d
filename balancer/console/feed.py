"""One survey for all who look on in this process: while anybody does, it is taken once in `push_seconds`."""

import asyncio
from contextlib import suppress
from weakref import WeakKeyDictionary

import structlog
from channels.db import database_sync_to_async
from django.conf import settings

from balancer.console.survey import Snapshot, snapshot

log = structlog.get_logger(__name__)
_feeds: "WeakKeyDictionary[asyncio.AbstractEventLoop, Feed]" = WeakKeyDictionary()


class Watcher:
    """One who looks on. He is woken by what is newest, and never gets in the way of the others by being slow."""

    def __init__(self) -> None:
        self.newest: Snapshot | None = None
        self._woken = asyncio.Event()

    def offer(self, taken: Snapshot | None) -> None:
        """What was taken, or None where it could not be."""
        self.newest = taken
        self._woken.set()

    async def next(self) -> Snapshot | None:
        """What was taken last, once it was taken."""
        await self._woken.wait()
        self._woken.clear()
        return self.newest


class Feed:
    """One for each event loop."""

    def __init__(self) -> None:
        self._watchers: set[Watcher] = set()
        self._task: asyncio.Task[None] | None = None

    def join(self, watcher: Watcher) -> None:
        """He is told of every survey from now on."""
        self._watchers.add(watcher)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run(), name="console-feed")

    async def leave(self, watcher: Watcher) -> None:
        """He is not. With the last one the surveys end."""
        self._watchers.discard(watcher)
        if not self._watchers and self._task is not None:
            task, self._task = self._task, None
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _run(self) -> None:
        while True:
            taken = await self._take()
            for watcher in tuple(self._watchers):
                watcher.offer(taken)
            await asyncio.sleep(settings.CONSOLE["push_seconds"])

    async def _take(self) -> Snapshot | None:
        try:
            return await database_sync_to_async(snapshot, thread_sensitive=False)()
        except Exception as error:
            log.warning("console.blind", error=repr(error)[:200])
            return None


def feed() -> Feed:
    """This event loop's."""
    loop = asyncio.get_running_loop()
    return _feeds.setdefault(loop, Feed())
