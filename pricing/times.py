"""Moments as documents write them."""

from datetime import UTC, datetime


def rfc3339(moment: datetime) -> str:
    """UTC with a Z and milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
