"""Events on their way to the log's handlers.

`logging` finds out for each line who says it, and `structlog` hands it over in several steps. Ours name their logger and come
ready, so they go to the handlers at once; their formatter (`balancer.settings.logs`) masks and writes them.
"""

import logging
from collections.abc import MutableMapping
from functools import partial
from typing import Any

LEVELS = ("debug", "info", "warning", "error", "critical")


class Event(dict[str, Any]):
    """What a record of ours carries as its message: redacted already, but for what clients tell and an exception's words."""


class EventLogger:
    """Where structlog's events end. The level and the handlers are those of the standard library's logger of the same name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._logger = logging.getLogger(name)
        for word in LEVELS:  # the methods that structlog calls
            setattr(self, word, partial(self.tell, logging.getLevelNamesMapping()[word.upper()]))

    def wants(self, level: int) -> bool:
        """Whether anybody listens."""
        return self._logger.isEnabledFor(level)

    def tell(self, level: int, event: Event) -> None:
        """To the handlers."""
        if self.wants(level):
            self._logger.handle(logging.LogRecord(self.name, level, "", 0, event, None, None))


def event_ready(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> tuple[tuple[Event], dict[str, Any]]:
    """The last of structlog's processors: what the logger is called with."""
    return (Event(event),), {}
