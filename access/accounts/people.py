"""What is done to operators, wherever it is done: in the console or by `manage.py operator`. Each with its audit row."""

import secrets
from typing import Any

from django.contrib.auth.models import Group, User
from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from access.accounts.sessions import sessions_end
from access.roles import DUTIES
from access.services import audit_record

PASSWORD_BYTES = 15


class PersonRefused(ValueError):
    """There is no such person or role, or there is one already; the sentence says which."""


def person_find(name: str) -> User:
    """Raises `PersonRefused`."""
    found = User.objects.filter(username=name).first()
    if found is None:
        raise PersonRefused(f"there is nobody called {name!r}: manage.py operator list shows who is there")
    return found


def role_of(person: User) -> str:
    """The highest of his roles, `superuser`, or empty."""
    if person.is_superuser:
        return "superuser"
    held = {group.name for group in person.groups.all()}
    return next((role for role in reversed(DUTIES) if role in held), "")


@transaction.atomic
def person_create(*, name: str, role: str, actor_kind: str, actor_id: str, password: str = "", email: str = "") -> str:
    """A new operator in a role's group; his password, made here unless one is given. Raises `PersonRefused`, and Django's
    `ValidationError` for a weak password."""
    if User.objects.filter(username=name).exists():
        raise PersonRefused(f"there is somebody called {name!r} already")
    group = _group(role)
    password = password or secrets.token_urlsafe(PASSWORD_BYTES)
    person = User(username=name, email=email, is_staff=True)
    person.full_clean(exclude=["password"])
    validate_password(password, person)
    person.set_password(password)
    person.save()
    person.groups.set([group])
    _record("operator_created", person, actor_kind, actor_id, {"roles": [role]})
    return password


@transaction.atomic
def person_role_set(person: User, *, role: str, actor_kind: str, actor_id: str) -> None:
    """Exactly this role from now on; his sessions end. Raises `PersonRefused`."""
    before = sorted(person.groups.values_list("name", flat=True))
    person.groups.set([_group(role)])
    _record("operator_changed", person, actor_kind, actor_id, {"roles": [role], "before": before}, end=True)


@transaction.atomic
def person_active_set(person: User, *, active: bool, actor_kind: str, actor_id: str) -> None:
    """Let him in, or not any more: then his sessions end."""
    person.is_active = active
    person.save(update_fields=["is_active"])
    _record("operator_changed", person, actor_kind, actor_id, {"active": active}, end=not active)


@transaction.atomic
def person_password_set(person: User, *, actor_kind: str, actor_id: str, password: str = "") -> str:
    """A new password, made here unless one is given; his sessions end."""
    password = password or secrets.token_urlsafe(PASSWORD_BYTES)
    validate_password(password, person)
    person.set_password(password)
    person.save(update_fields=["password"])
    _record("operator_password_changed", person, actor_kind, actor_id, end=True)
    return password


def _group(role: str) -> Group:
    found = Group.objects.filter(name=role).first() if role in DUTIES else None
    if found is None:
        raise PersonRefused(f"there is no role {role!r}: roles are {', '.join(DUTIES)}")
    return found


def _record(
    action: str,
    person: User,
    actor_kind: str,
    actor_id: str,
    detail: dict[str, Any] | None = None,
    *,
    end: bool = False,
) -> None:
    ended = {"sessionsEnded": sessions_end(person)} if end else {}
    audit_record(
        action=action,
        actor_kind=actor_kind,
        actor_id=actor_id[:80],
        target=person.get_username()[:80],
        detail={**(detail or {}), **ended},
    )
