"""Recovery codes: ten, shown once, each good once, kept as hashes.

A code has 80 random bits: a hash of it needs no salt and no slow function, for nobody can try so many. The table is
django-otp's, whose 16 characters hold 80 bits of the SHA-256.
"""

import secrets
from base64 import b32encode
from hashlib import sha256

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken

CODES = 10
BYTES = 10
LENGTH = 16
NAME = "recovery codes"


def recovery_code_read(text: str) -> str:
    """As it was made, whatever the typing: without spaces and dashes, in small letters."""
    return "".join(text.split()).replace("-", "").lower()


def recovery_hash(code: str) -> str:
    """What is kept of a code."""
    return b32encode(sha256(code.encode()).digest())[:LENGTH].decode().lower()


@transaction.atomic
def recovery_codes_make(person: AbstractBaseUser) -> list[str]:
    """Ten new codes, `abcd-efgh-ijkl-mnop`; the old ones are worth nothing any more. They cannot be had again."""
    StaticDevice.objects.filter(user_id=person.pk).delete()
    device = StaticDevice.objects.create(user_id=person.pk, name=NAME, confirmed=True)
    codes = [b32encode(secrets.token_bytes(BYTES)).decode().lower() for _ in range(CODES)]
    StaticToken.objects.bulk_create(StaticToken(device=device, token=recovery_hash(code)) for code in codes)
    return ["-".join(code[at : at + 4] for at in range(0, LENGTH, 4)) for code in codes]


def recovery_codes_left(person: AbstractBaseUser) -> int:
    """How many are unused."""
    left: int = StaticToken.objects.filter(device__user_id=person.pk).count()
    return left
