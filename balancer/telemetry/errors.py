"""Errors to Sentry, scrubbed. Imported only where `SENTRY_DSN` is set.

What leaves has passed our own redaction, all of it: no request body, no cookie, no header that proves anything, no local
variable, no SQL value. A report says what broke and where, in which request or job, and nothing that proves anything.
"""

import re
import sys
from collections.abc import Mapping
from typing import Any

import sentry_sdk
from sentry_sdk.integrations.argv import ArgvIntegration
from sentry_sdk.integrations.logging import LoggingIntegration
from sentry_sdk.integrations.modules import ModulesIntegration
from sentry_sdk.utils import event_from_exception

from access.redaction import redacted, scrubbed
from access.request_log import NAME as REQUESTS
from balancer.settings.telemetry import Sentry
from balancer.telemetry.identity import release, resource

KEPT_HEADERS = ("host", "user-agent", "x-request-id", "content-type", "content-length")
DROPPED_OF_REQUEST = ("data", "cookies", "env")
FAREWELL_SECONDS = 2.0
IDS = frozenset(
    {
        "event_id",
        "trace_id",
        "span_id",
        "parent_span_id",
        "replay_id",
        "timestamp",
        "start_timestamp",
        "platform",
        "level",
    }
)
"""Sentry's own numbers: 32 hexadecimal digits at most, or a moment."""


def errors_start(settings: Sentry, role: str) -> None:
    """From now on this process reports what it logs as an error."""
    sentry_sdk.init(
        dsn=settings.dsn,
        environment=settings.environment,
        release=settings.release or release(),
        server_name=resource()["service.instance.id"],
        send_default_pii=False,
        include_local_variables=False,
        include_source_context=True,
        max_request_body_size="never",
        max_breadcrumbs=30,
        send_client_reports=False,
        auto_session_tracking=False,
        shutdown_timeout=FAREWELL_SECONDS,
        before_send=before_send,
        before_breadcrumb=before_breadcrumb,
        before_send_transaction=lambda event, _hint: before_send(event, {}),
        integrations=[LoggingIntegration(sentry_logs_level=None)],
        disabled_integrations=[ArgvIntegration, ModulesIntegration],  # they tell more than is asked
    )
    sentry_sdk.set_tag("process", role)


def before_send(event: Any, hint: Mapping[str, Any]) -> Any:
    """The report as it leaves."""
    record = hint.get("log_record")
    if record is not None and record.name == REQUESTS:
        return None  # a request's line: what broke in it is reported by itself
    if record is not None and isinstance(record.msg, dict):
        _from_our_log(event, record.msg)
    request = event.get("request")
    if isinstance(request, dict):
        event["request"] = _request(request)
    return _scrub(event)


def before_breadcrumb(crumb: Any, hint: Mapping[str, Any]) -> Any:
    """What happened shortly before: SQL goes without its values."""
    if crumb.get("category") == "query":
        return {**crumb, "message": _statement(str(crumb.get("message", ""))), "data": {}}
    record = hint.get("log_record")
    if record is not None and isinstance(record.msg, dict):
        crumb = {**crumb, "message": str(record.msg.get("event", "")), "data": _fields(record.msg)}
    return _scrub(crumb)


def _from_our_log(event: dict[str, Any], said: Mapping[str, Any]) -> None:
    """A structured line: its event is the title, by which reports are grouped; its fields are what is known."""
    title = str(said.get("event", "error"))
    event["logentry"] = {"message": title, "formatted": title}
    event["fingerprint"] = ["{{ default }}", title]
    event["extra"] = _fields(said)
    if said.get("exception") and "exception" not in event:
        _with_exception(event)
    for tag in ("request_id", "subject", "task", "chain"):
        if said.get(tag):
            event.setdefault("tags", {})[tag] = scrubbed(str(said[tag]))


def _with_exception(event: dict[str, Any]) -> None:
    """structlog has made a text of it; we are still where it was met, in the thread that logs it."""
    found = sys.exc_info()
    if found[0] is not None:
        told, _ = event_from_exception(
            found, client_options=sentry_sdk.get_client().options, mechanism={"type": "logging", "handled": True}
        )
        event["exception"] = told["exception"]


def _fields(said: Mapping[str, Any]) -> dict[str, Any]:
    skipped = ("event", "exc_info", "exception", "_record", "_from_structlog")
    return {str(name): redacted(value, name=str(name)) for name, value in said.items() if name not in skipped}


def _request(request: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in request.items() if name not in DROPPED_OF_REQUEST}
    headers = kept.get("headers")
    if isinstance(headers, dict):
        kept["headers"] = {name: value for name, value in headers.items() if name.lower() in KEPT_HEADERS}
    if "query_string" in kept:
        kept["query_string"] = "[not told]"
    return kept


def _statement(sql: str) -> str:
    """A statement with its placeholders; what stands in quotes may be a value."""
    return scrubbed(re.sub(r"'(?:[^']|'')*'", "'?'", sql))[:500]


def _scrub(value: Any, name: str = "") -> Any:
    """Every text of a report, and everything below a name that gives it away. Frames' variables are never there; if a
    version of the library brought them, they go."""
    if isinstance(value, dict):
        return {
            key if not isinstance(key, str) or len(key) < 16 else scrubbed(key): _scrub(one, str(key))
            for key, one in value.items()
            if key != "vars"
        }
    if isinstance(value, list | tuple):
        return [_scrub(one, name) for one in value]
    if name in IDS and not isinstance(value, bytes):
        return value
    return redacted(value, name=name)
