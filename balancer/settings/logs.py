"""Structured logs: one event a line, JSON in production, readable on a terminal; to standard output, a file, a collector."""

import json as standard_json
import logging
from typing import Any

import msgspec
import structlog

from access.log_events import Event, EventLogger, event_ready
from access.masking import masked
from access.redaction import redacted, scrubbed
from access.request_log import FROM_THE_CONTEXT
from balancer.settings.telemetry import Telemetry

LINK = "/swap/"
"""The path of a status page holds what opens it."""


def redact(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Hide what proves something, at any depth: by the names of fields, and by how values look."""
    return {key: value if key in SAFE else redacted(value, name=key) for key, value in event.items()}


def to_json(event: dict[str, Any], default: Any, **_: Any) -> str:
    """One line. What msgspec cannot write (half of a surrogate pair, a number of more than 64 bits) the standard library can."""
    try:
        return msgspec.json.encode(event, enc_hook=default).decode()
    except (TypeError, ValueError, OverflowError):
        return standard_json.dumps(event, default=default)


OURS = frozenset(
    {"_record", "_from_structlog", "exc_info", "stack_info", "level", "logger", "timestamp", "positional_args"}
)
"""Fields that no caller fills: the exception's text is masked when it is one."""
SAFE = OURS | FROM_THE_CONTEXT
IDS = ("request_id", "correlation_id")
TOLD_BY_CLIENTS = ("request", "path", "user_agent", "referer", *IDS)


def mask(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """For lines of libraries."""
    return masked_event(event, ours=False)


def masked_event(event: dict[str, Any], *, ours: bool) -> dict[str, Any]:
    """A secret may stand in a path, a header or an exception's words: there, and in all that libraries log (requests and SQL
    with its values), long hexadecimal numbers are not shown. Changes `event` itself."""
    for key in TOLD_BY_CLIENTS:
        if isinstance(event.get(key), str):
            event[key] = scrubbed(masked(event[key])) if key in IDS else _client_text(event[key])
    for key in ("exception",) if ours else ("exception", "event"):
        if isinstance(event.get(key), str):
            event[key] = scrubbed(event[key])
    return event


def _client_text(text: str) -> str:
    """Every request passes here: what is searched for at length only where something speaks for it."""
    return scrubbed(text) if LINK in text or "://" in text or "?" in text else masked(text)


class Formatter(structlog.stdlib.ProcessorFormatter):
    """An event of ours comes ready, and is only masked and written; lines of libraries pass all the steps."""

    def __init__(self, *, renderer: Any, **settings: Any) -> None:
        # tracebacks as text: the console's own ones show local variables, secrets among them
        steps = [structlog.processors.format_exc_info, mask, self.remove_processors_meta, renderer]
        super().__init__(processors=steps, **settings)
        self._renderer = renderer

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        if type(record.msg) is not Event:
            return super().format(record)
        event = masked_event(record.msg.copy(), ours=True)
        line: str = self._renderer(None, event["level"], event)
        return line


PROCESSORS: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    redact,
]


def logging_config(level: str, *, json: bool, telemetry: Telemetry | None = None) -> dict[str, Any]:
    """A `dictConfig` for the standard library; structlog is configured to end in it."""
    structlog.configure(
        processors=[
            *PROCESSORS,
            structlog.processors.format_exc_info,
            event_ready,
        ],
        logger_factory=EventLogger,
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),  # before any work
        cache_logger_on_first_use=True,
    )
    lines = structlog.processors.JSONRenderer(serializer=to_json)
    renderer: Any = lines if json else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=28)
    quiet = {
        name: {"level": "WARNING"}
        for name in ("httpx", "httpcore", "urllib3", "web3", "asyncio", "procrastinate", "sentry_sdk", "opentelemetry")
    }
    # Django's own handlers would print the same again, unmasked; propagation is all that its loggers need
    djangos: dict[str, dict[str, Any]] = {"django": {"level": "INFO"}, "django.server": {"propagate": True}}
    handlers = _handlers(telemetry, json=json)
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"structured": _formatter(renderer), "json": _formatter(lines)},
        "handlers": handlers,
        "root": {"handlers": [*handlers], "level": level},
        "loggers": quiet | djangos,
    }


def _formatter(renderer: Any) -> dict[str, Any]:
    return {"()": Formatter, "renderer": renderer, "foreign_pre_chain": PROCESSORS}


def _handlers(telemetry: Telemetry | None, *, json: bool) -> dict[str, Any]:
    """Where lines go. What is not used is not imported. Who reads along on a terminal has each line at once."""
    places = ("stdout",) if telemetry is None else telemetry.log_places
    found: dict[str, Any] = {}
    if "stdout" in places:
        kind = "balancer.telemetry.gathering.GatheringHandler" if json else "logging.StreamHandler"
        found["stdout"] = {"class": kind, "formatter": "structured"}
    if telemetry is not None and "file" in places:
        from balancer.telemetry.files import file_handler

        found["file"] = file_handler(telemetry.log_file)
    if telemetry is not None and telemetry.logs is not None:
        from balancer.telemetry.otlp_logs import otlp_handler

        found["otlp"] = otlp_handler(telemetry.logs)
    return found
