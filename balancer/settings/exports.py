"""What operators take away as files."""

from typing import Any


def limit(env: Any) -> int:
    """The most sessions in one file: it is made in memory, within one request."""
    return max(1, int(env.int("SESSIONS_EXPORT_LIMIT", default=20_000)))
