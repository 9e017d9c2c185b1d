"""The wire to one node, and what is made of what comes over it."""

import ipaddress
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

from chains.errors import ChainError, RateLimited, ServerError, UnreadableAnswer

TOO_MANY_REQUESTS = 429
SERVER_ERRORS = 500
CLIENT_ERRORS = 400
Rejection = Callable[[str, Mapping[str, Any]], ChainError]
"""Makes the exception for `(method, error object)`."""


class Endpoint(Protocol):
    """One node. `name` has no path, query or user: they may hold an access key."""

    name: str

    def post(self, method: str, params: Any) -> Mapping[str, Any]:
        """The node's whole JSON-RPC answer, with `result` or `error`. Raises `TransportError`."""

    def close(self) -> None:
        """Close the connections."""


def public_name(url: str) -> str:
    """Scheme, host and port of a URL: what may be shown of it. Raises `ValueError` for what is no HTTP URL."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("an RPC URL begins with http:// or https:// and a host")
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname}{port}"


def is_loopback(url: str) -> bool:
    """Whether the URL is of this machine: no proxy of the environment may stand between."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def usable_answer(
    name: str, method: str, status: int, decode: Callable[[], Any], retry_after: str | None = None
) -> Mapping[str, Any]:
    """The JSON-RPC answer in an HTTP answer. Some nodes give refusals a status of 4xx; they are still answers.

    Raises `RateLimited` for 429, `ServerError` for 5xx, `UnreadableAnswer` for a body that is no JSON-RPC answer.
    `retry_after` is the header of that name.
    """
    if status == TOO_MANY_REQUESTS:
        raise RateLimited(f"{name}: {method} was answered with HTTP 429", retry_after=seconds_to_wait(retry_after))
    if status >= SERVER_ERRORS:
        raise ServerError(f"{name}: {method} was answered with HTTP {status}")
    try:
        answer = decode()
    except (ValueError, RecursionError):
        raise UnreadableAnswer(f"{name}: {method} was answered with HTTP {status} and no JSON") from None
    if not isinstance(answer, Mapping) or (status >= CLIENT_ERRORS and "error" not in answer):
        raise UnreadableAnswer(f"{name}: {method} was answered with HTTP {status} and no JSON-RPC answer")
    return answer


def seconds_to_wait(retry_after: str | None) -> float | None:
    """Retry-After as seconds from now: a number, or an HTTP date (RFC 9110, 10.2.3). None where it says nothing."""
    if not retry_after:
        return None
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(tz=UTC)).total_seconds())
