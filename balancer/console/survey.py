"""The console's sections as HTML, drawn once for all operators of all processes.

Whoever asks first within `survey_seconds` reads the database and draws; everybody else gets the same from Valkey, so that ten
operators cost as one. While Valkey is away each process draws for itself, no more often than that.
"""

import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.conf import settings
from django.core.cache import cache
from django.template.loader import render_to_string
from django.utils import timezone
from redis.exceptions import RedisError

from balancer.console.figures import active, chain, money, moved, now, recent, strip
from balancer.console.figures.moment import Moment
from balancer.console.figures.past import Past, past_read

log = structlog.get_logger(__name__)
PAST_SECONDS = 15
"""What has been is read so often; the last 7 days are the most that is read."""
LEASE_SECONDS = 5
"""So long the others make do with what is there, while one reads."""


@dataclass(frozen=True)
class Section:
    """One part of the page, for those who have `permission`. `read` gives what its template shows. `column` 0 is as wide as the
    page."""

    name: str
    column: int
    permission: str
    read: Callable[[Moment], dict[str, Any]]

    def draw(self, moment: Moment) -> str:
        """Its HTML, without the words of how long ago anything was: `words.moments_fill` knows them."""
        return render_to_string(f"console/{self.name}.html", self.read(moment)).strip()


SECTIONS = (
    Section("now", 0, "swaps.view_alert", now.read),
    Section("strip", 0, "swaps.view_swapsession", strip.read),
    Section("active", 1, "swaps.view_swapsession", active.read),
    Section("recent", 1, "swaps.view_swapsession", recent.read),
    Section("money", 2, "swaps.view_leg", money.read),
    Section("chain", 2, "chains.view_chain", chain.read),
    Section("moved", 2, "swaps.view_ledgerentry", moved.read),
)


@dataclass(frozen=True)
class Snapshot:
    """Every section as it was `at` a moment, by name."""

    at: datetime
    html: dict[str, str]

    def digest(self, name: str) -> str:
        """Changes when the section does."""
        return hashlib.sha256(self.html[name].encode()).hexdigest()[:16]


def sections_of(user: Any) -> list[str]:
    """The names of the sections that somebody may see, in the page's order."""
    return [section.name for section in SECTIONS if user.has_perm(section.permission)]


def snapshot() -> Snapshot:
    """The newest one, at most `survey_seconds` old while the database answers in time. Synchronous; a handful of milliseconds
    or a draught of some twenty queries. Raises what the database raises."""
    found: Snapshot | None = _shared.get("snapshot")
    if found is not None and _age(found) < settings.CONSOLE["survey_seconds"]:
        return found
    if found is not None and _age(found) < LEASE_SECONDS and not _shared.claim("lease"):
        return found  # somebody is about to have a newer one
    made = _draw()
    _shared.put("snapshot", made)
    return made


def forget() -> None:
    """The next one is drawn anew: for tests, and whoever has just changed something."""
    _shared.forget()


def _draw() -> Snapshot:
    moment = Moment(timezone.now(), _past)
    return Snapshot(moment.now, {section.name: section.draw(moment) for section in SECTIONS})


def _past() -> Past:
    found = _shared.get("past")
    if isinstance(found, Past):
        return found
    made = past_read(timezone.now())
    _shared.put("past", made, PAST_SECONDS)
    return made


def _age(found: Snapshot) -> float:
    return (timezone.now() - found.at).total_seconds()


class Shared:
    """What processes share in Valkey; a process's own memory while that is away."""

    def __init__(self) -> None:
        self._own: dict[str, tuple[float, Any]] = {}
        self._guard = threading.Lock()

    def get(self, name: str) -> Any:
        """None when there is nothing, or nothing that this version can read."""
        try:
            return cache.get(_key(name))
        except RedisError:
            ends, value = self._own.get(name, (0.0, None))
            return value if time.monotonic() < ends else None
        except (AttributeError, TypeError, ImportError) as error:  # pickled by another version of this code
            log.warning("console.unreadable", name=name, error=repr(error)[:200])
            return None

    def put(self, name: str, value: Any, seconds: float = 60) -> None:
        """Keep it for so long."""
        with self._guard:
            self._own[name] = time.monotonic() + seconds, value
        try:
            cache.set(_key(name), value, seconds)
        except RedisError as error:
            log.warning("console.alone", error=repr(error)[:200])

    def claim(self, name: str) -> bool:
        """Whether nobody else has it for the next seconds."""
        try:
            return bool(cache.add(_key(name), 1, settings.CONSOLE["survey_seconds"]))
        except RedisError:
            return True

    def forget(self) -> None:
        """Everything."""
        self._own.clear()
        cache.delete_many([_key(name) for name in ("snapshot", "past", "lease")])


def _key(name: str) -> str:
    return f"console:{settings.PUSH_BUS}:{settings.DATABASES['default']['NAME']}:{name}"


_shared = Shared()
