"""Connecting to a webhook's host: resolve once, check every address, connect to one that was checked, and be done in time.

A name that resolves to a public address when it is looked at and to 127.0.0.1 when it is connected to (DNS rebinding) gains
nothing: the address that was checked is the one that is connected to, and the socket's own word on whom it reached is
checked again. TLS still verifies the certificate against the name.
"""

import socket
import ssl
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Any

import httpcore

from access.webhooks.addresses import refusal
from access.webhooks.targets import TargetRefused

Resolve = Callable[[str, int], list[str]]
RESOLVERS = ThreadPoolExecutor(max_workers=8, thread_name_prefix="webhook-dns")
MAX_ADDRESSES = 8


class Unresolved(Exception):
    """The host's name has no address, or nobody told it in time."""


def system_resolve(host: str, port: int) -> list[str]:
    """Every address that the system's resolver knows, in its order. Raises `OSError`."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def addresses_of(host: str, port: int, *, resolve: Resolve, allowed: Iterable[str], seconds: float) -> list[str]:
    """The addresses of a host, all of them public. One that is not makes the host refused: it is no mistake that a
    receiver makes. Raises `TargetRefused`, `Unresolved`."""
    try:
        found = RESOLVERS.submit(resolve, host, port).result(timeout=max(0.0, seconds))
    except FutureTimeout as error:
        raise Unresolved(f"{host} was not resolved within {seconds:.0f} s") from error
    except (OSError, UnicodeError) as error:
        raise Unresolved(f"{host} does not resolve") from error
    if not found:
        raise Unresolved(f"{host} has no address")
    for address in found:
        why = refusal(address, allowed)
        if why:
            raise TargetRefused(f"{host} leads into a network that is not public: {why}")
    return found[:MAX_ADDRESSES]


class Deadline:
    """So many seconds from now, for everything together."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        return self._end - time.monotonic()

    def cut(self, timeout: float | None, error: type[Exception]) -> float:
        """A time limit within the deadline. Raises `error` when it is over."""
        left = self.left()
        if left <= 0:
            raise error("the time for one attempt is over")
        return left if timeout is None else min(left, timeout)


class PinnedBackend(httpcore.NetworkBackend):
    """httpcore's way to the network: connects to checked addresses only, and never longer than the deadline."""

    def __init__(self, *, resolve: Resolve, allowed: Sequence[str], deadline: Deadline) -> None:
        self._resolve, self._allowed, self._deadline = resolve, allowed, deadline
        self._network = httpcore.SyncBackend()
        self.reached = ""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        seconds = self._deadline.cut(timeout, httpcore.ConnectTimeout)
        found = addresses_of(host, port, resolve=self._resolve, allowed=self._allowed, seconds=seconds)
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in found:
            try:
                return self._connect(address, port, timeout)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    def _connect(self, address: str, port: int, timeout: float | None) -> httpcore.NetworkStream:
        stream = self._network.connect_tcp(address, port, self._deadline.cut(timeout, httpcore.ConnectTimeout))
        self.reached = str(stream.get_extra_info("server_addr")[0])
        why = refusal(self.reached, self._allowed)
        if why:
            stream.close()
            raise TargetRefused(f"the connection reached a network that is not public: {why}")
        return TimedStream(stream, self._deadline)

    def connect_unix_socket(self, *args: Any, **kwargs: Any) -> httpcore.NetworkStream:
        raise TargetRefused("webhooks are never sent to a socket of this machine")


class TimedStream(httpcore.NetworkStream):
    """A connection on which a byte now and then does not put the end off."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.cut(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.cut(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        limit = self._deadline.cut(timeout, httpcore.ConnectTimeout)
        return TimedStream(self._stream.start_tls(ssl_context, server_hostname, limit), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
