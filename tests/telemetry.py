"""A collector for tests: takes OTLP over HTTP and Sentry's envelopes on 127.0.0.1, and gives back what it was told, decoded."""

import gzip
import json
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


@dataclass
class Collector:
    """What came in. `status` is what it answers; `held` keeps it from answering while set to wait."""

    url: str
    bodies: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    status: int = 200
    answering: threading.Event = field(default_factory=threading.Event)
    _news: threading.Condition = field(default_factory=threading.Condition)

    def take(self, path: str, headers: dict[str, str], body: bytes) -> None:
        with self._news:
            self.bodies.append((path, headers, body))
            self._news.notify_all()

    def wait(self, fulfilled: Any, what: str, seconds: float = 60.0) -> None:
        """Until `fulfilled(self)`, looked at whenever something comes in."""
        with self._news:
            assert self._news.wait_for(lambda: fulfilled(self), seconds), f"no {what} within {seconds} s"

    def of(self, path: str) -> list[bytes]:
        return [body for where, _, body in list(self.bodies) if where.endswith(path)]

    @property
    def lines(self) -> list[Any]:
        """Log records, as protobuf has them."""
        from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

        requests = [ExportLogsServiceRequest.FromString(body) for body in self.of("/v1/logs")]
        scopes = [scope for one in requests for resource in one.resource_logs for scope in resource.scope_logs]
        return [record for scope in scopes for record in scope.log_records]

    @property
    def spans(self) -> list["Span"]:
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

        requests = [ExportTraceServiceRequest.FromString(body) for body in self.of("/v1/traces")]
        return [
            Span(span, attributes_of(resource.resource.attributes))
            for one in requests
            for resource in one.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    @property
    def reports(self) -> list[bytes]:
        """Sentry's envelopes."""
        return self.of("/envelope/")

    @property
    def everything(self) -> bytes:
        """All that was told, unpacked: protobuf keeps texts as they are."""
        return b"\n".join(body for _, _, body in list(self.bodies))


@dataclass(frozen=True)
class Span:
    """A span and who told it."""

    told: Any
    resource: dict[str, str]

    @property
    def name(self) -> str:
        return str(self.told.name)

    @property
    def role(self) -> str:
        return self.resource["process.role"]

    @property
    def trace(self) -> str:
        return str(self.told.trace_id.hex())

    @property
    def id(self) -> str:
        return str(self.told.span_id.hex())

    @property
    def parent(self) -> str:
        return str(self.told.parent_span_id.hex())

    @property
    def attributes(self) -> dict[str, str]:
        return attributes_of(self.told.attributes)


def attributes_of(pairs: Any) -> dict[str, str]:
    """Texts and numbers alike as text."""
    return {pair.key: str(getattr(pair.value, pair.value.WhichOneof("value") or "string_value")) for pair in pairs}


def unpacked(body: bytes, encoding: str) -> bytes:
    """By `Content-Encoding`."""
    if encoding == "gzip":
        return gzip.decompress(body)
    return zlib.decompress(body) if encoding == "deflate" else body


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector at a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            found.answering.wait(60)
            found.take(self.path, dict(self.headers), unpacked(body, self.headers.get("Content-Encoding", "")))
            answer = json.dumps({}).encode()
            self.send_response(found.status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found = Collector(f"http://127.0.0.1:{server.server_port}")
    found.answering.set()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        found.answering.set()
        server.shutdown()
        server.server_close()


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as found:
        yield found
