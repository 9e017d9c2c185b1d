"""Which addresses and URLs a webhook may go to."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.webhooks.addresses import refusal
from access.webhooks.targets import TargetRefused, target_of

RULES: dict[str, Any] = {"allow_http": False, "ports": ["443", "8443"], "allowed_networks": []}

REFUSED = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "169.254.169.254",
    "169.254.170.2",
    "100.64.0.1",
    "100.100.100.200",
    "192.0.0.1",
    "192.0.0.170",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "192.88.99.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "168.63.129.16",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:8.8.8.8",
    "::ffff:7f00:1",
    "::127.0.0.1",
    "::a9fe:a9fe",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b::10.1.2.3",
    "64:ff9b:1::1",
    "64:ff9b:1:ffff::7f00:1",
    "fe80::1",
    "fe80::1%eth0",
    "febf::1",
    "fec0::1",
    "fc00::1",
    "fd00:ec2::254",
    "fd12:3456::1",
    "ff02::1",
    "ff0e::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "3fff::1",
    "100::1",
    "5f00::1",
    "4000::1",
]
ALLOWED = [
    "1.1.1.1",
    "8.8.8.8",
    "93.184.215.14",
    "172.15.255.255",
    "172.32.0.1",
    "192.167.255.255",
    "100.63.255.255",
    "100.128.0.1",
    "223.255.255.255",
    "2606:4700:4700::1111",
    "2a00:1450:4001:81b::200e",
    "2620:fe::fe",
    "64:ff9b::8.8.8.8",
]


@pytest.mark.parametrize("address", REFUSED)
def test_what_leads_into_a_house_is_refused(address: str) -> None:
    assert refusal(address)


@pytest.mark.parametrize("address", ALLOWED)
def test_the_public_internet_is_not(address: str) -> None:
    assert refusal(address) == ""


@given(st.ip_addresses())
def test_nothing_that_python_calls_not_global_is_let_through(address: Any) -> None:
    """Another table as a witness; NAT64 it calls global, whatever is inside."""
    if refusal(str(address)) == "":
        assert address.is_global
        assert not address.is_multicast


@given(st.ip_addresses(v=4))
def test_an_address_in_another_form_is_never_freer_than_itself(address: Any) -> None:
    for form in (f"::ffff:{address}", f"::{address}", f"64:ff9b::{address}"):
        assert refusal(form) or not refusal(str(address))


def test_an_allowed_network_is_let_through() -> None:
    assert refusal("127.0.0.1", ["127.0.0.0/8"]) == ""
    assert refusal("10.0.0.1", ["127.0.0.0/8"])
    assert refusal("no address")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://example.com/", "https"),
        ("ftp://example.com/", "https"),
        ("file:///etc/passwd", "https"),
        ("gopher://example.com/", "https"),
        ("//example.com/", "https"),
        ("example.com/hook", "https"),
        ("", "https"),
        ("https://", "no host"),
        ("https:///path", "no host"),
        ("https://user:pw@example.com/", "user name"),
        ("https://user@example.com/", "user name"),
        ("https://@example.com/", "user name"),
        ("https://example.com@127.0.0.1/", "user name"),
        ("https://example.com/#x", "fragment"),
        ("https://example.com/#", "fragment"),
        ("https://example.com:22/", "port"),
        ("https://example.com:6379/", "port"),
        ("https://example.com:0/", "port"),
        ("https://example.com:99999/", "not a URL"),
        ("https://example.com:x/", "not a URL"),
        ("https://[::1/", "not a URL"),
        ("https://localhost/", "public"),
        ("https://api.localhost/", "public"),
        ("https://metadata.google.internal/", "public"),
        ("https://printer.local/", "public"),
        ("https://intranet/", "public"),
        ("https://LOCALHOST./", "public"),
        ("https://127.0.0.1/", "loopback"),
        ("https://[::1]/", "public internet"),
        ("https://[::ffff:10.0.0.1]/", "private"),
        ("https://[fe80::1%25eth0]/", "zone"),
        ("https://169.254.169.254/latest/meta-data", "metadata"),
        ("https://2130706433/", "four decimal"),
        ("https://0x7f000001/", "four decimal"),
        ("https://0x7f.1/", "four decimal"),
        ("https://127.1/", "four decimal"),
        ("https://0177.0.0.1/", "four decimal"),
        ("https://exa mple.com/", "ASCII"),
        ("https://example.com/\r\nX: y", "ASCII"),
        ("https://example.com\\@127.0.0.1/", "ASCII"),
        ("https://ⓔxample.com/", "ASCII"),
        ("https://127。0。0。1/", "ASCII"),
        ("https://example..com/", "host"),
        ("https://exa$mple.com/", "host"),
        ("https://" + "a" * 64 + ".com/", "host"),
        ("https://example.com/" + "a" * 500, "500"),
    ],
)
def test_urls_that_are_refused(url: str, why: str) -> None:
    with pytest.raises(TargetRefused, match=why):
        target_of(url, RULES)


@pytest.mark.parametrize(
    ("url", "authority", "path"),
    [
        ("https://example.com", "example.com", "/"),
        ("https://example.com:8443/a?b=c&d", "example.com:8443", "/a?b=c&d"),
        ("https://Example.COM./x", "example.com", "/x"),
        ("https://xn--bcher-kva.example/", "xn--bcher-kva.example", "/"),
        ("https://8.8.8.8/", "8.8.8.8", "/"),
        ("https://[2606:4700:4700::1111]:8443/", "[2606:4700:4700::1111]:8443", "/"),
    ],
)
def test_urls_that_are_taken(url: str, authority: str, path: str) -> None:
    target = target_of(url, RULES)
    assert (target.scheme, target.authority, target.path) == ("https", authority, path)


@given(st.text(max_size=60))
def test_no_text_breaks_the_reading_of_a_url(text: str) -> None:
    for url in (text, f"https://{text}", f"https://example.com/{text}", f"https://example.com:{text}/"):
        try:
            target = target_of(url, RULES)
        except TargetRefused:
            continue
        assert target.scheme == "https"
        assert target.port in (443, 8443)
