"""Where a request comes from, and whether an address stands on a list.

`X-Forwarded-For` is written by whoever likes to. It is read only as far as trusted hands wrote it: from the right, each
entry that a trusted proxy added, up to the first address that is none of them.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from django.conf import settings

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
IPV6_SITE = 64  # bits that one customer of a provider has for himself: one caller, whatever the rest says


def client_address(meta: Mapping[str, Any]) -> str:
    """The address that a request of WSGI's environment (`request.META`) counts for; "" where the server knows none."""
    return address_behind(str(meta.get("REMOTE_ADDR") or ""), str(meta.get("HTTP_X_FORWARDED_FOR") or ""))


def scope_address(scope: Mapping[str, Any]) -> str:
    """The same for a scope of ASGI, of a socket's handshake."""
    client = scope.get("client")
    sent = [value.decode("latin-1") for name, value in scope.get("headers", ()) if name.lower() == b"x-forwarded-for"]
    return address_behind(str(client[0]) if client else "", ",".join(sent))


def address_behind(peer: str, forwarded: str) -> str:
    """The client behind `peer`, by the chain of trusted proxies (`TRUSTED_PROXIES`, networks)."""
    trusted = settings.TRUSTED_PROXIES
    if not trusted:
        return peer
    found = peer
    for entry in (peer, *reversed(forwarded.split(","))):
        address = address_read(entry)
        if address is None:
            return found
        found = str(address)
        if not is_listed(found, trusted):
            return found
    return found


@lru_cache(maxsize=4096)
def address_read(text: str) -> Address | None:
    """The address that a text names, without a port; IPv4 inside IPv6 is IPv4. None for what is no address."""
    text = text.strip().partition("%")[0]
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def network_read(text: str) -> str:
    """A network or a single address, written as CIDR has it. Raises `ValueError` with a sentence."""
    try:
        network = ip_network(text.strip())
    except ValueError as error:
        raise ValueError(
            f"{text.strip()[:60]!r} is no network: {error}; write 203.0.113.0/24 or 2001:db8::/32"
        ) from error
    return str(network)


def is_listed(address: str, networks: Sequence[str]) -> bool:
    """Whether the address lies in one of the networks. One that nobody can read lies in none."""
    found = address_read(address)
    return found is not None and any(found in network for network in _networks(tuple(networks)))


@lru_cache(maxsize=4096)
def _networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ip_network(text) for text in texts)


@lru_cache(maxsize=4096)
def address_unit(address: str) -> str:
    """What is counted as one caller: an IPv4 address, or the /64 of an IPv6 address."""
    found = address_read(address)
    if isinstance(found, IPv6Address):
        return str(IPv6Network((int(found) >> IPV6_SITE << IPV6_SITE, IPV6_SITE)))
    return str(found) if found else "unknown"
