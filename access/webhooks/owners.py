"""Whether an owner still is one, and what he may be told."""

from django.conf import settings

from access.authentication import BOOTSTRAP, KEY_OWNER
from access.scopes import EVERYTHING, grants
from access.services import api_key_live
from access.webhooks.events import TYPES


def owner_scopes(owner: str) -> frozenset[str] | None:
    """The scopes of the key behind a principal's id; None when it was revoked, has expired, or never was."""
    if owner == BOOTSTRAP:
        return frozenset({EVERYTHING}) if settings.API_KEY_SECRET else None
    key = api_key_live(owner.removeprefix(KEY_OWNER)) if owner.startswith(KEY_OWNER) else None
    return None if key is None else frozenset(key.scopes)


def may_be_told(scopes: frozenset[str], type_name: str) -> bool:
    """Whether somebody with `scopes` may be told of a type."""
    found = TYPES.get(type_name)
    return found is not None and (not found.scope or grants(scopes, found.scope))
