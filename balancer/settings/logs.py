"""Structured logs: one event a line, JSON in production, readable on a terminal."""

import json as standard_json
import logging
from functools import lru_cache
from typing import Any

import msgspec
import structlog

from access.masking import masked
from access.request_log import Event

SECRET_WORDS = ("secret", "private_key", "api_key", "authorization", "password", "raw")


def redact(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Replace the value of any field whose name says that it is secret, at any depth of dicts."""
    return {key: _redacted(key, value) for key, value in event.items()}


def _redacted(key: str, value: Any) -> Any:
    if _is_secret(key):
        return "[redacted]"
    if isinstance(value, dict):
        return {inner: _redacted(str(inner), item) for inner, item in value.items()}
    return value


@lru_cache(maxsize=4096)
def _is_secret(key: str) -> bool:
    return any(word in key.lower() for word in SECRET_WORDS)


def to_json(event: dict[str, Any], default: Any, **_: Any) -> str:
    """One line. What msgspec cannot write (half of a surrogate pair, a number of more than 64 bits) the standard library can."""
    try:
        return msgspec.json.encode(event, enc_hook=default).decode()
    except (TypeError, ValueError, OverflowError):
        return standard_json.dumps(event, default=default)


TOLD_BY_CLIENTS = ("request", "path", "user_agent", "referer", "request_id", "correlation_id")


def mask(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """A secret may stand in a path, a header or an exception's words: there, and in all that libraries log (requests and SQL
    with its values), long hexadecimal numbers are not shown."""
    foreign = () if event.get("_from_structlog") else ("event",)
    for key in (*TOLD_BY_CLIENTS, "exception", *foreign):
        if isinstance(event.get(key), str):
            event[key] = masked(event[key])
    return event


class Formatter(structlog.stdlib.ProcessorFormatter):
    """A request's line (`access.request_log`) comes ready, and passes only the steps that hide secrets and write it."""

    def __init__(self, *, renderer: Any, **settings: Any) -> None:
        # tracebacks as text: the console's own ones show local variables, secrets among them
        steps = [structlog.processors.format_exc_info, mask, self.remove_processors_meta, renderer]
        super().__init__(processors=steps, **settings)
        self._renderer = renderer

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        if type(record.msg) is not Event:
            return super().format(record)
        event = mask(None, "", redact(None, "", {**record.msg, "_from_structlog": True}))
        del event["_from_structlog"]
        line: str = self._renderer(None, event["level"], event)
        return line


PROCESSORS: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    redact,
]


def logging_config(level: str, *, json: bool) -> dict[str, Any]:
    """A `dictConfig` for the standard library; structlog is configured to end in it."""
    structlog.configure(
        processors=[
            *PROCESSORS,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.processors.format_exc_info,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),  # before any work
        cache_logger_on_first_use=True,
    )
    renderer: Any = (
        structlog.processors.JSONRenderer(serializer=to_json)
        if json
        else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=28)
    )
    quiet = {
        name: {"level": "WARNING"} for name in ("httpx", "httpcore", "urllib3", "web3", "asyncio", "procrastinate")
    }
    # Django's own handlers would print the same again, unmasked; propagation is all that its loggers need
    djangos: dict[str, dict[str, Any]] = {"django": {"level": "INFO"}, "django.server": {"propagate": True}}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": Formatter,
                "renderer": renderer,
                "foreign_pre_chain": PROCESSORS,
            }
        },
        "handlers": {"stdout": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stdout"], "level": level},
        "loggers": quiet | djangos,
    }
