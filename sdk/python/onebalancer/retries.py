"""When a request is worth another try, and after how long. Nothing here waits."""

import random
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from onebalancer.errors import ApiError, ConnectionFailed, OneBalancerError

WORTH_ANOTHER_TRY = frozenset({429, 502, 503, 504})
LONGEST_WAIT = 60.0


def backoff(failures: int, base: float = 0.25, cap: float = 8.0) -> float:
    """Exponential with jitter: seconds before the try that follows failure number `failures` (1, 2, …)."""
    longest = min(cap, base * float(1 << min(failures - 1, 20)))
    return longest * random.uniform(0.5, 1.0)


def wait_before_retry(error: OneBalancerError, failures: int) -> float | None:
    """Seconds, or None where another try would not help, or not soon enough."""
    if isinstance(error, ConnectionFailed):
        return backoff(failures)
    if not isinstance(error, ApiError):
        return None
    if error.status not in WORTH_ANOTHER_TRY and error.code != "idempotency_in_progress":
        return None
    asked = error.retry_after or 0.0
    return None if asked > LONGEST_WAIT else max(asked, backoff(failures))


def passes(error: OneBalancerError) -> bool:
    """Whether it is a trouble that a follower of a session outlasts."""
    return isinstance(error, ConnectionFailed) or (
        isinstance(error, ApiError) and (error.status >= 500 or error.status == 429)
    )


def retry_after(header: str | None) -> float | None:
    """Seconds, from RFC 9110's two forms."""
    if header is None:
        return None
    if header.isascii() and header.isdigit():
        return float(header)
    try:
        at = parsedate_to_datetime(header)
    except ValueError:
        return None
    return max(0.0, (at - datetime.now(UTC)).total_seconds())
