"""One subscription to the channel layer for the whole process, fanned out to the sockets that care.

A hint says only "this session reached this seq". Losing one costs a poll interval, nothing else.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import structlog
from channels.layers import get_channel_layer

from swaps.notifications import GROUP

log = structlog.get_logger(__name__)
RETRY_SECONDS = 1.0
Wake = Callable[[str], None]


class Hub:
    """Wakes subscribers of a session when a hint for it arrives. Lives in one event loop."""

    def __init__(self) -> None:
        self._wakes: dict[str, set[Wake]] = defaultdict(set)
        self._listening: asyncio.Task[None] | None = None

    def join(self, session_id: str, wake: Wake) -> None:
        """Have `wake(session_id)` called at each hint for the session."""
        self._wakes[session_id].add(wake)
        if self._listening is None or self._listening.done():
            self._listening = asyncio.create_task(self._listen(), name="session-hints")

    def leave(self, session_id: str, wake: Wake) -> None:
        """Stop that; the last one to leave forgets the session."""
        self._wakes[session_id].discard(wake)
        if not self._wakes[session_id]:
            del self._wakes[session_id]

    async def _listen(self) -> None:
        layer: Any = get_channel_layer()
        while True:
            try:
                channel = await layer.new_channel("hub")
                await layer.group_add(GROUP, channel)
                while True:
                    self._fan_out(await layer.receive(channel))
            except Exception as error:
                log.warning("hub.lost_the_layer", error=repr(error)[:200])
                await asyncio.sleep(RETRY_SECONDS)

    def _fan_out(self, message: dict[str, Any]) -> None:
        for wake in list(self._wakes.get(message.get("session", ""), ())):
            wake(message["session"])


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]
