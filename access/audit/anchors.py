"""Heads of the chain, kept where the table's owner does not reach: in Redis, in the log and wherever an operator writes them.

A chain whose last rows are cut off is a sound chain: only somebody who knows how long it was can tell.
"""

import structlog
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from redis.exceptions import RedisError

from access.audit.encoding import Head, head_read

log = structlog.get_logger(__name__)


def anchor_keep(head: Head) -> None:
    """Remember the head. Without Redis it stands in the log alone."""
    try:
        cache.set(_key(), str(head), timeout=None)
    except (RedisError, OSError) as error:
        log.warning("audit.anchor_not_kept", head=str(head), error=type(error).__name__)


def anchor_kept() -> Head | None:
    """The head that Redis remembers of this database; None where it remembers none."""
    try:
        text = cache.get(_key())
    except (RedisError, OSError):
        return None
    return head_read(text) if text else None


def _key() -> str:
    """Of this very database: one that is made anew, or restored elsewhere, has a chain of its own."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT oid::bigint FROM pg_database WHERE datname = current_database()")
        return f"{settings.PUSH_BUS}:audit:head:{cursor.fetchone()[0]}"
