"""The operators' view of swaps. Rows are read-only: what changes money goes through services."""

from swaps.admin import alerts, money, pauses, sessions  # noqa: F401  (registration)
