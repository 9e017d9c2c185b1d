"""A service that says whatever a test wants, between a client and everything that he asks: it writes down every byte."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import httpx

Json = dict[str, Any]
Legs = Callable[[str], Json]
SESSION_ID = "sess_" + "a" * 24


class Liar:
    """`legs(hashlock)` makes what the session will claim of both locks, and whatever it wants on the chains. `nodes` are
    passed on under /rpc/NAME, so that what a client asks of its nodes is written down too."""

    def __init__(self, nodes: dict[str, str], hash_function: str = "sha256") -> None:
        self.nodes, self.hash_function = nodes, hash_function
        self.legs: Legs = lambda _: {}
        self.wire: list[bytes] = []
        self.said: Json = {}
        self.receipt: Json = {}
        self._reads = 0
        self._then: tuple[int, Callable[[], None]] | None = None
        self._forward = httpx.Client(trust_env=False, timeout=30)

    def __enter__(self) -> Self:
        liar = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(b"")

            def do_POST(self) -> None:
                self._answer(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

            def _answer(self, body: bytes) -> None:
                liar.wire.append(f"{self.command} {self.path}\n{self.headers}\n".encode() + body)
                status, answer = liar.answer(self.command, self.path, body)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._forward.close()

    def rpc(self, name: str) -> str:
        """Where a client finds a chain's node."""
        return f"{self.url}/rpc/{name}"

    def begin(self, legs: Legs) -> None:
        """A new swap: nothing is written down yet."""
        self.legs, self.wire, self._reads, self._then = legs, [], 0, None

    def when_read(self, times: int, then: Callable[[], None]) -> None:
        """Do something when the session is read so many times."""
        self._then = (times, then)

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        if path.startswith("/rpc/"):
            answer = self._forward.post(
                self.nodes[path[5:]], content=body, headers={"Content-Type": "application/json"}
            )
            return answer.status_code, answer.content
        if (method, path) == ("POST", "/api/v1/sessions"):
            hashlock = json.loads(body)["hashlock"]
            self.said = {
                "sessionId": SESSION_ID,
                "status": "both_locked",
                "secretState": "none",
                "hashlock": hashlock,
                "hashFunction": self.hash_function,
                "legs": self.legs(hashlock),
            }
            return 201, json.dumps(self.said).encode()
        if path.endswith("/receipt"):
            receipt = {"type": "1balancer.receipt", "sessionId": SESSION_ID, "hashlock": self.said["hashlock"]}
            return 200, json.dumps({**receipt, **self.receipt}).encode()
        if method == "GET":
            self._reads += 1
            if self._then is not None and self._reads == self._then[0]:
                self._then[1]()
        return (202 if method == "POST" else 200), json.dumps(self.said).encode()
