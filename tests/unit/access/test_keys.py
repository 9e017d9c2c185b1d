"""The text of a key: made, recognised, hashed; scopes."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.keys import key_hash, key_prefix, key_text
from access.scopes import SCOPES, grants, unknown_scopes


@given(st.binary(min_size=38, max_size=38))
def test_every_key_has_its_shape_and_shows_its_prefix(entropy: bytes) -> None:
    plain = key_text(entropy)
    assert key_prefix(plain) == entropy[:6].hex()
    assert plain.isascii() and len(plain) == 59 and "." not in plain


@given(st.binary(min_size=38, max_size=38), st.binary(min_size=38, max_size=38))
def test_two_keys_are_the_same_only_when_their_entropy_is(one: bytes, other: bytes) -> None:
    assert (key_text(one) == key_text(other)) == (one == other)


def test_too_little_entropy_makes_no_key() -> None:
    with pytest.raises(ValueError, match="38 random bytes, not of 37"):
        key_text(bytes(37))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1b_",
        "1b_000000000000_" + "A" * 42,
        "1b_000000000000_" + "A" * 44,
        "1b_00000000000G_" + "A" * 43,
        "1b_000000000000_" + "A" * 43 + "\n",
        "1b_\x00000000000000_" + "A" * 43,
        "2b_000000000000_" + "A" * 43,
        "1b_000000000000_" + "é" * 43,
    ],
)
def test_what_has_not_the_shape_of_a_key_has_no_prefix(text: str) -> None:
    assert key_prefix(text) is None


def test_the_hash_is_sha256_of_the_whole_text() -> None:
    assert key_hash("1b_x") == hashlib.sha256(b"1b_x").hexdigest()


def test_everything_is_a_scope_that_grants_all_others_and_no_other_does() -> None:
    for scope in SCOPES:
        assert grants(frozenset({"*"}), scope)
        assert grants(frozenset({scope}), scope)
        assert not grants(frozenset(SCOPES) - {"*", scope}, scope)
    assert unknown_scopes(["swaps:read", "z", "a", "a"]) == ["a", "z"]
