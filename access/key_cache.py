"""Keys seen lately, kept in this process so that a request costs no query."""

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from access.models import ApiKey


class KeyCache:
    """Rows by prefix, each for `life` seconds. Only rows that exist are kept, so guessed prefixes cannot fill it.

    A revocation forgets its row here at once; another process believes an old row for `life` seconds at most.
    """

    def __init__(
        self, load: "Callable[[str], ApiKey | None]", *, life: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._load, self._life, self._clock = load, life, clock
        self._rows: dict[str, tuple[float, ApiKey]] = {}
        self._forgotten = 0
        self._guard = threading.Lock()

    def get(self, prefix: str) -> "ApiKey | None":
        """The row, remembered or loaded; None when there is none."""
        with self._guard:
            kept = self._rows.get(prefix)
            forgotten = self._forgotten
        if kept is not None and kept[0] > self._clock():
            return kept[1]
        row = self._load(prefix)
        with self._guard:
            if row is None:
                self._rows.pop(prefix, None)
            elif forgotten == self._forgotten:  # else a revocation passed while we were reading
                self._rows[prefix] = (self._clock() + self._life, row)
        return row

    def forget(self, prefix: str) -> None:
        """Read it anew the next time."""
        with self._guard:
            self._rows.pop(prefix, None)
            self._forgotten += 1
