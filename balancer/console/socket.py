"""`/ws/console`: the sections of the first page as they change, at most once in `push_seconds`.

The page says in its query what it shows (`?have=now:DIGEST,strip:DIGEST`). Messages to it are

    {"type": "figures", "at": "2026-11-21T17:45:40Z", "sections": [{"name", "digest", "html"}]}   what has changed
    {"type": "alive", "at": …}       nothing has, and the feed lives: every `heartbeat_seconds`
    {"type": "blind"}                the figures could not be read
    {"type": "ended"}                the operator's session is over: 4401 follows

It closes with 4401 when nobody is logged in any more, and with 4403 for another site's page or for who may see nothing.
"""

import asyncio
import time
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs

import msgspec
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

from balancer.console.feed import Watcher, feed
from balancer.console.operators import is_own_page, operator_of, session_key
from balancer.console.page import had, news
from balancer.console.survey import sections_of

NOT_LOGGED_IN, NOT_ALLOWED = 4401, 4403


class ConsoleConsumer(AsyncWebsocketConsumer):
    """One operator's page. What it says is not listened to."""

    names: list[str]

    async def connect(self) -> None:
        """Accept first, since a refused handshake tells a page nothing; then look who it is."""
        self._tasks: list[asyncio.Task[None]] = []
        await self.accept()
        if not is_own_page(self.scope["headers"]):
            await self.close(NOT_ALLOWED)
            return
        self._key = session_key(self.scope["headers"])
        if await self._is_over():
            return
        query = parse_qs(self.scope["query_string"].decode("latin-1"))
        self._have = had(query.get("have", [""])[0])
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._tell()), loop.create_task(self._recheck())]

    async def disconnect(self, code: int) -> None:
        """Nobody looks on any more."""
        for task in self._tasks:
            if task is not asyncio.current_task():
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    async def _is_over(self) -> bool:
        """Look who it is and what he may see; close the socket where that is nobody, or nothing."""
        self.names = await database_sync_to_async(_sections_by, thread_sensitive=False)(self._key)
        if self.names:
            return False
        is_known = await database_sync_to_async(operator_of, thread_sensitive=False)(self._key) is not None
        await self._say({"type": "ended"})
        await self.close(NOT_ALLOWED if is_known else NOT_LOGGED_IN)
        return True

    async def _recheck(self) -> None:
        while True:
            await asyncio.sleep(settings.CONSOLE["recheck_seconds"])
            if await self._is_over():
                return

    async def _tell(self) -> None:
        watcher, at = Watcher(), feed()
        at.join(watcher)
        said = 0.0
        try:
            while True:
                taken = await watcher.next()
                message: dict[str, Any] = {"type": "blind"} if taken is None else news(taken, self.names, self._have)
                is_due = time.monotonic() - said >= settings.CONSOLE["heartbeat_seconds"]
                if message["type"] == "figures" or is_due:
                    await self._say(message)
                    said = time.monotonic()
                    self._have |= {one["name"]: one["digest"] for one in message.get("sections", ())}
        finally:
            await at.leave(watcher)

    async def _say(self, message: dict[str, Any]) -> None:
        await self.send(text_data=msgspec.json.encode(message).decode())


def _sections_by(key: str) -> list[str]:
    """What the operator of this session may see now."""
    operator = operator_of(key)
    return [] if operator is None else sections_of(operator)
