"""What a key may be allowed to do. A table, shown in the admin and by the commands."""

from collections.abc import Iterable

EVERYTHING = "*"

SCOPES: dict[str, str] = {
    "swaps:read": "see own swaps and follow their updates",
    "swaps:write": "make, execute and cancel own swaps, and hand over their secrets",
    "quotes:read": "ask for quotes, prices and pairs",
    "webhooks:write": "have own webhook endpoints, told of what the key may read",
    "metrics:read": "read the metrics",
    "sessions:all": "see and act on everybody's swaps: for operators",
    EVERYTHING: "everything",
}


def unknown_scopes(scopes: Iterable[str]) -> list[str]:
    """Those that are not in the table, in order."""
    return sorted(set(scopes) - set(SCOPES))


def grants(scopes: frozenset[str], scope: str) -> bool:
    """Whether somebody with `scopes` may do what `scope` names."""
    return EVERYTHING in scopes or scope in scopes
