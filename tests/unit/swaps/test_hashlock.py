"""Secrets are 32 bytes, and the hash is the route's."""

import hashlib

import pytest

from swaps.hashlock import NotASecret, hashlock_of, opens, parse_secret

SECRET = bytes(range(32))


def test_the_two_hash_functions() -> None:
    assert hashlock_of(SECRET, "sha256") == hashlib.sha256(SECRET).digest()
    # keccak256 of 32 zero bytes, a published constant (EIP-1052 and others)
    known = "290decd9548b62a8d60345a988386fc84ba6bc95484008f6362f93160ef3e563"
    assert hashlock_of(bytes(32), "keccak256").hex() == known


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_preimage_length_mismatch_is_refused(length: int) -> None:
    """HASH-FN / PREIMAGE-LENGTH MISMATCH."""
    with pytest.raises(NotASecret):
        hashlock_of(bytes(length), "sha256")


@pytest.mark.parametrize("text", ["", "0x", "00" * 31, "00" * 33, "zz" * 32, "0x" + "0" * 63, " " + "00" * 32])
def test_what_is_not_a_secret(text: str) -> None:
    with pytest.raises(NotASecret):
        parse_secret(text)


def test_with_and_without_0x() -> None:
    assert parse_secret("0x" + SECRET.hex()) == parse_secret(SECRET.hex().upper()) == SECRET


def test_opens() -> None:
    assert opens(SECRET, hashlock_of(SECRET, "sha256"), "sha256")
    assert not opens(SECRET, hashlock_of(SECRET, "sha256"), "keccak256")
