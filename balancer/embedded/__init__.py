"""A real PostgreSQL 18 and Valkey from wheels, started by us where no other address is given.

`ensure(data_dir)` for the service, `ephemeral()` for tests, `python -m balancer.embedded` for people.
"""

from balancer.embedded.errors import EmbeddedError
from balancer.embedded.services import Services, complaint, ensure, ephemeral, release, status, stop

__all__ = ["EmbeddedError", "Services", "complaint", "ensure", "ephemeral", "release", "status", "stop"]
