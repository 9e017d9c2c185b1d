"""Refusals on their way to the operators: counted in Valkey by hour, written to the database once a minute.

A flood of refused requests costs the database nothing. While Valkey is away a process keeps its counts and adds them later;
a process that ends then loses them: they are for looking at, and nothing depends on them.
"""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from datetime import UTC
from functools import cached_property

from django.conf import settings
from django.utils import timezone
from redis import Redis
from redis.commands.core import Script

from access.limits.limiter import limiter
from access.limits.shared import LOST

MOST_KINDS = 5_000  # different rows in a minute; what is beyond is counted without saying whose it was
MOST_PENDING = 1_000

ADD = """
for i = 1, #ARGV - 2, 3 do
  local field = ARGV[i]
  if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[#ARGV - 1]) and redis.call('HEXISTS', KEYS[1], field) == 0 then
    field = ARGV[i + 1]
  end
  redis.call('HINCRBY', KEYS[1], field, ARGV[i + 2])
end
redis.call('EXPIRE', KEYS[1], ARGV[#ARGV])
"""
LIFE = 86_400  # seconds that counts wait for a worker that writes them down


@dataclass(frozen=True)
class Refused:
    """Whose request was refused, what for, where, and in which hour (ISO 8601, UTC). `principal` is "" for strangers."""

    kind: str
    principal: str
    address: str
    endpoint: str
    hour: str


class RefusalCounts:
    """One for each process."""

    def __init__(self) -> None:
        self._pending: Counter[Refused] = Counter()
        self._guard = threading.Lock()

    def add(self, *, kind: str, principal: str, address: str, endpoint: str) -> None:
        """Count one refusal."""
        hour = timezone.now().astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        refused = Refused(kind, principal[:80], address[:45], endpoint[:80], hour.isoformat())
        with self._guard:
            if len(self._pending) < MOST_PENDING or refused in self._pending:
                self._pending[refused] += 1
            batch = self._pending
            if limiter.is_away:
                return
            self._pending = Counter()
        try:
            self._push(batch)
        except LOST:
            with self._guard:
                self._pending.update(batch)

    def _push(self, batch: Counter[Refused]) -> None:
        words: list[str | int] = []
        for refused, count in batch.items():
            nameless = Refused(refused.kind, "", "", "", refused.hour)
            words += [json.dumps(astuple(refused)), json.dumps(astuple(nameless)), count]
        self._script(keys=[_name()], args=[*words, MOST_KINDS, LIFE])

    @contextmanager
    def taken(self) -> Iterator[dict[Refused, int]]:
        """What was counted since the last time. It is forgotten when the block ends well; else the next one gets it again."""
        taken = f"{_name()}:taken"
        if not self._client.exists(taken) and self._client.exists(_name()):
            self._client.renamenx(_name(), taken)
        found = self._client.hgetall(taken)
        yield {Refused(*json.loads(field)): int(count) for field, count in found.items()}
        self._client.delete(taken)

    @property
    def _client(self) -> "Redis":
        return limiter.client

    @cached_property
    def _script(self) -> Script:
        return self._client.register_script(ADD)


def _name() -> str:
    return f"{settings.RATE_LIMIT_NAMESPACE}:refused"


refusals = RefusalCounts()
