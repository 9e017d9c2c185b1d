"""A child that ends with its parent, however that one ends."""

import os
import select
import signal
import threading


def end_with_parent(parent: int) -> None:
    """Terminate this process when the process `parent` ends.

    `PR_SET_PDEATHSIG` would fire when the *thread* that forked ends, so the process itself is watched instead.
    """
    threading.Thread(target=_watch, args=(parent,), name="lifeline", daemon=True).start()


def _watch(parent: int) -> None:
    try:
        handle = os.pidfd_open(parent)
        # readable once the process has ended
        select.select([handle], [], [])
    except ProcessLookupError:
        pass
    os.kill(os.getpid(), signal.SIGTERM)
