"""How many connections, how many messages: counted in this process."""

from collections import Counter
from dataclasses import dataclass
from functools import cache

from django.conf import settings


@dataclass(frozen=True)
class Limits:
    """`settings.SOCKETS`, which says what each is; seconds, bytes and counts."""

    poll_seconds: float
    heartbeat_seconds: float
    auth_seconds: float
    recheck_seconds: float
    price_seconds: float
    lag_seconds: float
    stall_seconds: float
    connections: int
    connections_per_key: int
    connections_per_address: int
    subscriptions: int
    message_bytes: int
    messages_per_second: float
    messages_burst: int


def limits() -> Limits:
    """Those of the settings."""
    return Limits(**settings.SOCKETS)


class Bucket:
    """A token bucket: `burst` at once, `rate` a second for long."""

    def __init__(self, *, rate: float, burst: int, now: float) -> None:
        self._rate, self._burst = rate, burst
        self._tokens, self._at = float(burst), now

    def take(self, now: float) -> bool:
        """Whether one more is allowed at `now`, seconds of any clock that only goes forward."""
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Places:
    """Open connections by what they share: an address, a key, this process. Each kind has its limit."""

    def __init__(self) -> None:
        self._taken: Counter[tuple[str, str]] = Counter()

    def take(self, kind: str, name: str, limit: int) -> bool:
        """One more of this kind and name, if there is room."""
        if self._taken[kind, name] >= limit:
            return False
        self._taken[kind, name] += 1
        return True

    def give_back(self, kind: str, name: str) -> None:
        """One less."""
        self._taken[kind, name] -= 1
        if self._taken[kind, name] <= 0:
            del self._taken[kind, name]

    def taken(self, kind: str, name: str) -> int:
        """How many there are."""
        return self._taken.get((kind, name), 0)


@cache
def places() -> Places:
    """Those of this process. Sockets and event streams are served by one event loop: no lock is needed."""
    return Places()
