"""The operators' view of the service itself."""

from balancer.admin import notices, processes  # noqa: F401  (registration)
