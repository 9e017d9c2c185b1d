"""Who needs a second factor: everybody who may do more than look, by the table of roles."""

from typing import Any

from access.roles import is_viewing


def has_duties(person: Any) -> bool:
    """Whether any permission of his is beyond a viewer's: to move money, to pause, to approve, to make keys, to manage people.
    The permissions are read once a request, and are those that `has_perm` reads."""
    if not person.is_authenticated or not person.is_active:
        return False
    return person.is_superuser or any(not is_viewing(name) for name in person.get_all_permissions())
