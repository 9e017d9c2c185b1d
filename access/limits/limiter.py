"""Taking one request from a bucket: mostly out of a batch that this process has leased, without leaving it.

A batch is a hundredth of the limit, so a small limit is counted exactly, one round trip a request, and a large one costs a
round trip in hundreds of requests. What a process leased and does not use is lost until the window ends: the limit is never
exceeded, and at most the last hundredths are refused early. A bucket that is empty is remembered, and costs nothing more.

While Valkey is away each process counts by itself, with the same limits: nobody is refused for that, and it is logged once.
"""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from redis import Redis

from access.limits.policies import Bucket, Quota
from access.limits.shared import LOST, SharedCount

log = structlog.get_logger(__name__)
BATCHES = 100
LARGEST_BATCH = 500
RETRY_SECONDS = 5.0
REMEMBERED = 20_000  # buckets; a forgotten one costs a round trip, and the rest of its batch


@dataclass
class Lease:
    """Requests that may pass without asking anyone, `free` more that others may have, until `ends` (of our clock)."""

    granted: int
    free: int
    ends: float


class Limiter:
    """One for each process, used by all its threads."""

    def __init__(self, shared: SharedCount, clock: Callable[[], float] = time.monotonic) -> None:
        self._shared, self._clock = shared, clock
        self._leases: OrderedDict[str, Lease] = OrderedDict()
        self._alone: OrderedDict[str, Lease] = OrderedDict()
        self._guard = threading.Lock()
        self._away_until = 0.0
        self._away = False

    def take(self, *buckets: Bucket) -> list[Quota]:
        """Count one request in each bucket, with one round trip at most. A bucket without a limit has no quota."""
        limited = [bucket for bucket in buckets if bucket.limit > 0]
        with self._guard:
            quotas = {bucket: self._from_lease(self._leases, bucket) for bucket in limited}
        missing = [bucket for bucket, quota in quotas.items() if quota is None]
        if missing:
            quotas.update(zip(missing, self._lease(missing), strict=True))
        return [quota for quota in quotas.values() if quota is not None]

    def forget(self) -> None:
        """Let go of every lease and ask anew: after a change of the settings."""
        with self._guard:
            self._leases.clear()
            self._alone.clear()
            self._away = False

    @property
    def is_away(self) -> bool:
        """Whether Valkey did not answer the last time."""
        return self._away

    @property
    def client(self) -> Redis:
        """The connections to Valkey that the limits use: their patience is short."""
        return self._shared.client

    def _lease(self, buckets: list[Bucket]) -> list[Quota]:
        if self._may_ask():
            try:
                grants = self._shared.lease([(bucket, _batch(bucket)) for bucket in buckets])
            except LOST as error:
                self._is_away(error)
            else:
                self._is_back()
                now = self._clock()
                return [
                    self._keep(bucket, Lease(grant.granted, grant.free, now + grant.left_ms / 1000))
                    for bucket, grant in zip(buckets, grants, strict=True)
                ]
        return [self._count_alone(bucket) for bucket in buckets]

    def _keep(self, bucket: Bucket, lease: Lease) -> Quota:
        """Use one of a new lease, and keep the rest with what another thread leased meanwhile."""
        with self._guard:
            other = self._leases.get(bucket.name)
            if other is not None and other.ends > self._clock():
                lease.granted += other.granted
            self._store(self._leases, bucket, lease)
            return self._use(bucket, lease)

    def _from_lease(self, leases: OrderedDict[str, Lease], bucket: Bucket) -> Quota | None:
        """A quota out of what is at hand; None when it must be asked for."""
        lease = leases.get(bucket.name)
        if lease is None or lease.ends <= self._clock():
            return None
        if lease.granted > 0 or lease.free == 0:
            return self._use(bucket, lease)
        return None

    def _use(self, bucket: Bucket, lease: Lease) -> Quota:
        allowed = lease.granted > 0
        lease.granted -= allowed
        seconds = max(1, math.ceil(lease.ends - self._clock()))
        return Quota(bucket, allowed, lease.granted + lease.free, seconds)

    def _store(self, leases: OrderedDict[str, Lease], bucket: Bucket, lease: Lease) -> None:
        leases[bucket.name] = lease
        leases.move_to_end(bucket.name)
        while len(leases) > REMEMBERED:
            leases.popitem(last=False)

    # Without Valkey

    def _count_alone(self, bucket: Bucket) -> Quota:
        with self._guard:
            quota = self._from_lease(self._alone, bucket)
            if quota is not None:
                return quota
            lease = Lease(bucket.limit, 0, self._clock() + bucket.window_ms / 1000)
            self._store(self._alone, bucket, lease)
            return self._use(bucket, lease)

    def _may_ask(self) -> bool:
        """Always while Valkey answers; once in `RETRY_SECONDS`, by one thread, while it does not."""
        with self._guard:
            if not self._away:
                return True
            if self._clock() < self._away_until:
                return False
            self._away_until = self._clock() + RETRY_SECONDS
            return True

    def _is_away(self, error: Exception) -> None:
        with self._guard:
            told, self._away = self._away, True
            self._away_until = self._clock() + RETRY_SECONDS
        if not told:
            log.warning("access.limits_local", error=type(error).__name__)

    def _is_back(self) -> None:
        if not self._away:
            return
        with self._guard:
            self._away = False
            self._alone.clear()
        log.info("access.limits_shared")


def _batch(bucket: Bucket) -> int:
    return max(1, min(bucket.limit // BATCHES, LARGEST_BATCH))


limiter = Limiter(SharedCount())
