"""A real PostgreSQL and a real Valkey from wheels, started by us: nothing to install, nothing shared with the machine."""

from balancer.embedded.errors import EmbeddedError
from balancer.embedded.manager import Services, ensure, ephemeral, status, stop

__all__ = ["EmbeddedError", "Services", "ensure", "ephemeral", "status", "stop"]
