"""A small load generator: one thread, raw sockets, one request at a time on each connection. The same for everybody."""

import select
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import cycle

HEAD_END = b"\r\n\r\n"
PATIENCE = 10.0  # seconds without any answer, after which the server is given up


class WrongAnswer(Exception):
    """An answer with another status than the one wanted, or none at all. A benchmark of errors measures nothing."""


@dataclass
class Result:
    """What one run measured. `latencies` are seconds, one for each request that was answered."""

    seconds: float
    latencies: list[float] = field(repr=False)

    @property
    def requests(self) -> int:
        return len(self.latencies)

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds

    def percentile(self, share: float) -> float:
        """Milliseconds within which this share (0 to 1) of the requests was answered."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000


@dataclass
class _Connection:
    socket: socket.socket
    sent_at: float = 0.0
    received: bytes = b""
    whole: int = 0  # bytes of the answer under way, once its head is known


def request_bytes(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """A request as it goes over the wire."""
    told = {"Host": "127.0.0.1", "Accept": "application/json", **headers}
    if body:
        told |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items())]
    return "\r\n".join(lines).encode() + HEAD_END + body


def drive(port: int, requests: list[bytes], *, connections: int, seconds: float, status: int) -> Result:
    """Keep every connection busy with `requests`, in turn, for so long. Requests under way at the end are awaited, and
    counted with the time they took. Raises `WrongAnswer` for an answer that has not this status."""
    following = cycle(requests)
    expected = f"HTTP/1.1 {status} ".encode()
    poll = select.epoll()
    open_ones = {one.socket.fileno(): one for one in _connect(port, connections)}
    latencies: list[float] = []
    try:
        began = time.perf_counter()
        ends = began + seconds
        for number, connection in open_ones.items():
            poll.register(number, select.EPOLLIN)
            _send(connection, next(following))
        busy = connections
        while busy:
            ready = poll.poll(PATIENCE)
            if not ready:
                raise WrongAnswer(f"no answer within {PATIENCE:.0f} seconds on any of {busy} connections")
            for number, _ in ready:
                connection = open_ones[number]
                if not _receive(connection, expected):
                    continue
                now = time.perf_counter()
                latencies.append(now - connection.sent_at)
                if now < ends:
                    _send(connection, next(following))
                else:
                    busy -= 1
        return Result(time.perf_counter() - began, latencies)
    finally:
        poll.close()
        for connection in open_ones.values():
            connection.socket.close()


def _connect(port: int, connections: int) -> Iterator[_Connection]:
    for _ in range(connections):
        made = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield _Connection(made)


def _send(connection: _Connection, request: bytes) -> None:
    connection.received, connection.whole = b"", 0
    connection.sent_at = time.perf_counter()
    connection.socket.sendall(request)


def _receive(connection: _Connection, expected: bytes) -> bool:
    """Take what came; whether the answer is complete."""
    got = connection.socket.recv(65536)
    if not got:
        raise WrongAnswer(f"the server hung up after {connection.received[:200]!r}")
    connection.received += got
    if not connection.whole:
        end = connection.received.find(HEAD_END)
        if end < 0:
            return False
        connection.whole = end + len(HEAD_END) + _content_length(connection.received[:end])
    if len(connection.received) < connection.whole:
        return False
    if not connection.received.startswith(expected):
        raise WrongAnswer(connection.received[:2000].decode(errors="replace"))
    return True


def _content_length(head: bytes) -> int:
    lowered = head.lower()
    at = lowered.find(b"\r\ncontent-length:")
    if at < 0:
        raise WrongAnswer(f"an answer without Content-Length: {head[:500]!r}")
    line = lowered[at + len(b"\r\ncontent-length:") :].split(b"\r\n", 1)[0]
    return int(line)


def serve_canned(listener: socket.socket, answer: bytes, stop: Callable[[], bool]) -> None:
    """Answer every request at once with the same bytes: what the generator can do at most is measured against it."""
    poll = select.epoll()
    poll.register(listener.fileno(), select.EPOLLIN)
    clients: dict[int, socket.socket] = {}
    while not stop():
        for number, _ in poll.poll(0.1):
            if number == listener.fileno():
                client, _ = listener.accept()
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                clients[client.fileno()] = client
                poll.register(client.fileno(), select.EPOLLIN)
            elif clients[number].recv(65536):
                clients[number].sendall(answer)
            else:
                poll.unregister(number)
                clients.pop(number).close()
    for client in clients.values():
        client.close()
    poll.close()
