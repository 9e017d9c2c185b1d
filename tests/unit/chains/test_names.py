"""Addresses and account ids."""

from typing import Any

import pytest

from chains.codec.address import checksum_ok, checksummed, is_evm_address, normalised
from chains.codec.near_account import account_problem, is_implicit, is_near_account
from chains.errors import CodecError

EIP55 = [
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
    "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
]


@pytest.mark.parametrize("address", EIP55)
def test_checksums_are_those_of_the_eip(address: str) -> None:
    assert checksummed(address.lower()) == address
    assert checksum_ok(address)
    assert checksum_ok(address.lower())
    assert checksum_ok("0x" + address[2:].upper())
    assert not checksum_ok(address[:-1] + address[-1].swapcase()) or address[-1].isdigit()


def test_seed_000s_maker_fails_its_checksum() -> None:
    assert not checksum_ok(EIP55[0].replace("aA", "Aa", 1))


@pytest.mark.parametrize(
    "text", ["", "0x", EIP55[0][2:], EIP55[0] + "0", EIP55[0] + "\n", "0X" + EIP55[0][2:], None, 5]
)
def test_other_shapes_are_no_address(text: Any) -> None:
    assert not is_evm_address(text)
    assert not checksum_ok(text)
    with pytest.raises(CodecError, match="40 hex digits"):
        normalised(text)


@pytest.mark.parametrize(
    "account",
    ["ok", "bowen", "ek-2", "ek.near", "com", "google.com", "bowen.google.com", "near", "100-ways", "b-o_w_e-n",
     "a" * 64, "f" * 64, "0x" + "ab" * 20, "a.b.c.d"],
)  # fmt: skip
def test_account_ids_of_the_nomicon(account: Any) -> None:
    assert is_near_account(account)
    assert account_problem(account) is None


@pytest.mark.parametrize(
    "account",
    ["", "a", "not ok", "ABC", "alice.Near", "-ek", "ek-", "_a", "a_", "a..b", ".a", "a.", "a--b", "a-_b", "a@b", "a" * 65,
     "alice.near\n", "ä.near", None, 7],
)  # fmt: skip
def test_other_texts_are_no_account(account: Any) -> None:
    assert not is_near_account(account)
    assert account_problem(account).startswith("a NEAR account id")


def test_implicit_accounts() -> None:
    assert is_implicit("ab" * 32)
    assert is_implicit("0x" + "ab" * 20)
    assert not is_implicit("AB" * 32)
    assert not is_implicit("alice.near")
