"""Who acts: an operator in the admin, or a command."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from access.models import ActorKind

PROPOSE, EXECUTE, APPROVE = "access.propose_actions", "access.execute_actions", "access.approve_actions"


@dataclass(frozen=True)
class Actor:
    """A name, and what it may."""

    name: str
    may: Callable[[str], bool]
    kind: str = ActorKind.OPERATOR

    @classmethod
    def of(cls, user: Any) -> "Actor":
        """The operator who is logged in."""
        return cls(user.get_username(), user.has_perm)
