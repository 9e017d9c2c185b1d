"""Just enough HTTP/1.1, on connections that stay open: faster than the standard library's server."""

import socket
import socketserver
from dataclasses import dataclass
from io import BufferedIOBase

MAX_BODY_BYTES = 20 * 1024 * 1024
MAX_HEADER_LINES = 100
_REASONS = {
    200: "OK",
    204: "No Content",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    413: "Payload Too Large",
    422: "Unprocessable Entity",
    429: "Too Many Requests",
    500: "Internal Server Error",
}


class HttpError(Exception):
    """The client does not speak HTTP as we do; `status` is the answer."""

    def __init__(self, status: int) -> None:
        super().__init__(_REASONS[status])
        self.status = status


@dataclass(frozen=True, slots=True)
class Request:
    """Header names are lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    keep_alive: bool


def read_request(stream: BufferedIOBase, answer: BufferedIOBase) -> Request | None:
    """The next request of a connection, None at its end. Raises `HttpError`."""
    line = stream.readline(65_537)
    if not line.strip():
        return None
    words = line.decode("latin-1").split()
    if len(words) != 3:
        raise HttpError(400)
    method, path, version = words
    headers = _read_headers(stream)
    if headers.get("expect", "").lower() == "100-continue":
        answer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    connection = headers.get("connection", "").lower()
    keep_alive = connection != "close" if version == "HTTP/1.1" else connection == "keep-alive"
    return Request(method, path, headers, _read_body(stream, headers), keep_alive)


def write_answer(answer: BufferedIOBase, status: int, body: bytes, keep_alive: bool, cut: bool = False) -> None:
    """Answer with JSON; `cut` breaks off in the middle of it."""
    head = (
        f"HTTP/1.1 {status} {_REASONS[status]}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
        "access-control-allow-origin: *\r\naccess-control-allow-headers: *\r\n"
        f"connection: {'keep-alive' if keep_alive else 'close'}\r\n\r\n"
    )
    answer.write(head.encode() + (body[: len(body) // 2] if cut else body))


def _read_headers(stream: BufferedIOBase) -> dict[str, str]:
    headers: dict[str, str] = {}
    for _ in range(MAX_HEADER_LINES):
        line = stream.readline(65_537)
        if line in (b"\r\n", b"\n", b""):
            return headers
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    raise HttpError(400)


def _read_body(stream: BufferedIOBase, headers: dict[str, str]) -> bytes:
    if "chunked" in headers.get("transfer-encoding", "").lower():
        return _read_chunks(stream)
    try:
        length = int(headers.get("content-length", "0"))
    except ValueError:
        raise HttpError(400) from None
    if length > MAX_BODY_BYTES:
        raise HttpError(413)
    return stream.read(length)


def _read_chunks(stream: BufferedIOBase) -> bytes:
    body = b""
    while True:
        try:
            size = int(stream.readline(1024).split(b";")[0], 16)
        except ValueError:
            raise HttpError(400) from None
        if len(body) + size > MAX_BODY_BYTES:
            raise HttpError(413)
        body += stream.read(size)
        stream.readline(1024)
        if size == 0:
            return body


class TcpServer(socketserver.ThreadingTCPServer):
    """One thread a connection."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 256

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        connection, address = super().get_request()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection, address

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up in the middle are nothing to tell of."""
