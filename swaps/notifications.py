"""Telling the web processes that something is new. Announcements may be lost, doubled or late: whoever hears them goes by
the numbers, reads the rows where one is missing, and looks at the rows now and then anyway.

An announcement of an update carries the update itself, so that in the usual case nobody reads at all. It goes to a group of
the channel layer, in the layer's own form: whoever has joined the group hears it. It is told and heard past the layer's own
code, which would cost a swap an event loop at each commit, and a follower more than the sending does (docs/adr/0006).
"""

import threading
import time
from functools import cache, partial
from typing import TYPE_CHECKING

import msgspec
import redis
import structlog
from django.conf import settings
from django.db import transaction
from redis.backoff import NoBackoff
from redis.retry import Retry

from swaps.instruments import ANNOUNCEMENTS_LOST

if TYPE_CHECKING:
    from swaps.models import SessionTransition, SwapSession

log = structlog.get_logger(__name__)
TIMEOUT_SECONDS = 0.5  # a bus that hangs costs a commit this much, once in MUTE_SECONDS
MUTE_SECONDS = 1.0
GROUP = "updates"


class Announcement(msgspec.Struct, tag_field="type", tag="announcement"):
    """A message of the channel layer: `type` and these. An update has all fields; an alert its number alone."""

    seq: int
    session: str = ""
    principal: str = ""
    update: str = ""


def update_announce(session: "SwapSession", row: "SessionTransition") -> None:
    """After the commit, tell every web process of the update. What goes wrong here undoes no transition."""
    transaction.on_commit(partial(_tell_update, session, row), robust=True)


def _tell_update(session: "SwapSession", row: "SessionTransition") -> None:
    from swaps.documents import update_document

    text = msgspec.json.encode(update_document(session, row)).decode()
    announce(Announcement(row.seq, session.pk, row.principal, text))


def alert_announce(seq: int) -> None:
    """After the commit, tell every web process of the alert."""
    transaction.on_commit(partial(announce, Announcement(seq)), robust=True)


def announce(news: Announcement) -> bool:
    """Tell it at once; whether the bus took it. Never raises: a bus that is away must not harm who has committed."""
    return _bus().tell(msgspec.msgpack.encode(news))


def group_channel() -> str:
    """The Redis channel that channels-redis' pubsub layer uses for our group."""
    return f"{settings.PUSH_BUS}__group__{GROUP}"


def bus_warm_up() -> None:
    """Connect before the first update, which a swap would wait for."""
    announce(Announcement(0))


class _Bus:
    """A connection for each thread that tells something; silent for a moment after a failure."""

    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(
            url,
            socket_timeout=TIMEOUT_SECONDS,
            socket_connect_timeout=TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 1),  # an idle connection may have died unseen
        )
        self._muted_until = 0.0
        self._guard = threading.Lock()

    def tell(self, message: bytes) -> bool:
        if time.monotonic() < self._muted_until:
            ANNOUNCEMENTS_LOST.inc()
            return False
        try:
            self._redis.publish(group_channel(), message)
        except redis.RedisError as error:
            with self._guard:
                self._muted_until = time.monotonic() + MUTE_SECONDS
            ANNOUNCEMENTS_LOST.inc()
            log.warning("bus.lost", error=repr(error)[:200])
            return False
        return True


@cache
def _bus() -> _Bus:
    return _Bus(settings.REDIS_URL)
