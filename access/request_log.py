"""One line of the log for each request, made by hand: what it says is known, so it need not pass all that any event passes."""

import logging
from datetime import UTC, datetime
from typing import Any

from structlog.contextvars import get_contextvars

from access.log_events import Event, EventLogger
from access.redaction import redacted

NAME = "access.requests"
FINISHED = "request_finished"
LEVELS = {4: logging.WARNING, 5: logging.ERROR}
"""By the first digit of the status; else it is worth an `INFO`."""
FROM_THE_CONTEXT = frozenset({"request_id", "ip", "user_id"})
"""What each request's context holds. Ours, or masked as what clients tell; anything else is judged by its name."""
_logger = EventLogger(NAME)


def request_logged(*, request: str, user_agent: str | None, code: int) -> None:
    """Write the line: these three, and what the request's context knows."""
    level = LEVELS.get(code // 100, logging.INFO)
    if not _logger.wants(level):
        return
    event = Event(
        event=FINISHED,
        **{name: _told(name, value) for name, value in get_contextvars().items()},
        code=code,
        request=request,
        user_agent=user_agent,
        logger=NAME,
        level=logging.getLevelName(level).lower(),
        timestamp=datetime.now(UTC).isoformat().replace("+00:00", "Z"),
    )
    _logger.tell(level, event)


def _told(name: str, value: Any) -> Any:
    return value if name in FROM_THE_CONTEXT else redacted(value, name=name)
