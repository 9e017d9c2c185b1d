"""Moments as documents write them."""

from datetime import UTC, datetime
from typing import overload


@overload
def rfc3339(moment: datetime) -> str: ...
@overload
def rfc3339(moment: None) -> None: ...
@overload
def rfc3339(moment: datetime | None) -> str | None: ...


def rfc3339(moment: datetime | None) -> str | None:
    """UTC with a Z and milliseconds, or None."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@overload
def rfc3339_of(seconds: int) -> str: ...
@overload
def rfc3339_of(seconds: None) -> None: ...
@overload
def rfc3339_of(seconds: int | None) -> str | None: ...


def rfc3339_of(seconds: int | None) -> str | None:
    """The same of chain seconds."""
    return None if seconds is None else rfc3339(datetime.fromtimestamp(seconds, tz=UTC))
