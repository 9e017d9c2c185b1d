"""Logs to a collector: OTLP over HTTP, protobuf (opentelemetry-proto, ExportLogsServiceRequest).

A log line must never wait for a collector. `OtlpHandler` puts what the file would show into a bounded queue and returns;
one thread sends batches. A collector that is down is tried again, ever more slowly; meanwhile the queue fills, and what
does not fit is dropped, counted (`telemetry_lost_total`) and told by a log line once there is room again.
"""

import atexit
import gzip
import json
import logging
import os
import queue
import threading
import time
from typing import Any

import httpx
import structlog
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, SeverityNumber

from balancer.settings.telemetry import Collector
from balancer.telemetry.identity import resource
from balancer.telemetry.instruments import LOST, TOLD

log = structlog.get_logger(__name__)
BATCH = 512
LINGER_SECONDS = 0.5
RETRY_SECONDS = (1.0, 2.0, 5.0, 15.0, 30.0)
FAREWELL_SECONDS = 2.0  # for what is left when the process ends
TELL_SECONDS = 60.0
REFUSED = (400, 401, 403, 404, 413, 415)  # the same again would be refused again
SEVERITIES = {
    "debug": SeverityNumber.SEVERITY_NUMBER_DEBUG,
    "info": SeverityNumber.SEVERITY_NUMBER_INFO,
    "warning": SeverityNumber.SEVERITY_NUMBER_WARN,
    "error": SeverityNumber.SEVERITY_NUMBER_ERROR,
    "critical": SeverityNumber.SEVERITY_NUMBER_FATAL,
}
Line = tuple[int, str, str]
"""When (nanoseconds), level, and the line as JSON."""


class OtlpHandler(logging.Handler):
    """Hands lines to the process's sender, which starts with the first one: after a fork, and only where something is said."""

    def __init__(self, collector: Collector) -> None:
        super().__init__()
        self._collector = collector
        self._sender: Sender | None = None
        self._starting = threading.Lock()

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith(("httpx", "httpcore")):
            return  # the sender's own
        try:
            self.sender.put((int(record.created * 1e9), record.levelname.lower(), self.format(record)))
        except Exception:
            self.handleError(record)

    @property
    def sender(self) -> "Sender":
        """The one of this process."""
        if self._sender is None or self._sender.pid != os.getpid():
            with self._starting:
                if self._sender is None or self._sender.pid != os.getpid():
                    self._sender = Sender(self._collector)
        return self._sender

    def close(self) -> None:
        if self._sender is not None:
            self._sender.close()
        super().close()


class Sender:
    """A queue and the thread that empties it."""

    def __init__(self, collector: Collector) -> None:
        self.pid = os.getpid()
        self._collector = collector
        self._queue: queue.Queue[Line] = queue.Queue(collector.queue)
        self._lost = 0
        self._told_at = 0.0
        self._closing = threading.Event()
        self._client = httpx.Client(timeout=collector.timeout_seconds, trust_env=False)
        self._thread = threading.Thread(target=self._run, name="otlp-logs", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def put(self, line: Line) -> None:
        """Never waits."""
        try:
            self._queue.put_nowait(line)
        except queue.Full:
            self._lost += 1
            LOST.labels("logs", "queue_full").inc()

    def close(self) -> None:
        """Send what is left, for a moment."""
        self._closing.set()
        if threading.current_thread() is not self._thread:
            self._thread.join(FAREWELL_SECONDS)

    def _run(self) -> None:
        while not (self._closing.is_set() and self._queue.empty()):
            batch = self._batch()
            if batch:
                self._deliver(batch)
            self._tell()
        self._client.close()

    def _batch(self) -> list[Line]:
        """What is there, up to `BATCH`; waits a little for more, so that a line is not a request."""
        try:
            lines = [self._queue.get(timeout=LINGER_SECONDS)]
        except queue.Empty:
            return []
        if not self._closing.is_set() and self._queue.qsize() < BATCH:
            self._closing.wait(LINGER_SECONDS)
        while len(lines) < BATCH:
            try:
                lines.append(self._queue.get_nowait())
            except queue.Empty:
                break
        return lines

    def _deliver(self, batch: list[Line]) -> None:
        """Until the collector has taken the batch or refused it for good, or the process ends."""
        body = gzip.compress(request_of(batch).SerializeToString(), 5)
        failures = 0
        while True:
            why = self._post(body)
            if not why:
                TOLD.labels("logs").inc(len(batch))
                return
            if why == "refused" or self._closing.is_set():
                self._lost += len(batch)
                LOST.labels("logs", why).inc(len(batch))
                return
            self._closing.wait(RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)])
            failures += 1

    def _post(self, body: bytes) -> str:
        """Why it was not taken; empty when it was."""
        headers = {**self._collector.headers, "Content-Type": "application/x-protobuf", "Content-Encoding": "gzip"}
        try:
            answer = self._client.post(self._collector.url, content=body, headers=headers)
        except httpx.HTTPError:
            return "unreachable"
        if answer.is_success:
            return ""
        return "refused" if answer.status_code in REFUSED else "unreachable"

    def _tell(self) -> None:
        now = time.monotonic()
        if self._lost and now - self._told_at > TELL_SECONDS and not self._queue.full():
            count, self._lost, self._told_at = self._lost, 0, now
            log.warning("telemetry.logs_lost", count=count)


def request_of(batch: list[Line]) -> ExportLogsServiceRequest:
    """The protobuf message: the line as the body, its fields as attributes."""
    request = ExportLogsServiceRequest()
    resource_logs = request.resource_logs.add()
    resource_logs.resource.attributes.extend(KeyValue(key=key, value=_value(one)) for key, one in resource().items())
    scope = resource_logs.scope_logs.add()
    scope.scope.name = "balancer"
    observed = time.time_ns()
    scope.log_records.extend(_record(line, observed) for line in batch)
    return request


def _record(line: Line, observed: int) -> LogRecord:
    at, level, text = line
    fields = _fields(text)
    event = fields.pop("event", None)
    return LogRecord(
        time_unix_nano=at,
        observed_time_unix_nano=observed,
        severity_number=SEVERITIES.get(level, SeverityNumber.SEVERITY_NUMBER_UNSPECIFIED),
        severity_text=level.upper(),
        body=_value(text if event is None else event),
        attributes=[KeyValue(key=key, value=_value(one)) for key, one in fields.items() if one is not None],
    )


def _fields(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _value(one: Any) -> AnyValue:
    if isinstance(one, bool):
        return AnyValue(bool_value=one)
    if isinstance(one, int) and -(2**63) <= one < 2**63:
        return AnyValue(int_value=one)
    if isinstance(one, float):
        return AnyValue(double_value=one)
    return AnyValue(string_value=one if isinstance(one, str) else json.dumps(one, default=repr))


def otlp_handler(collector: Collector) -> dict[str, Any]:
    """For `dictConfig`. Lines go as JSON, whatever the terminal shows."""
    return {"()": OtlpHandler, "collector": collector, "formatter": "json"}
