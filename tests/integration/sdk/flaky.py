"""A service that answers by a script, over HTTP and its socket, and notes what it was asked."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

Json = dict[str, Any]
SESSION_ID = "sess_" + "b" * 24


@dataclass(frozen=True)
class Reply:
    """One answer; status 0 drops the connection, `after` seconds."""

    status: int
    body: Json = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    after: float = 0.0


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    key: str | None
    at: float


class Flaky:
    """`replies` are given in order, the last one again and again."""

    def __init__(self, *replies: Reply) -> None:
        self._replies = list(replies)
        self.asked: list[Asked] = []

    def __enter__(self) -> Self:
        flaky = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._reply()

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self._reply()

            def _reply(self) -> None:
                key = self.headers.get("Idempotency-Key")
                flaky.asked.append(Asked(self.command, self.path, key, time.monotonic()))
                reply = flaky.next()
                time.sleep(reply.after)
                if reply.status == 0:
                    self.close_connection = True
                    return
                body = json.dumps(reply.body).encode()
                self.send_response(reply.status)
                for name, value in {"Content-Length": str(len(body)), **reply.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def next(self) -> Reply:
        return self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]


def update(seq: int, last: int) -> Json:
    """An event of a session that is completed at `last`."""
    status = "completed" if seq == last else "executing"
    data = {"phase": "execution", "progress": 10, "cause": status, "at": "2026-01-01T00:00:00Z"}
    return {"type": "session_update", "sessionId": SESSION_ID, "seq": seq, "status": status, "data": data}


Script = Callable[[ServerConnection, int], None]


class Sockets:
    """A session of `last` events, of which `known` exist. `script(socket, since)` is what a connection is told once it has
    subscribed; `/events` tells all that exist. Both at one address."""

    def __init__(self, last: int, known: int, script: Script) -> None:
        self.last, self.known, self.script = last, known, script
        self.subscribed: list[int] = []
        self.status = 200
        self.session: Json = {"sessionId": SESSION_ID, "status": "executing", "reason": None, "seq": 0}

    def __enter__(self) -> Self:
        self._server = serve(self._talk, "127.0.0.1", 0, process_request=self._http)
        self.url = f"http://127.0.0.1:{self._server.socket.getsockname()[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()

    def _http(self, socket: ServerConnection, request: Any) -> Any:
        path = request.path
        if path == "/ws":
            return None
        since = int(path.partition("since=")[2] or 0)
        events = [update(seq, self.last) for seq in range(since + 1, self.known + 1)]
        answer = {"sessionId": SESSION_ID, "events": events} if "/events" in path else self.session
        return socket.respond(self.status, json.dumps(answer))

    def _talk(self, socket: ServerConnection) -> None:
        try:
            for message in self._messages(socket):
                if message["type"] == "subscribe":
                    self.subscribed.append(message["since"])
                    self.script(socket, message["since"])
        except ConnectionClosed:
            return

    @staticmethod
    def _messages(socket: ServerConnection) -> Iterator[Json]:
        for text in socket:
            yield json.loads(text)

    def tell(self, socket: ServerConnection, *seqs: int) -> None:
        """Send these events, which exist from now on."""
        for seq in seqs:
            self.known = max(self.known, seq)
            socket.send(json.dumps(update(seq, self.last)))
