"""A node that answers with a hundred thousand open brackets is one that cannot be read, and no end of the process."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
DEEP = b"[" * 100_000
ASK = """
import sys
from importlib import import_module
import eth_account  # what raises the limit, before the endpoint or after it
from chains.errors import UnreadableAnswer
module, name = sys.argv[1].split(":")
endpoint = getattr(import_module(module), name)(sys.argv[2], 5.0)
try:
    endpoint.post("status", [])
except UnreadableAnswer as problem:
    print("unreadable:", problem)
"""
ENDPOINTS = ["chains.clients.web3_endpoint:Web3Endpoint", "chains.clients.httpx_endpoint:HttpxEndpoint"]


class Hostile(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200 if self.path == "/ok" else 400)
        self.send_header("Content-Length", str(len(DEEP)))
        self.end_headers()
        self.wfile.write(DEEP)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def hostile() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Hostile) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("path", ["/ok", "/refused"])
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_open_brackets_without_end(endpoint: str, path: str, hostile: str) -> None:
    asked = subprocess.run(
        [sys.executable, "-c", ASK, endpoint, hostile + path],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "balancer.settings"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert asked.returncode == 0, asked.stderr[-1500:]
    assert asked.stdout.startswith("unreadable: http://127.0.0.1:")
