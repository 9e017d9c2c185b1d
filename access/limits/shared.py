"""The count that all processes share, in Valkey: any number of buckets in one round trip."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.commands.core import Script
from redis.exceptions import ConnectionError as Lost
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as TimedOut
from redis.retry import Retry

from access.limits.policies import Bucket

PATIENCE = 0.25  # seconds that a request waits for a count
LOST = (RedisError, OSError)
SHARE = 8
"""A batch is at most one part in so many of what is left: towards the end of a window the count becomes exact."""

LEASE = """
local answer = {}
for i, key in ipairs(KEYS) do
  local limit, window, wanted = tonumber(ARGV[3 * i - 2]), tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
  local used, left = tonumber(redis.call('GET', key) or '0'), redis.call('PTTL', key)
  if left < 0 then
    used, left = 0, window
    redis.call('SET', key, 0, 'PX', window)
  end
  local free = math.max(0, limit - used)
  local granted = math.min(free, math.max(1, math.min(wanted, math.floor(free / tonumber(ARGV[#ARGV])))))
  if granted > 0 then redis.call('INCRBY', key, granted) end
  answer[#answer + 1] = {granted, free - granted, left}
end
return answer
"""


@dataclass(frozen=True)
class Grant:
    """What a bucket gave: `granted` requests, `free` left for others, for `left_ms` milliseconds."""

    granted: int
    free: int
    left_ms: int


class SharedCount:
    """Windows in Valkey: each begins with its bucket's first request, and is forgotten when it ends."""

    @cached_property
    def client(self) -> "Redis":
        """Tried once more at once, for a server that was restarted; then the caller goes on without it."""
        return Redis.from_url(
            settings.REDIS_URL,
            socket_timeout=PATIENCE,
            socket_connect_timeout=PATIENCE,
            retry=Retry(NoBackoff(), 1),
            retry_on_error=[Lost, TimedOut],
        )

    def lease(self, wanted: Sequence[tuple[Bucket, int]]) -> list[Grant]:
        """A batch of each bucket's requests, of at most as many as wanted. Raises one of `LOST` when Valkey is away."""
        keys = [f"{settings.RATE_LIMIT_NAMESPACE}:{bucket.name}" for bucket, _ in wanted]
        words = [word for bucket, count in wanted for word in (bucket.limit, bucket.window_ms, count)]
        found = self._script(keys=keys, args=[*words, SHARE])
        return [Grant(*map(int, one)) for one in found]

    @cached_property
    def _script(self) -> "Script":
        return self.client.register_script(LEASE)
