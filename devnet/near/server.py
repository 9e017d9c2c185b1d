"""JSON-RPC over HTTP: from a request to a method and back, and the faults in between."""

import socketserver
import sys
import threading
import traceback
from dataclasses import dataclass
from typing import Any

import msgspec

from devnet.near.chain import Chain
from devnet.near.faults import Fault
from devnet.near.http import HttpError, Request, TcpServer, read_request, write_answer
from devnet.near.rpc import METHODS
from devnet.near.rpc.errors import RpcError, internal_error, method_not_found, parse_error
from devnet.near.rpc.registry import Call, Node
from devnet.near.ticker import Ticker

# requests to this path meet no faults, so that who sets them can still work with the chain
OPERATOR_PATH = "/operator"
_GARBAGE = b"<html><body>502 Bad Gateway</body></html>"


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back; None instead of it hangs up. `cut` breaks off in the middle."""

    status: int
    body: bytes
    cut: bool = False


class RpcServer:
    """Serves a chain on 127.0.0.1, and makes its timed blocks. Port 0 takes a free one."""

    def __init__(self, chain: Chain, port: int = 0) -> None:
        self.node = Node(chain)
        node = self.node
        self.stopping = threading.Event()
        stopping = self.stopping

        class Connection(_Connection):
            server_node = node
            server_stopping = stopping

        self._tcp = TcpServer(("127.0.0.1", port), Connection)
        self.port = int(self._tcp.server_address[1])
        self.node.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._tcp.serve_forever, args=(0.05,), name="rpc", daemon=True)
        self._ticker = Ticker(chain)

    @property
    def url(self) -> str:
        return self.node.url

    def start(self) -> None:
        self._thread.start()
        self._ticker.start()

    def stop(self) -> None:
        self.stopping.set()
        self._ticker.stop()
        self._tcp.shutdown()
        self._tcp.server_close()


class _Connection(socketserver.StreamRequestHandler):
    server_node: Node
    server_stopping: threading.Event
    wbufsize = 0

    def handle(self) -> None:
        try:
            while self._handle_one():
                pass
        except HttpError as error:
            write_answer(self.wfile, error.status, b"", keep_alive=False)
        except OSError:
            # the client hung up
            return

    def _handle_one(self) -> bool:
        request = read_request(self.rfile, self.wfile)
        if request is None:
            return False
        answer = self._answer(request)
        if answer is None:
            return False
        keep_alive = request.keep_alive and not answer.cut
        write_answer(self.wfile, answer.status, answer.body, keep_alive, answer.cut)
        return keep_alive

    def _answer(self, request: Request) -> Answer | None:
        if request.method == "OPTIONS":
            return Answer(204, b"")
        if request.method == "GET":
            return self._answer_get(request.path)
        if request.method != "POST":
            return Answer(405, b"")
        try:
            message = msgspec.json.decode(request.body)
            if not isinstance(message, dict) or not isinstance(message.get("method"), str):
                raise parse_error("JSON RPC Request format was expected")
        except msgspec.DecodeError as error:
            return _failed(None, parse_error(f"Parse error: {error}"))
        except RpcError as error:
            return _failed(None, error)
        return self._answer_rpc(message, request.path != OPERATOR_PATH)

    def _answer_get(self, path: str) -> Answer:
        if path not in ("/status", "/health"):
            return Answer(404, b"")
        answer = _call(self.server_node, path[1:], {}, 0)
        return Answer(200, msgspec.json.encode(answer))

    def _answer_rpc(self, message: dict[str, Any], with_faults: bool) -> Answer | None:
        method, params = message["method"], message.get("params")
        params = {} if params is None else params
        fault = self.server_node.faults.strike(method, params) if with_faults else None
        if fault is not None and fault.kind in _BEFORE:
            return self._suffer(fault, message.get("id"))
        answer = self._perform(message.get("id"), method, params, fault)
        if fault is None or fault.kind == "stale":
            return answer
        if fault.kind == "timeout_after":
            self._wait(fault)
            return None
        if fault.kind == "garbage":
            return Answer(200, _GARBAGE)
        return Answer(answer.status, answer.body, cut=True) if fault.kind == "truncated" else None

    def _perform(self, message_id: Any, method: str, params: Any, fault: Fault | None) -> Answer:
        try:
            result = _call(
                self.server_node, method, params, fault.behind if fault is not None and fault.kind == "stale" else 0
            )
        except RpcError as error:
            return _failed(message_id, error)
        return Answer(200, msgspec.json.encode({"jsonrpc": "2.0", "result": result, "id": message_id}))

    def _suffer(self, fault: Fault, message_id: Any) -> Answer | None:
        """A fault that strikes before anything is done."""
        if fault.kind == "timeout_before":
            self._wait(fault)
            return None
        if fault.kind == "http_429":
            return Answer(429, b'{"error":"Too many requests"}')
        error = RpcError(fault.error, 200) if fault.error else internal_error("a fault that was asked for")
        return _failed(message_id, error)

    def _wait(self, fault: Fault) -> None:
        """Keep the client waiting, then hang up."""
        self.server_stopping.wait(fault.seconds)


_BEFORE = ("error", "timeout_before", "http_429")


def _call(node: Node, method: str, params: Any, behind: int) -> Any:
    function = METHODS.get(method)
    if function is None:
        raise method_not_found(method)
    try:
        return function(Call(node, params, behind))
    except RpcError:
        raise
    except Exception as error:
        # a bug of ours must be seen, and the client must get an answer
        traceback.print_exc(file=sys.stderr)
        raise internal_error(repr(error)) from error


def _failed(message_id: Any, failed: RpcError) -> Answer:
    body = msgspec.json.encode({"jsonrpc": "2.0", "error": failed.error, "id": message_id})
    return Answer(failed.http_status, body)
