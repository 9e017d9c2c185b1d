"""Operators of the tests: signed in wholly, or by a password alone.

`client.force_login(person)`, which `admin_client` uses, too, means in these tests: he is signed in as an operator is, with the
second factor that his rights ask for. It makes his device, and marks the session as the pages do. `by_password_alone` is
Django's own `force_login`: the password was right, and the code is still to come.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.test import Client
from django.utils import timezone
from django_otp.oath import TOTP

_force_login = Client.force_login


def device_for(person: Any) -> Any:
    """His confirmed device, made when he has none."""
    from django_otp.plugins.otp_totp.models import TOTPDevice

    return TOTPDevice.objects.get_or_create(user_id=person.pk, confirmed=True, defaults={"name": "test"})[0]


def code_of(device: Any, *, steps: int = 0) -> str:
    """The six digits that it shows now, or that many steps of 30 s from now."""
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits)
    totp.time = time.time() + steps * device.step
    return f"{totp.token():06d}"


def by_password_alone(client: Client, person: Any, backend: str | None = None) -> None:
    """Signed in as far as a password goes."""
    from access.models import OperatorSession

    _force_login(client, person, backend)
    session = client.session
    session["began"] = session["seen"] = time.time()
    session.save()
    began = {"person": person, "began_at": timezone.now()}
    OperatorSession.objects.get_or_create(session_key=session.session_key, defaults=began)


def wholly(client: Client, person: Any, backend: str | None = None) -> None:
    """Signed in with everything that is asked of him."""
    from access.accounts.duties import has_duties
    from access.accounts.state import VERIFIED

    by_password_alone(client, person, backend)
    if has_duties(person):
        session = client.session
        session[VERIFIED] = {"device": device_for(person).pk, "at": time.time()}
        session.save()


@contextmanager
def signed_in_wholly() -> Iterator[None]:
    """While it lasts, `force_login` does what `wholly` does."""
    Client.force_login = wholly  # type: ignore[method-assign]
    try:
        yield
    finally:
        Client.force_login = _force_login  # type: ignore[method-assign]
