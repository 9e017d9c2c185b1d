"""The process's streams. Each is kept once, however many follow it: filled by announcements, by rows where one is missing,
and by a slow look at the rows that finds whatever the bus lost."""

import asyncio
from collections.abc import Callable, Collection
from functools import partial
from typing import TYPE_CHECKING, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

import structlog

from swaps.auctions import Standing, auctions_read
from swaps.notifications import Announcement
from swaps.push import bus, reading
from swaps.push.auctions import Auctions
from swaps.push.batches import Batches
from swaps.push.instruments import READS
from swaps.push.limits import Limits, limits
from swaps.push.prices import PairPrice, Prices, prices_now
from swaps.push.tail import Numbered, Tail

if TYPE_CHECKING:
    from swaps.push.follower import Follower

log = structlog.get_logger(__name__)
RETRY_SECONDS = 1.0
TICK_SECONDS = 0.5
SESSIONS_TOGETHER = 500
SNAPSHOTS_TOGETHER = 50
P = ParamSpec("P")
T = TypeVar("T")
Key = tuple[str, str]
"""A channel, and whose: a session's id, a principal, or "" for alerts."""


class Stream:
    """One stream with its newest updates and its followers."""

    def __init__(self, key: Key, newest: int) -> None:
        self.key = key
        self.tail = Tail(newest)
        self.followers: set[Follower] = set()

    def take(self, updates: list[Numbered]) -> None:
        """Take what was read; what is known already is passed over."""
        before = self.tail.newest
        for number, text in updates:
            self.tail.append(number, text)
        if self.tail.newest != before:
            self.tell()

    def tell(self) -> None:
        """Wake everybody who follows."""
        for follower in self.followers:
            follower.mark(self)

    def trim(self) -> None:
        """Forget what all followers have."""
        self.tail.trim(min((follower.cursors[self] for follower in self.followers), default=self.tail.newest))


class Hub:
    """Lives in one event loop; works while it has followers."""

    def __init__(self, bounds: Limits) -> None:
        self.limits = bounds
        self.followers: set[Follower] = set()
        self.streams: dict[Key, Stream] = {}
        self.prices = Prices(bounds.price_seconds, self._read_prices)
        self.auctions = Auctions(bounds.price_seconds, self._read_auctions)
        self.snapshots = Batches(self._read_snapshots, size=SNAPSHOTS_TOGETHER)
        self.history = Batches(self._read_history, size=SESSIONS_TOGETHER)
        self._wanted: dict[Stream, None] = {}
        self._reading = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    # Followers

    def enter(self, follower: "Follower") -> None:
        """A new follower."""
        self.followers.add(follower)
        if not self._tasks:
            jobs = (bus.listen(self.hear, self.look_everywhere), self._read(), self._look(), self._tick())
            self._tasks = [asyncio.create_task(job, name="push-hub") for job in jobs]

    def leave(self, follower: "Follower") -> None:
        """It is gone, with all its subscriptions."""
        self.followers.discard(follower)
        self.prices.leave(follower)
        self.auctions.leave(follower)
        for stream in list(follower.cursors):
            self.unfollow(follower, stream)
        if not self.followers:
            for task in self._tasks:
                task.cancel()
            self._tasks = []

    def follow(self, follower: "Follower", key: Key, *, cursor: int, newest: int) -> None:
        """From now on `follower` gets everything after `cursor`; `newest` is the number of its snapshot."""
        stream = self.streams.get(key)
        if stream is None:
            stream = self.streams[key] = Stream(key, newest)
            self._want(stream)  # what was announced since the snapshot was read
        elif stream.tail.newest < newest:
            self._want(stream)
        stream.followers.add(follower)
        follower.begin(stream, cursor)

    def unfollow(self, follower: "Follower", stream: Stream) -> None:
        """No longer; the last one to go takes the stream with him."""
        follower.forget(stream)
        stream.followers.discard(follower)
        if not stream.followers:
            self.streams.pop(stream.key, None)
            self._wanted.pop(stream, None)

    # News

    def hear(self, news: Announcement) -> None:
        """An announcement: taken as it is when it is a stream's next update, else a reason to read."""
        if not news.session:
            self._want(self.streams.get(("alerts", "")))
            return
        stream = self.streams.get(("session", news.session))
        if stream is not None and stream.tail.append(news.seq, news.update):
            stream.tell()
        elif stream is not None and news.seq > stream.tail.newest:
            self._want(stream)
        self._want(self.streams.get(("sessions", news.principal)))

    def look_everywhere(self) -> None:
        """Announcements may have been lost: read every stream."""
        for stream in self.streams.values():
            self._want(stream)

    def _want(self, stream: Stream | None) -> None:
        if stream is not None:
            self._wanted[stream] = None
            self._reading.set()

    # Rows

    async def run(self, what: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function that asks the database in one of the reading threads."""
        READS.labels(what).inc()
        call = partial(reading.giving_back, function, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(reading.threads(), call)

    async def _read(self) -> None:
        """Read the streams that are wanted, all sessions among them by one query; one such query at a time."""
        while True:
            await self._reading.wait()
            self._reading.clear()
            while self._wanted:
                taken = list(self._wanted)[:SESSIONS_TOGETHER]
                for stream in taken:
                    del self._wanted[stream]
                try:
                    await self._read_streams(taken)
                except Exception as error:
                    log.warning("hub.cannot_read", error=repr(error)[:200])
                    self._wanted.update(dict.fromkeys(stream for stream in taken if stream.followers))
                    await asyncio.sleep(RETRY_SECONDS)

    async def _read_streams(self, streams: list[Stream]) -> None:
        found = await self._read_history([(*stream.key, stream.tail.newest) for stream in streams])
        for stream, updates in zip(streams, found.values(), strict=True):
            stream.take(updates)
            if len(updates) >= reading.PAGE and stream.followers:
                self._want(stream)

    async def _read_history(self, wanted: list[tuple[str, str, int]]) -> dict[tuple[str, str, int], list[Numbered]]:
        """What came after a number in each of several streams, at most a page of each."""
        found: dict[tuple[str, str, int], list[Numbered]] = {key: [] for key in wanted}
        sessions = [(subject, after) for channel, subject, after in wanted if channel == "session"]
        if sessions:
            updates = await self.run("updates", reading.updates_read, sessions)
            found |= {("session", *key): rows for key, rows in updates.items()}
        for key in wanted:
            channel, subject, after = key
            if channel == "sessions":
                found[key] = await self.run("feed", reading.feed_read, subject, after)
            elif channel == "alerts":
                found[key] = await self.run("alerts", reading.alerts_read, after)
        return found

    async def _read_snapshots(self, ids: list[str]) -> dict[str, "reading.Snapshot | None"]:
        return await self.run("snapshots", reading.snapshots_read, ids)

    async def _read_prices(self) -> dict[str, PairPrice]:
        return await self.run("prices", prices_now)

    async def _read_auctions(self, names: Collection[str]) -> dict[str, Standing]:
        return await self.run("auctions", auctions_read, names)

    # Time

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(self.limits.poll_seconds)
            self.look_everywhere()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            now = asyncio.get_running_loop().time()
            for follower in list(self.followers):
                follower.tick(now)
            for stream in self.streams.values():
                stream.trim()


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub(limits())
    return _hubs[loop]
