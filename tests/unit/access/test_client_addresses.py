"""Whose address a request counts for: what a header says is believed as far as trusted hands wrote it."""

from typing import Any

import pytest

from access.addresses import (
    address_behind,
    address_read,
    address_unit,
    client_address,
    is_listed,
    network_read,
    scope_address,
)

PROXY, INNER, CLIENT = "10.0.0.1", "10.0.0.2", "203.0.113.7"


@pytest.fixture(autouse=True)
def trusted(settings: Any) -> Any:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8", "fd00::/8"]
    return settings


def test_without_trusted_proxies_the_header_is_never_read(trusted: Any) -> None:
    trusted.TRUSTED_PROXIES = []
    assert client_address({"REMOTE_ADDR": PROXY, "HTTP_X_FORWARDED_FOR": CLIENT}) == PROXY


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        (CLIENT, "198.51.100.1", CLIENT),  # a stranger who writes the header himself
        (PROXY, CLIENT, CLIENT),
        (PROXY, f"{CLIENT}, {INNER}", CLIENT),
        (
            PROXY,
            f"198.51.100.1, {CLIENT}, {INNER}",
            CLIENT,
        ),  # what the client sent stands to the left of what we believe
        (PROXY, "", PROXY),
        (PROXY, f"{INNER}, {PROXY}", INNER),  # nothing but proxies: a call from within
        (PROXY, f"{CLIENT}, nonsense", PROXY),
        (PROXY, f"{CLIENT}:4711", CLIENT),
        (PROXY, "[2001:db8::7]:4711", "2001:db8::7"),
        ("::ffff:10.0.0.1", "::ffff:203.0.113.7", CLIENT),
        ("fd00::1", "2001:db8::7", "2001:db8::7"),
        ("", CLIENT, ""),
    ],
)
def test_the_client_is_the_first_from_the_right_whom_nobody_trusts(peer: str, forwarded: str, found: str) -> None:
    assert address_behind(peer, forwarded) == found


def test_a_sockets_handshake_is_read_alike() -> None:
    headers = [(b"host", b"x"), (b"x-forwarded-for", b"198.51.100.1"), (b"X-Forwarded-For", CLIENT.encode())]
    assert scope_address({"client": (PROXY, 1), "headers": headers}) == CLIENT
    assert scope_address({"client": (CLIENT, 1), "headers": [(b"x-forwarded-for", b"1.1.1.1")]}) == CLIENT
    assert scope_address({"client": None, "headers": []}) == ""


def test_lists_have_networks_of_both_kinds() -> None:
    listed = ["203.0.113.0/24", "2001:db8::/32"]
    assert [is_listed(one, listed) for one in (CLIENT, "::ffff:203.0.113.9", "2001:db8:1::1")] == [True] * 3
    assert [is_listed(one, listed) for one in ("203.0.114.1", "2001:db9::1", "", "unix:", "203.0.113.7 x")] == [
        False
    ] * 5


def test_a_network_is_written_as_cidr_has_it() -> None:
    assert [network_read(text) for text in (" 203.0.113.7 ", "2001:DB8::/32")] == ["203.0.113.7/32", "2001:db8::/32"]
    for wrong in ("203.0.113.7/24", "everywhere", "203.0.113.0/33", ""):
        with pytest.raises(ValueError, match="is no network"):
            network_read(wrong)


def test_an_ipv6_caller_is_his_network() -> None:
    """Anyone with IPv6 has 2^64 addresses: each with a limit of its own would be no limit."""
    assert address_unit("2001:db8::1") == address_unit("2001:db8::ffff:1") == "2001:db8::/64"
    assert address_unit("2001:db8:0:1::1") != address_unit("2001:db8::1")
    assert (address_unit("::ffff:203.0.113.7"), address_unit("")) == (CLIENT, "unknown")
    assert address_read("nobody") is None
