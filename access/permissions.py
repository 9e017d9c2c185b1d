"""Which scope a view needs."""

from functools import cache
from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from access.authentication import Principal


@cache
def HasScope(scope: str) -> type[BasePermission]:  # noqa: N802  (it makes a class)
    """A permission class that asks for one scope; without it the answer is 403 `insufficient_scope`."""

    class Scoped(BasePermission):
        message = f"this key lacks the scope {scope}"
        code = "insufficient_scope"
        needed_scope = scope

        def has_permission(self, request: Request, view: Any) -> bool:
            return isinstance(request.user, Principal) and request.user.has_scope(scope)

    return Scoped
