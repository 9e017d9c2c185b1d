"""Waiting, sockets and work beside: what differs between an asynchronous and a synchronous client."""

import json
import math
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Self

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

Message = dict[str, Any]
OPEN_SECONDS = 10.0
LOOK_SECONDS = 0.5  # how long it may take until work beside hears that it shall end


class SocketClosed(Exception):
    """It broke, fell silent, or never opened."""


class Stop:
    """Tells a follower to end, after so many seconds or when told to."""

    def __init__(self, seconds: float = math.inf) -> None:
        self._end = time.monotonic() + seconds
        self._told = threading.Event()

    def set(self) -> None:
        """From now on."""
        self._told.set()

    def left(self) -> float:
        """Seconds."""
        return 0.0 if self._told.is_set() else max(0.0, self._end - time.monotonic())

    def is_set(self) -> bool:
        """Whether it shall end."""
        return self.left() == 0.0

    def wait(self, seconds: float) -> None:
        """At most so long."""
        self._told.wait(min(seconds, self.left()))


def pause(seconds: float, stop: Stop | None = None) -> None:
    """Wait, at most until told to end."""
    if stop is None:
        time.sleep(seconds)
    else:
        stop.wait(seconds)


class Socket:
    """JSON messages over a WebSocket."""

    def __init__(self, connection: ClientConnection, stack: ExitStack) -> None:
        self._connection, self._stack = connection, stack

    @classmethod
    def open(cls, url: str) -> Self:
        """Raises `SocketClosed`."""
        stack = ExitStack()
        try:
            return cls(stack.enter_context(connect(url, open_timeout=OPEN_SECONDS)), stack)
        except (OSError, TimeoutError, WebSocketException) as error:
            raise SocketClosed(f"{url} could not be opened") from error

    def send(self, **message: Any) -> None:
        """Raises `SocketClosed`."""
        try:
            self._connection.send(json.dumps(message))
        except WebSocketException as error:
            raise SocketClosed("the socket is closed") from error

    def next(self, silence: float, stop: Stop) -> Message:
        """The next message. Raises `SocketClosed` at the end, after so many seconds without any, and when told to end."""
        end = time.monotonic() + silence
        while time.monotonic() < end and not stop.is_set():
            try:
                message = json.loads(self._connection.recv(timeout=min(LOOK_SECONDS, silence)))
            except TimeoutError:
                continue
            except (ValueError, WebSocketException) as error:
                raise SocketClosed("the socket is closed, or not our service's") from error
            return message if isinstance(message, dict) else {}
        raise SocketClosed(f"nothing was heard for {silence} s")

    def close(self) -> None:
        self._stack.close()


class Background:
    """Work beside: `close()` ends it, `wait()` returns at its end and raises what it raised."""

    def __init__(self, work: Callable[[], None], stop: Stop) -> None:
        self._work, self._stop = work, stop
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._work()
        except BaseException as error:  # told to whoever waits
            self._error = error

    def close(self) -> None:
        self._stop.set()

    def wait(self) -> None:
        """Until the end."""
        self._thread.join()
        if self._error is not None:
            raise self._error


def beside(work: Callable[[], None], stop: Stop) -> Background:
    """Start work."""
    return Background(work, stop)
