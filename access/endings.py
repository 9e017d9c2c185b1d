"""What a process does before it ends in good order."""

import os
from collections.abc import Callable
from functools import partial
from multiprocessing.util import Finalize, register_after_fork
from typing import Any

PRIORITY = 10


def at_end(work: Callable[[], Any]) -> None:
    """Have it done when this process ends, or one that is forked from it. `atexit` alone is passed by in children of
    `multiprocessing`, which the workers of web servers are."""
    _register(work)
    os.register_at_fork(after_in_child=partial(_register, work))
    register_after_fork(work, _register)  # those children forget what was registered before


def _register(work: Callable[[], Any]) -> None:
    Finalize(None, work, exitpriority=PRIORITY)
