"""Where a person stands with his second factor in this session."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django_otp.plugins.otp_totp.models import TOTPDevice

from access.accounts.duties import has_duties

VERIFIED = "second_factor"
"""The session's own record: `{"device": primary key, "at": seconds since 1970}`."""


@dataclass(frozen=True)
class Standing:
    """`needed`: nothing is open to him before he shows one. `device`: the confirmed one. `verified_at`: seconds since 1970."""

    needed: bool
    device: TOTPDevice | None
    verified_at: float | None

    @property
    def is_pending(self) -> bool:
        """He has shown a password, and not yet what he must show besides. Whoever has a device must use it."""
        return (self.needed or self.device is not None) and self.verified_at is None

    @property
    def is_fresh(self) -> bool:
        """Whether a confirmation that moves money need not ask again."""
        if self.device is None:
            return not self.needed
        return self.verified_at is not None and time.time() - self.verified_at <= settings.ACCOUNTS["fresh_seconds"]


def device_of(person: Any) -> TOTPDevice | None:
    """The confirmed device."""
    return TOTPDevice.objects.filter(user_id=person.pk, confirmed=True).order_by("-pk").first()


def standing_of(person: Any, session: Mapping[str, Any]) -> Standing:
    """By what the session says and the database has at this moment: a device that is gone has verified nobody."""
    needed = settings.ACCOUNTS["second_factor"] == "required" and has_duties(person)
    device, said = device_of(person), session.get(VERIFIED) or {}
    verified = device is not None and said.get("device") == device.pk
    return Standing(needed, device, float(said["at"]) if verified else None)


def may_open_console(person: Any, session: Mapping[str, Any]) -> bool:
    """For what is no page and passes no middleware, such as a socket: signed in wholly, and within the session's limits."""
    from access.accounts.sessions import session_over

    return (
        person.is_authenticated
        and person.is_active
        and person.is_staff
        and not session_over(session)
        and not standing_of(person, session).is_pending
    )
