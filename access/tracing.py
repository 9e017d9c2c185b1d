"""Spans of a swap, wherever it is worked on. Nothing here knows who collects them: without a tracer (the default) a span
costs one comparison, and no library is loaded.

A swap is one trace: its id follows from the session's (`subject`), so that every process finds it without being told, by
what the database carries anyway. A span named by a `key` has an id that follows from both, so that another process can say
what its own span came `after`.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

Attributes = dict[str, Any]


class Tracer(Protocol):
    """What collects spans: `balancer.telemetry.traces`."""

    def span(
        self, name: str, *, subject: str, key: str, after: str, attributes: Attributes
    ) -> AbstractContextManager[Any]:
        """A span around what follows."""

    def whole(self, name: str, *, subject: str, start_ns: int, attributes: Attributes) -> None:
        """The root of a subject's trace, from `start_ns` until now."""

    def about(self, subject: str) -> None:
        """The running request or job is about this subject."""


_NOTHING: AbstractContextManager[Any] = nullcontext()
_tracer: Tracer | None = None


def tracer_install(tracer: Tracer | None) -> None:
    """From now on this process tells its spans to `tracer`; None: to nobody."""
    global _tracer  # noqa: PLW0603  (one for the process, set when it starts)
    _tracer = tracer


def tracer() -> Tracer | None:
    """Who collects; None: nobody."""
    return _tracer


def is_tracing() -> bool:
    """Whether anybody collects."""
    return _tracer is not None


def span(
    name: str, *, subject: str = "", key: str = "", after: str = "", **attributes: Any
) -> AbstractContextManager[Any]:
    """A span around what follows. `subject`: the session that it belongs to; else the running span's. Attributes are ids,
    names and hashes, never secrets."""
    if _tracer is None:
        return _NOTHING
    return _tracer.span(name, subject=subject, key=key, after=after, attributes=attributes)


def mark(name: str, *, subject: str, key: str = "", after: str = "", **attributes: Any) -> None:
    """A span without duration: something was decided, or seen."""
    if _tracer is not None:
        with _tracer.span(name, subject=subject, key=key, after=after, attributes=attributes):
            pass


def whole(name: str, *, subject: str, start_ns: Callable[[], int], **attributes: Any) -> None:
    """The subject is at its end: its whole life as the span that all others hang from."""
    if _tracer is not None:
        _tracer.whole(name, subject=subject, start_ns=start_ns(), attributes=attributes)


def about(subject: str) -> None:
    """What runs now is about this subject: for what began before that was known."""
    if _tracer is not None:
        _tracer.about(subject)
