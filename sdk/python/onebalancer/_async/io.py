"""Waiting, sockets and work beside: what differs between an asynchronous and a synchronous client."""

import asyncio
import json
import math
import time
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

Message = dict[str, Any]
OPEN_SECONDS = 10.0


class SocketClosed(Exception):
    """It broke, fell silent, or never opened."""


class Stop:
    """Tells a follower to end, after so many seconds or when told to."""

    def __init__(self, seconds: float = math.inf) -> None:
        self._end = time.monotonic() + seconds

    def set(self) -> None:
        """From now on."""
        self._end = -math.inf

    def left(self) -> float:
        """Seconds."""
        return max(0.0, self._end - time.monotonic())

    def is_set(self) -> bool:
        """Whether it shall end."""
        return self.left() == 0.0


async def pause(seconds: float, stop: Stop | None = None) -> None:
    """Wait, at most until told to end."""
    await asyncio.sleep(min(seconds, stop.left()) if stop else seconds)


class Socket:
    """JSON messages over a WebSocket."""

    def __init__(self, connection: ClientConnection, stack: AsyncExitStack) -> None:
        self._connection, self._stack = connection, stack

    @classmethod
    async def open(cls, url: str) -> Self:
        """Raises `SocketClosed`."""
        stack = AsyncExitStack()
        try:
            return cls(await stack.enter_async_context(connect(url, open_timeout=OPEN_SECONDS)), stack)
        except (OSError, TimeoutError, WebSocketException) as error:
            raise SocketClosed(f"{url} could not be opened") from error

    async def send(self, **message: Any) -> None:
        """Raises `SocketClosed`."""
        try:
            await self._connection.send(json.dumps(message))
        except WebSocketException as error:
            raise SocketClosed("the socket is closed") from error

    async def next(self, silence: float, stop: Stop) -> Message:
        """The next message. Raises `SocketClosed` at the end, and after so many seconds without any."""
        try:
            async with asyncio.timeout(min(silence, stop.left())):
                message = json.loads(await self._connection.recv())
        except (TimeoutError, ValueError, WebSocketException) as error:
            raise SocketClosed("the socket is closed, silent, or not our service's") from error
        return message if isinstance(message, dict) else {}

    async def close(self) -> None:
        await self._stack.aclose()


class Background:
    """Work beside: `close()` ends it, `wait()` returns at its end and raises what it raised."""

    def __init__(self, task: "asyncio.Task[None]") -> None:
        self._task = task

    def close(self) -> None:
        self._task.cancel()

    async def wait(self) -> None:
        """Until the end."""
        await asyncio.wait([self._task])
        if not self._task.cancelled():
            self._task.result()


def beside(work: Callable[[], Coroutine[Any, Any, None]], stop: Stop) -> Background:
    """Start work."""
    return Background(asyncio.create_task(work()))
