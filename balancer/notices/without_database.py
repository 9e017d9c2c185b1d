"""That the database does not answer cannot be looked up in it, nor kept there: a process that sees it says so by itself, one for
each machine, once; and once more when it answers again."""

import fcntl
import os
import tempfile
import time
from hashlib import sha256
from pathlib import Path

import structlog
from django.conf import settings

from balancer import reach
from balancer.notices.sending import send
from balancer.notices.targets import targets

log = structlog.get_logger(__name__)
PATIENCE_SECONDS = 5.0
TITLE = "1Balancer: the database does not answer"
BODY = (
    "It has not answered for {seconds:.0f} s: {why}. Swaps stand still, nothing is lost.\n"
    "Start it again; look at its disk, its memory and its log. What to do meanwhile: {runbook}"
)


class Outage:
    """Asked again and again; remembers since when there is no answer, and whether this process has told."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._lock: int | None = None

    @property
    def is_told(self) -> bool:
        return self._lock is not None

    def look(self, now: float | None = None) -> None:
        """Ask, and tell what there is to tell."""
        now = time.monotonic() if now is None else now
        why = reach.database.trouble()
        if not why:
            self._over()
            return
        self._since = now if self._since is None else self._since
        if self._lock is None and now - self._since >= PATIENCE_SECONDS and self._is_first():
            body = BODY.format(seconds=now - self._since, why=why, runbook=settings.ALERTS["runbook"])
            log.error("database.does_not_answer", why=why)
            _tell(TITLE, body, "error")

    def _over(self) -> None:
        self._since = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
            _tell("1Balancer: the database answers again", "Swaps go on.", "info")

    def _is_first(self) -> bool:
        """Whether no other process of this machine is telling: whoever holds the file tells, until the database answers."""
        descriptor = os.open(_file(), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return False
        self._lock = descriptor
        return True


def _tell(title: str, body: str, severity: str) -> None:
    for target in targets().values():
        send(target, title, body, severity)


def _file() -> Path:
    """One for each database and user of the machine."""
    database = settings.DATABASES["default"]
    place = "/".join(str(database.get(part)) for part in ("HOST", "PORT", "NAME"))
    return Path(tempfile.gettempdir()) / f"1balancer-{os.getuid()}-{sha256(place.encode()).hexdigest()[:16]}.outage"
