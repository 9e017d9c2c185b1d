"""Where a webhook may be sent: the rules for its URL, before anybody asks what its name resolves to."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Any
from urllib.parse import urlsplit

from access.webhooks.addresses import refusal

MAX_URL = 500
# Names of our own house, and of clouds' metadata, whatever they resolve to.
HOUSE_NAMES = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "home.arpa", "localdomain")


class TargetRefused(Exception):
    """The URL, or an address that its host resolves to, is not one that we send to. The message is for its owner."""


@dataclass(frozen=True)
class Target:
    """A URL taken apart. `host` is a name in ASCII, or an address without brackets; `path` has the query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """The Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = {"https": 443, "http": 80}[self.scheme]
        return host if self.port == usual else f"{host}:{self.port}"


def target_of(url: str, rules: Mapping[str, Any]) -> Target:
    """The URL taken apart. `rules` are the setting `WEBHOOKS`. Raises `TargetRefused`."""
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url or len(url) > MAX_URL:
        raise TargetRefused(
            f"must be at most {MAX_URL} printable ASCII characters: write other letters as punycode or %XX"
        )
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError as error:
        raise TargetRefused("is not a URL") from error
    if parts.scheme != "https" and not (parts.scheme == "http" and rules["allow_http"]):
        raise TargetRefused("must begin with https://")
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        raise TargetRefused("must not hold a user name or password: the signature says who sends")
    if "#" in url:
        raise TargetRefused("must not have a fragment: it is never sent")
    port = {"https": 443, "http": 80}[parts.scheme] if port is None else port
    if "*" not in rules["ports"] and str(port) not in rules["ports"]:
        raise TargetRefused(f"the port must be one of {', '.join(rules['ports'])}, and is {port}")
    _check_host(host, rules)
    return Target(parts.scheme, host, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


def _check_host(host: str, rules: Mapping[str, Any]) -> None:
    if not host:
        raise TargetRefused("names no host")
    try:
        address = ip_address(host)
    except ValueError:
        _check_name(host)
        return
    if isinstance(address, IPv6Address) and address.scope_id:
        raise TargetRefused("an address with a zone is one of this machine's own")
    why = refusal(host, rules["allowed_networks"])
    if why:
        raise TargetRefused(f"must lead to the public internet: {why}")


def _check_name(host: str) -> None:
    labels = host.split(".")
    if any(not 1 <= len(label) <= 63 or not label.replace("-", "").replace("_", "").isalnum() for label in labels):
        raise TargetRefused("names no valid host")
    # The last label of an IPv4 address in any of the forms that inet_aton takes: 127.1, 0x7f.1, 2130706433
    if labels[-1].isdigit() or labels[-1].lower().startswith("0x"):
        raise TargetRefused("write an IPv4 address as four decimal numbers")
    if len(labels) == 1 or any(host == name or host.endswith(f".{name}") for name in HOUSE_NAMES):
        raise TargetRefused("must be a public host's full name")
