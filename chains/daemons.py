"""What runs beside a long-running command of any app. Apps above add theirs in `AppConfig.ready()`."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

companions: list[Callable[[str, str], AbstractContextManager[object]]] = []
"""Called with the kind of process and its name; entered while it runs."""


@contextmanager
def running(kind: str, name: str = "") -> Iterator[None]:
    """While the block runs, this process is one of `kind`: `worker`, or `watcher` of a chain."""
    with ExitStack() as stack:
        for companion in companions:
            stack.enter_context(companion(kind, name))
        yield
