"""Which internet addresses a webhook may be sent to: public unicast, and nothing that leads back into our own house.

What a name resolves to is decided by whoever owns the name, so it is asked of the address that we connect to, at each
attempt. Tables: IANA's special-purpose registries for IPv4 and IPv6 (RFC 6890 and its updates).
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

REFUSED: tuple[tuple[Network, str], ...] = tuple(
    (ip_network(text), why)
    for text, why in (
        ("0.0.0.0/8", "this network"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared by a carrier's customers, and some clouds' metadata"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local, and clouds' metadata"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "protocol assignments"),
        ("192.0.2.0/24", "documentation"),
        ("192.31.196.0/24", "AS112"),
        ("192.52.193.0/24", "AMT"),
        ("192.88.99.0/24", "6to4 relays"),
        ("192.168.0.0/16", "private"),
        ("192.175.48.0/24", "AS112"),
        ("198.18.0.0/15", "benchmarks"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved, and broadcast"),
        ("168.63.129.16/32", "a cloud's own services"),
    )
)
# Of IPv6 only global unicast is allowed, less what is special within it.
GLOBAL_UNICAST = IPv6Network("2000::/3")
REFUSED_IPV6: tuple[tuple[Network, str], ...] = tuple(
    (ip_network(text), why)
    for text, why in (
        ("2001::/23", "protocol assignments, Teredo and ORCHID"),
        ("2001:db8::/32", "documentation"),
        ("2002::/16", "6to4, which leads to an IPv4 address"),
        ("2620:4f:8000::/48", "AS112"),
        ("3fff::/20", "documentation"),
    )
)
NAT64 = IPv6Network("64:ff9b::/96")


def refusal(text: str, allowed: Iterable[str] = ()) -> str:
    """Why an address must not be connected to, or an empty string. `allowed` are networks that are fine all the same."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return f"{text[:60]!r} is no address"
    if any(address in ip_network(network) for network in allowed):
        return ""
    why = _why(address)
    return f"{address} is {why}" if why else ""


def _why(address: Address) -> str:
    if isinstance(address, IPv4Address):
        return next((why for network, why in REFUSED if address in network), "")
    inner = embedded(address)
    if inner is not None:
        why = _why(inner)
        if why or address not in NAT64:
            return f"{inner} in another form" + (f", which is {why}" if why else "")
        return ""  # a translator of ours reaches a public address by it
    if address not in GLOBAL_UNICAST:
        return "not global unicast"
    return next((why for network, why in REFUSED_IPV6 if address in network), "")


def embedded(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 one stands for: mapped (::ffff:0:0/96), compatible (::/96), or by NAT64 (RFC 6052)."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    low = IPv4Address(int(address) & 0xFFFFFFFF)
    if address in NAT64 or (int(address) >> 32 == 0 and int(address) > 1):
        return low
    return None
