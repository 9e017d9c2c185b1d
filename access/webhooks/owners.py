"""Whether an owner still is one, and what he may be told."""

from django.conf import settings

from access.authentication import BOOTSTRAP, KEY_OWNER
from access.scopes import EVERYTHING, grants
from access.selectors import api_keys_live
from access.webhooks.events import TYPES


def owner_scopes(owner: str) -> frozenset[str] | None:
    """The scopes of all live keys of a principal's id together; None when each was revoked or has expired."""
    if owner == BOOTSTRAP:
        return frozenset({EVERYTHING}) if settings.API_KEY_SECRET else None
    keys = list(api_keys_live().filter(owner=owner.removeprefix(KEY_OWNER)))
    return frozenset(scope for key in keys for scope in key.scopes) if keys else None


def may_be_told(scopes: frozenset[str], type_name: str) -> bool:
    """Whether somebody with `scopes` may be told of a type."""
    found = TYPES.get(type_name)
    return found is not None and (not found.scope or grants(scopes, found.scope))
