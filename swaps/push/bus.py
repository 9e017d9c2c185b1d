"""Hearing announcements: one subscription to Redis for the whole process."""

import asyncio
from collections.abc import Callable

import msgspec
import redis.asyncio
import structlog
from django.conf import settings

from swaps.notifications import Announcement
from swaps.push.instruments import ANNOUNCED

log = structlog.get_logger(__name__)
RETRY_SECONDS = 0.5
SILENCE_SECONDS = 15.0  # a Redis that does not even answer a ping is gone
_decode = msgspec.json.Decoder(Announcement).decode


async def listen(hear: Callable[[Announcement], None], missed: Callable[[], None]) -> None:
    """Call `hear` for each announcement, for ever; `missed` whenever some may have been lost: at every (re)connection."""
    while not _is_cancelled():
        try:
            await _listen_once(hear, missed)
        except (redis.RedisError, OSError, TimeoutError) as error:
            if not _is_cancelled():
                log.warning("bus.away", error=repr(error)[:200])
                await asyncio.sleep(RETRY_SECONDS)


async def _listen_once(hear: Callable[[Announcement], None], missed: Callable[[], None]) -> None:
    client = redis.asyncio.Redis.from_url(settings.REDIS_URL, health_check_interval=int(SILENCE_SECONDS), retry=None)
    async with client, client.pubsub() as pubsub:
        await pubsub.subscribe(settings.PUSH_BUS)
        while not _is_cancelled():
            message = await pubsub.get_message(timeout=SILENCE_SECONDS)
            if message is None:
                continue
            if message["type"] == "subscribe":
                missed()
            elif message["type"] == "message":
                _take(message["data"], hear)


def _is_cancelled() -> bool:
    """Whether somebody cancelled this task: redis-py takes a cancellation while it connects for a connection that failed."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _take(data: bytes, hear: Callable[[Announcement], None]) -> None:
    try:
        news = _decode(data)
    except msgspec.DecodeError:
        log.warning("bus.not_ours")
        return
    ANNOUNCED.inc()
    hear(news)
