"""When a delivery is tried, and for how long: the specification's own table, up to its eighth row."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

MINUTE, HOUR = 60, 3600
# Seconds between one attempt and the next (Standard Webhooks 1.0.0, "Deliverability and reliability"): 31.6 hours in all.
DELAYS = (0, 5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR)
MAX_ATTEMPTS = len(DELAYS)
JITTER = 0.1
# Nothing is kept on its way longer: behind an endpoint that answers nobody, deliveries come to their turn late, or never.
LIFE = timedelta(hours=72)
# A failing endpoint is asked by one delivery at a time, after a pause that doubles.
QUIET_FIRST, QUIET_MOST = 2.0, 300.0
RETRY_AFTER_MOST = 24 * HOUR


def next_attempt(attempts: int, now: datetime, *, chance: float, retry_after: float | None = None) -> datetime | None:
    """When to try again after `attempts` of them, or None to give up. `chance` (0 to 1) spreads retries by a tenth;
    `retry_after` (seconds) is what the receiver asked for, and puts it off but never forward."""
    if attempts >= MAX_ATTEMPTS:
        return None
    seconds = DELAYS[attempts] * (1 + JITTER * chance)
    return now + timedelta(seconds=max(seconds, retry_after or 0.0))


def quiet_seconds(failures: int, retry_after: float | None = None) -> float:
    """How long an endpoint is left alone after so many failures in a row."""
    pause = min(QUIET_MOST, QUIET_FIRST * 2.0 ** min(failures - 1, 16))
    return max(pause, retry_after or 0.0)


def retry_after_seconds(header: str, now: datetime) -> float | None:
    """RFC 9110, 10.2.3: seconds or a date; None for neither. At most a day."""
    text = header.strip()
    if text.isascii() and text.isdigit():
        return float(min(int(text[:9]), RETRY_AFTER_MOST))
    try:
        at = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max(0.0, (at - now).total_seconds()), float(RETRY_AFTER_MOST))
