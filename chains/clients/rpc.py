"""JSON-RPC 2.0 over HTTP to one or several nodes of a chain, the next one asked when one gives no usable answer."""

import ipaddress
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

from chains.errors import ChainError, CodecError, NodeMisbehaving, TransportError

T = TypeVar("T")
COOL_DOWN_SECONDS = 30.0
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


class Rpc:
    """Calls by method name, to the first endpoint that answers.

    An endpoint that failed is asked last for `COOL_DOWN_SECONDS`. A refusal is an answer: the next endpoint is not
    asked.
    """

    def __init__(self, endpoints: Sequence[Endpoint], rejection: Rejection) -> None:
        if not endpoints:
            raise ValueError("a client needs at least one URL")
        self._endpoints = tuple(endpoints)
        self._rejection = rejection
        self._failed_at: dict[Endpoint, float] = {}

    def call(self, method: str, params: Any, read: Callable[[Any], T]) -> T:
        """`read(result)` of the first usable answer.

        `read` may raise `NodeMisbehaving`, or whatever follows from a shape it did not expect: then, too, the next
        endpoint is asked. Raises the last endpoint's `TransportError` or `NodeMisbehaving`, or the `RpcRejected`.
        """
        failure: ChainError | None = None
        for endpoint in self._in_order():
            try:
                answer = self._ask(endpoint, method, params, read)
            except (TransportError, NodeMisbehaving) as problem:
                self._failed_at[endpoint] = time.monotonic()
                failure = problem
            else:
                self._failed_at.pop(endpoint, None)
                return answer
        assert failure is not None
        raise failure

    def _ask(self, endpoint: Endpoint, method: str, params: Any, read: Callable[[Any], T]) -> T:
        answer = endpoint.post(method, params)
        error = answer.get("error")
        if error is not None:
            if not isinstance(error, Mapping):
                raise TransportError(f"{endpoint.name}: {method} was answered with a malformed error")
            raise self._rejection(method, error)
        if "result" not in answer:
            raise TransportError(f"{endpoint.name}: {method} was answered with neither result nor error")
        try:
            return read(answer["result"])
        except NodeMisbehaving as problem:
            raise NodeMisbehaving(f"{endpoint.name}: {method}: {problem}") from None
        except (CodecError, KeyError, TypeError, ValueError, IndexError, AttributeError) as problem:
            raise NodeMisbehaving(f"{endpoint.name}: {method} has an impossible shape: {problem!r}"[:500]) from None

    def _in_order(self) -> list[Endpoint]:
        """As configured, those that failed lately last."""
        if len(self._endpoints) == 1:
            return list(self._endpoints)
        since = time.monotonic() - COOL_DOWN_SECONDS
        return sorted(self._endpoints, key=lambda endpoint: self._failed_at.get(endpoint, since) > since)

    def close(self) -> None:
        """Close every connection."""
        for endpoint in self._endpoints:
            endpoint.close()


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


def usable_answer(name: str, method: str, status: int, decode: Callable[[], Any]) -> Mapping[str, Any]:
    """The JSON-RPC answer in an HTTP answer. Some nodes give refusals a status of 4xx; they are still answers.

    Raises `TransportError` for 429, 5xx, and a body that is no JSON-RPC answer.
    """
    if status == TOO_MANY_REQUESTS or status >= SERVER_ERRORS:
        raise TransportError(f"{name}: {method} was answered with HTTP {status}")
    try:
        answer = decode()
    except (ValueError, UnicodeDecodeError):
        raise TransportError(f"{name}: {method} was answered with HTTP {status} and no JSON") from None
    if not isinstance(answer, Mapping) or (status >= CLIENT_ERRORS and "error" not in answer):
        raise TransportError(f"{name}: {method} was answered with HTTP {status} and no JSON-RPC answer")
    return answer


def as_urls(url: str | Sequence[str]) -> tuple[str, ...]:
    """One URL or several, as a tuple."""
    return (url,) if isinstance(url, str) else tuple(url)
