"""One line of the log for each request, made by hand: what it says is known, so it need not pass all that any event passes.

`structlog`'s events go through a dozen steps and two loggers; a request's line goes to the handlers at once, as an `Event`,
and their formatter (`balancer.settings.logs`) takes care that it shows no secret.
"""

import logging
from datetime import UTC, datetime
from typing import Any

from structlog.contextvars import get_contextvars

NAME = "access.requests"
FINISHED = "request_finished"
LEVELS = {4: logging.WARNING, 5: logging.ERROR}
"""By the first digit of the status; else it is worth an `INFO`."""
_logger = logging.getLogger(NAME)


class Event(dict[str, Any]):
    """What a record of ours carries as its message: ready but for masking and writing."""


def request_logged(*, request: str, user_agent: str | None, code: int) -> None:
    """Write the line: these three, and what the request's context knows (`request_id`, `ip`, `user_id`)."""
    level = LEVELS.get(code // 100, logging.INFO)
    if not _logger.isEnabledFor(level):
        return
    event = Event(
        event=FINISHED,
        **get_contextvars(),
        code=code,
        request=request,
        user_agent=user_agent,
        logger=NAME,
        level=logging.getLevelName(level).lower(),
        timestamp=datetime.now(UTC).isoformat().replace("+00:00", "Z"),
    )
    _logger.handle(logging.LogRecord(NAME, level, __file__, 0, event, None, None))
