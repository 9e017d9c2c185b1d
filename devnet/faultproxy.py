"""A JSON-RPC proxy that stands in front of a node and fails as nodes fail, on demand.

In a thread:     with FaultProxy(node.url) as proxy: proxy.add("eth_getLogs", Kind.EMPTY); client = Client(proxy.url)
As a process:    python -m devnet.faultproxy http://127.0.0.1:8545 --port 9000
Either is also driven over HTTP by `FaultProxyRemote(url)`.
"""

import argparse
import json
import socket
import threading
import time
from collections import Counter
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import httpx

from devnet.faults import HTTP_KINDS, Json, Kind, Rule, answer

CONTROL_PATH = "/_faults"
PAGE = b"<html><body><h1>502 Bad Gateway</h1></body></html>"


@dataclass(frozen=True)
class Call:
    """One call that came in: when (monotonic seconds), what, and the kind of fault it met, if any."""

    at: float
    method: str
    params: Json
    fault: str | None


class FaultProxy:
    """The proxy, served by threads of this process. Rules are asked in the order in which they were added."""

    def __init__(self, upstream_url: str, port: int = 0) -> None:
        self.upstream_url = upstream_url
        self.calls: list[Call] = []
        self.rules: list[Rule] = []
        self.stopping = threading.Event()
        self._lock = threading.Lock()
        self._connections: set[socket.socket] = set()
        self._http = httpx.Client(timeout=60.0, trust_env=False, limits=httpx.Limits(max_connections=None))
        self._server = _Server(("127.0.0.1", port), self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> Self:
        """Begin to serve."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Cut every connection and refuse new ones."""
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        with self._lock:
            for connection in self._connections:
                _cut(connection)
        self._http.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def add(self, method: str, kind: Kind | str, **options: Any) -> Rule:
        """Add a rule; options are the fields of `Rule`. Returns it, with its `hits`."""
        rule = Rule(method, Kind(kind), **options)
        with self._lock:
            self.rules.append(rule)
        return rule

    def clear(self) -> None:
        """Remove every rule; the log stays."""
        with self._lock:
            self.rules.clear()

    def forget(self) -> None:
        """Empty the log."""
        with self._lock:
            self.calls.clear()

    @property
    def counts(self) -> Counter[str]:
        """How many calls of each method came in."""
        with self._lock:
            return Counter(call.method for call in self.calls)

    def sent(self, method: str = "eth_sendRawTransaction") -> list[Json]:
        """The parameters of every call of one method, in order: what was broadcast, and how often."""
        with self._lock:
            return [call.params for call in self.calls if call.method == method]

    # inside

    def note(self, request: dict[str, Json]) -> Rule | None:
        """Log a call and return the rule that hits it."""
        method, params = str(request.get("method", "")), request.get("params")
        with self._lock:
            rule = next((rule for rule in self.rules if rule.takes(method, params)), None)
            self.calls.append(Call(time.monotonic(), method, params, rule.kind if rule else None))
        return rule

    def pass_on(self, body: bytes) -> httpx.Response:
        """Ask the node with these very bytes."""
        return self._http.post(self.upstream_url, content=body, headers={"content-type": "application/json"})

    def forward(self, request: dict[str, Json]) -> dict[str, Json]:
        """Ask the node one call."""
        reply: dict[str, Json] = self.pass_on(json.dumps(request).encode()).json()
        return reply

    def get(self, path: str) -> httpx.Response:
        """A plain GET of the node, as NEAR's /status."""
        return self._http.get(self.upstream_url.rstrip("/") + path)

    def track(self, connection: socket.socket, is_open: bool) -> None:
        """Remember a client's connection, so that `stop` can cut it."""
        with self._lock:
            (self._connections.add if is_open else self._connections.discard)(connection)


class FaultProxyRemote:
    """A fault proxy in another process, driven over HTTP. The methods are those of `FaultProxy`."""

    def __init__(self, url: str) -> None:
        self.url = url

    def add(self, method: str, kind: Kind | str, **options: Any) -> None:
        self._post({"add": {"method": method, "kind": str(kind), **options}})

    def clear(self) -> None:
        self._post({"clear": True})

    def forget(self) -> None:
        self._post({"forget": True})

    @property
    def counts(self) -> Counter[str]:
        return Counter(httpx.get(self.url + CONTROL_PATH, trust_env=False).json()["counts"])

    def _post(self, command: dict[str, Json]) -> None:
        httpx.post(self.url + CONTROL_PATH, json=command, trust_env=False).raise_for_status()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], proxy: FaultProxy) -> None:
        self.proxy = proxy
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.proxy = self.server.proxy
        self.proxy.track(self.connection, True)

    def finish(self) -> None:
        self.proxy.track(self.connection, False)
        super().finish()

    def do_GET(self) -> None:
        if self.path == CONTROL_PATH:
            self._reply(json.dumps({"counts": self.proxy.counts, "rules": [asdict(rule) for rule in self.proxy.rules]}))
            return
        response = self.proxy.get(self.path)
        self._reply(response.content, response.status_code)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.path == CONTROL_PATH:
            self._control(json.loads(body))
            return
        content = json.loads(body)
        requests = content if isinstance(content, list) else [content]
        rules = [self.proxy.note(request) for request in requests]
        whole = next((rule for rule in rules if rule is not None and rule.kind in HTTP_KINDS), None)
        if whole is not None and self._fails_before(whole):
            return
        status, answered = self._answers(body, content, requests, rules)
        if whole is None or not self._fails_after(whole, answered):
            self._reply(answered, status)

    def _answers(
        self, body: bytes, content: Json, requests: list[dict[str, Json]], rules: list[Rule | None]
    ) -> tuple[int, bytes]:
        if all(rule is None or rule.kind in HTTP_KINDS for rule in rules):
            response = self.proxy.pass_on(body)
            return response.status_code, response.content
        answers = [
            self.proxy.forward(request)
            if rule is None or rule.kind in HTTP_KINDS
            else answer(rule, request, self.proxy.forward)
            for request, rule in zip(requests, rules, strict=True)
        ]
        return 200, json.dumps(answers if isinstance(content, list) else answers[0]).encode()

    def _fails_before(self, rule: Rule) -> bool:
        if rule.kind is Kind.TIMEOUT_BEFORE:
            self._hang(rule.seconds)
            return True
        if rule.kind is Kind.HTTP_429:
            self._reply(b'{"error":"too many requests"}', 429, {"retry-after": str(rule.retry_after)})
            return True
        return False

    def _fails_after(self, rule: Rule, answered: bytes) -> bool:
        if rule.kind is Kind.TIMEOUT_AFTER:
            self._hang(rule.seconds)
        elif rule.kind is Kind.GARBAGE:
            self._reply(PAGE)
        elif rule.kind is Kind.TRUNCATED:
            self._reply(answered[: len(answered) // 2], announced=len(answered))
            self.close_connection = True
        else:
            self.proxy.stopping.wait(rule.seconds)
            return False
        return True

    def _hang(self, seconds: float) -> None:
        self.proxy.stopping.wait(seconds)
        self.close_connection = True

    def _control(self, command: dict[str, Json]) -> None:
        if "add" in command:
            self.proxy.add(**command["add"])
        if command.get("clear"):
            self.proxy.clear()
        if command.get("forget"):
            self.proxy.forget()
        self._reply(b"{}")

    def _reply(
        self, body: bytes | str, status: int = 200, headers: dict[str, str] | None = None, announced: int | None = None
    ) -> None:
        content = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        for name, value in {"content-type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(content) if announced is None else announced))
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    def log_message(self, *_: Any) -> None:
        """The proxy has its own log."""


def _cut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        connection.close()


def main() -> None:
    """Serve until interrupted; prints the URL."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("upstream", help="URL of the node")
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    with FaultProxy(options.upstream, options.port) as proxy:
        print(proxy.url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
