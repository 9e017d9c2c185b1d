"""The operators' view of access: keys, people, and what was done and refused."""

from access.admin import actions, audit, keys, logins, operating, people, records  # noqa: F401  (registration)
