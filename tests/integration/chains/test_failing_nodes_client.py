"""What the EVM client makes of nodes that fail."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from chains import errors
from chains.clients.evm import EvmClient
from devnet.evm.anvil import Anvil


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def broken() -> Iterator[HTTPServer]:
    """A node that answers every request with what its `reply` says: status and body."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            status, body = self.server.reply
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.reply = (200, b"{}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    "reply",
    [
        (429, b"slow down"),
        (503, b""),
        (500, b'{"error":{"code":1,"message":"x"}}'),
        (200, b"<html>"),
        (200, b"[]"),
        (404, b"{}"),
    ],
)
def test_rpc_error_as_evidence_never(
    broken: HTTPServer, client: EvmClient, anvil: Anvil, reply: tuple[int, bytes]
) -> None:
    """Failure mode 10: trouble on the way is no answer, and the next node is asked."""
    broken.reply = reply
    url = f"http://127.0.0.1:{broken.server_address[1]}/v3/CANARYKEY"
    with pytest.raises(errors.TransportError) as caught:
        EvmClient(url).head()
    assert "CANARYKEY" not in str(caught.value)
    assert EvmClient([url, anvil.url]).head() == client.head()


def test_a_refusal_with_an_http_error_is_still_a_refusal(broken: HTTPServer) -> None:
    broken.reply = (400, b'{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"nonce too low"}}')
    with pytest.raises(errors.NonceTooLow):
        EvmClient(f"http://127.0.0.1:{broken.server_address[1]}").send_raw(b"\x02")


def test_a_node_out_of_reach(anvil: Anvil, client: EvmClient) -> None:
    dead = f"http://127.0.0.1:{free_port()}/CANARYKEY"
    with pytest.raises(errors.TransportError) as caught:
        EvmClient(dead).head()
    assert "CANARYKEY" not in str(caught.value)
    pair = EvmClient([dead, anvil.url])
    assert pair.head() == client.head()
    assert len(pair.each_provider()) == 2


def test_a_node_that_does_not_answer_in_time() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(errors.TransportError, match="timed out"):
            EvmClient(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.2).head()


@pytest.mark.parametrize(
    "body",
    [
        b'{"result":{"number":"0x5","hash":"0x12","parentHash":"0x12","timestamp":"0x1"}}',
        b'{"result":"latest"}',
        b'{"result":{}}',
    ],
)
def test_a_node_that_answers_what_cannot_be(broken: HTTPServer, body: bytes) -> None:
    broken.reply = (200, body)
    with pytest.raises(errors.NodeMisbehaving):
        EvmClient(f"http://127.0.0.1:{broken.server_address[1]}").head()
