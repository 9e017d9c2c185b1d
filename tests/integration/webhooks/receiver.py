"""A receiver of webhooks: an HTTP server on a thread, that notes what it is sent and answers as it is told."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks.webhooks import Webhook


@dataclass(frozen=True)
class Received:
    """One POST, as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    def verified(self, secret: str) -> dict[str, Any]:
        """The payload, once the specification's own library believes the signature."""
        found: dict[str, Any] = Webhook(secret).verify(self.body, self.headers)
        return found


@dataclass
class Answer:
    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass
class Receiver:
    """`answer` may be replaced by a function of what came; it may wait, or raise to drop the connection."""

    answer: Callable[[Received], Answer] = lambda received: Answer()
    received: list[Received] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    guard: threading.Lock = field(default_factory=threading.Lock)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def take(self, received: Received) -> Answer:
        with self.guard:
            self.received.append(received)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return self.answer(received)
        finally:
            with self.guard:
                self.at_once -= 1

    def payloads(self, secret: str) -> list[dict[str, Any]]:
        return [one.verified(secret) for one in self.received]


class Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True

    def handle_error(self, *args: Any) -> None:
        """A connection that the sender gave up is no news."""


@contextmanager
def receiving(receiver: Receiver | None = None, wrap: Callable[[Any], Any] | None = None) -> Iterator[Receiver]:
    """A receiver on a port of 127.0.0.1; `wrap` puts TLS around its socket."""
    chosen = receiver or Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = chosen.take(Received(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_POST  # noqa: N815  (http.server's name)

        def log_message(self, *args: Any) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    if wrap:
        server.socket = wrap(server.socket)
    chosen.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield chosen
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
