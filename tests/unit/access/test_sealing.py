"""Bytes sealed at rest."""

import base64
from dataclasses import replace
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from access.sealing import SealBroken, seal, unseal

RING_A = "a:" + base64.b64encode(b"a" * 32).decode()
RING_B = "b:" + base64.b64encode(b"b" * 32).decode()


@pytest.fixture(autouse=True)
def keys(settings: Any) -> None:
    settings.SECRET_KEYS = RING_A


def test_what_was_sealed_opens_and_two_seals_differ() -> None:
    one, two = seal(b"secret", b"session"), seal(b"secret", b"session")
    assert unseal(one, b"session") == unseal(two, b"session") == b"secret"
    assert (one.ciphertext, one.nonce) != (two.ciphertext, two.nonce)
    assert b"secret" not in one.ciphertext


def test_a_changed_byte_nonce_or_owner_breaks_the_seal() -> None:
    sealed = seal(b"secret", b"session")
    flipped = bytes([sealed.ciphertext[0] ^ 1]) + sealed.ciphertext[1:]
    for broken, owner in (
        (replace(sealed, ciphertext=flipped), b"session"),
        (replace(sealed, nonce=bytes(12)), b"session"),
        (sealed, b"another"),
    ):
        with pytest.raises(SealBroken):
            unseal(broken, owner)


def test_a_new_key_in_front_seals_and_the_old_one_behind_still_opens(settings: Any) -> None:
    old = seal(b"secret", b"")
    settings.SECRET_KEYS = f"{RING_B}, {RING_A}"
    assert seal(b"secret", b"").key_id == "b"
    assert unseal(old, b"") == b"secret"
    settings.SECRET_KEYS = RING_B
    with pytest.raises(SealBroken, match="'a' is not in SECRET_KEYS"):
        unseal(old, b"")


@pytest.mark.parametrize("text", ["a", "a:", ":" + "A" * 44, "a:dG9vIHNob3J0", "a:***", f"{RING_A},{RING_A}"])
def test_a_ring_that_makes_no_sense_is_refused(settings: Any, text: str) -> None:
    settings.SECRET_KEYS = text
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEYS"):
        seal(b"secret", b"")


def test_without_a_ring_development_has_a_key_of_its_own(settings: Any) -> None:
    settings.SECRET_KEYS = ""
    sealed = seal(b"secret", b"")
    assert sealed.key_id == "development" and unseal(sealed, b"") == b"secret"


def test_the_key_of_development_follows_the_service_s(settings: Any) -> None:
    settings.SECRET_KEYS, settings.SECRET_KEY = "", "one"
    sealed = seal(b"secret", b"")
    settings.SECRET_KEY = "another"
    with pytest.raises(SealBroken):
        unseal(sealed, b"")
