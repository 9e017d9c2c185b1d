"""The second factor: enrolling a device, checking a code, taking a device away. Every change has its audit row."""

from base64 import b32encode
from datetime import datetime
from typing import Any

import structlog
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django_otp.models import Device
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from access.accounts.recovery import recovery_code_read, recovery_codes_left, recovery_codes_make, recovery_hash
from access.accounts.sessions import sessions_end
from access.accounts.state import device_of
from access.models import ActorKind
from access.services import audit_record

log = structlog.get_logger(__name__)
NAME = "authenticator"
DIGITS = 6
WRONG = "The code is wrong, or was used already. Wait for the next one, and see that the clock of your phone is right."
WRONG_RECOVERY = "This is none of your unused recovery codes."


class CodeRefused(Exception):
    """A code that opens nothing; the sentence is for the person. `until`: no code is looked at before."""

    def __init__(self, sentence: str, until: datetime | None = None) -> None:
        super().__init__(sentence)
        self.sentence, self.until = sentence, until


def enrolment_open(person: AbstractBaseUser) -> TOTPDevice:
    """The device that waits to be confirmed, with its secret: the same until then, so that a page may be loaded twice."""
    waiting = TOTPDevice.objects.filter(user_id=person.pk, confirmed=False).order_by("-pk").first()
    return waiting or TOTPDevice.objects.create(user_id=person.pk, name=NAME, confirmed=False)


def secret_text(device: TOTPDevice) -> str:
    """The secret as an authenticator takes it by hand: base32 in groups of four."""
    text = b32encode(device.bin_key).decode().rstrip("=")
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def enrolment_confirm(person: AbstractBaseUser, code: str) -> tuple[TOTPDevice, list[str]]:
    """A first right code makes the waiting device the person's one device; the recovery codes come with it, once.

    Raises `CodeRefused`. What a wrong code costs (django-otp's throttle) stands also then.
    """
    with transaction.atomic():
        device = (
            TOTPDevice.objects.select_for_update().filter(user_id=person.pk, confirmed=False).order_by("-pk").first()
        )
        refused = _refusal(device, code, WRONG)
        if device is not None and refused is None:
            replaced = TOTPDevice.objects.filter(user_id=person.pk).exclude(pk=device.pk).delete()[0]
            device.confirmed = True
            device.save(update_fields=["confirmed"])
            codes = recovery_codes_make(person)
            _record(person, "second_factor_enrolled", by=person, detail={"replaced": replaced})
            return device, codes
    assert refused is not None
    raise refused


def code_check(person: AbstractBaseUser, text: str) -> TOTPDevice:
    """The person's device, if this is a code of it or an unused recovery code. Raises `CodeRefused`."""
    code = recovery_code_read(text)
    with transaction.atomic():
        kept = TOTPDevice.objects.select_for_update().filter(user_id=person.pk, confirmed=True).order_by("-pk").first()
        of_device = code.isdecimal() and len(code) == DIGITS
        refused = _refusal(kept, code, WRONG) if of_device else _recovery_refusal(person, code)
        if kept is not None and refused is None:
            return kept
    refused = refused or CodeRefused("There is no second factor to check a code with.")
    log.warning("accounts.code_refused", person=person.get_username(), until=refused.until)
    raise refused


def _recovery_refusal(person: AbstractBaseUser, code: str) -> CodeRefused | None:
    device = StaticDevice.objects.select_for_update().filter(user_id=person.pk).first()
    refused = _refusal(device, recovery_hash(code), WRONG_RECOVERY)
    if refused is None:
        left = recovery_codes_left(person)
        _record(person, "recovery_code_used", by=person, detail={"left": left})
        log.warning("accounts.recovery_code_used", person=person.get_username(), left=left)
    return refused


def _refusal(device: Device | None, code: str, sentence: str) -> CodeRefused | None:
    """None for a right code. django-otp counts wrong ones, makes each next one wait longer, and takes no code twice."""
    if device is None:
        return CodeRefused(sentence)
    allowed, why = device.verify_is_allowed()
    if not allowed:
        until = (why or {}).get("locked_until")
        at = f"{until:%H:%M:%S} UTC" if until else "a while"
        return CodeRefused(f"Too many wrong codes: the next one is looked at from {at}.", until)
    return None if device.verify_token(code) else CodeRefused(sentence)


def recovery_codes_renew(person: AbstractBaseUser) -> list[str]:
    """Ten new ones instead of what is left. Raises `CodeRefused` for somebody without a device."""
    if device_of(person) is None:
        raise CodeRefused("There is no second factor that the codes could stand for.")
    with transaction.atomic():
        codes = recovery_codes_make(person)
        _record(person, "recovery_codes_renewed", by=person)
    return codes


@transaction.atomic
def second_factor_reset(person: AbstractBaseUser, *, actor_kind: str, actor_id: str, reason: str) -> int:
    """Take away a person's device and recovery codes, and end his sessions: at his next login he enrols anew. How many
    devices that were. Raises `ValueError` without a reason."""
    if not reason.strip():
        raise ValueError("a reason is needed: it stands in the audit trail")
    gone: int = TOTPDevice.objects.filter(user_id=person.pk).delete()[1].get("otp_totp.TOTPDevice", 0)
    StaticDevice.objects.filter(user_id=person.pk).delete()
    ended = sessions_end(person)
    audit_record(
        action="second_factor_reset",
        actor_kind=actor_kind,
        actor_id=actor_id[:80],
        target=person.get_username()[:80],
        detail={"reason": reason.strip()[:500], "devices": gone, "sessionsEnded": ended},
    )
    return gone


def _record(
    person: AbstractBaseUser, action: str, *, by: AbstractBaseUser, detail: dict[str, Any] | None = None
) -> None:
    audit_record(
        action=action,
        actor_kind=ActorKind.OPERATOR,
        actor_id=by.get_username()[:80],
        target=person.get_username()[:80],
        detail=detail,
    )
