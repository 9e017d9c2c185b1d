"""Sessions of the console: how long they last, whose they are, and ending all of somebody's."""

import time
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, User
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from access.addresses import client_address
from access.models import OperatorSession

BEGAN, SEEN = "began", "seen"
SEEN_EVERY = 60  # seconds: the least time between two notes that a session is in use
PENDING_SECONDS = 600  # a password without its second factor is worth this long
IDLE, AGE, PENDING = "idle", "age", "pending"


def session_began(request: HttpRequest, person: User) -> None:
    """Note whose session this is, after Django has given it a new key."""
    now = time.time()
    request.session[BEGAN] = request.session[SEEN] = now
    if request.session.session_key is None:
        request.session.create()
    OperatorSession.objects.update_or_create(
        session_key=request.session.session_key,
        defaults={
            "person": person,
            "began_at": timezone.now(),
            "address": client_address(request.META)[:45],
            "browser": request.META.get("HTTP_USER_AGENT", "")[:200],
        },
    )


def session_rotate(request: HttpRequest) -> None:
    """A new key for the same session: what was known of it before is worth nothing now."""
    old = request.session.session_key
    request.session.cycle_key()
    session_rekeyed(old, request.session.session_key)


def session_rekeyed(old: str | None, new: str | None) -> None:
    """Django has given the session another key."""
    OperatorSession.objects.filter(session_key=old).update(session_key=new)


def session_over(session: Mapping[str, Any], *, pending: bool = False) -> str:
    """Why the session is over, as a word; empty while it stands."""
    now, limits = time.time(), settings.ACCOUNTS
    began, seen = session.get(BEGAN, 0.0), session.get(SEEN, 0.0)
    if now - began > limits["session_seconds"]:
        return AGE
    if now - seen > limits["idle_seconds"]:
        return IDLE
    return PENDING if pending and now - began > PENDING_SECONDS else ""


def session_seen(request: HttpRequest) -> None:
    """It is in use: noted once a minute at most."""
    if time.time() - request.session.get(SEEN, 0.0) > SEEN_EVERY:
        request.session[SEEN] = time.time()


@transaction.atomic
def sessions_end(person: AbstractBaseUser, *, keep: str | None = None) -> int:
    """Sign a person out everywhere (but in the session with the key `keep`); how many sessions that ended."""
    found = OperatorSession.objects.filter(person_id=person.pk).exclude(session_key=keep or "")
    keys = list(found.select_for_update().values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    OperatorSession.objects.filter(session_key__in=keys).delete()
    return len(keys)


def sessions_purge() -> int:
    """Forget sessions that are over; how many rows went."""
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
    gone = OperatorSession.objects.exclude(session_key__in=Session.objects.values("session_key"))
    return gone.delete()[0]
