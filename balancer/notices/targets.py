"""The addresses of `ALERT_URLS`. An address is a secret: it is named by a fingerprint, called by its service and place."""

import logging
from dataclasses import dataclass
from functools import cache
from hashlib import sha256

from django.conf import settings


@dataclass(frozen=True)
class Target:
    """`fingerprint` is the same as long as the address is; `label` may be shown."""

    fingerprint: str
    label: str
    url: str

    def __repr__(self) -> str:
        return f"<Target {self.label}>"


def targets() -> dict[str, Target]:
    """Every address that apprise understands, by fingerprint."""
    return dict(_read(tuple(settings.ALERTS["urls"])))


def unreadable() -> list[int]:
    """The places (from 1) of those that it does not understand."""
    known = {target.url for target in targets().values()}
    return [place for place, url in enumerate(settings.ALERTS["urls"], 1) if url not in known]


@cache
def _read(urls: tuple[str, ...]) -> tuple[tuple[str, Target], ...]:
    if not urls:
        return ()
    from apprise import Apprise  # half a second, which a command that sends nothing need not wait for

    libraries_hush()
    found = []
    for place, url in enumerate(urls, 1):
        plugin = Apprise.instantiate(url, suppress_exceptions=True)
        if plugin is not None:
            fingerprint = sha256(url.encode()).hexdigest()[:16]
            found.append((fingerprint, Target(fingerprint, f"{plugin.service_name} ({place})", url)))
    return tuple(found)


def libraries_hush() -> None:
    """apprise, and what is beneath it, log where they connect to, which is a secret: before each use of it, since whoever
    configures logging later would undo it."""
    for name in ("apprise", "urllib3", "requests"):
        logger = logging.getLogger(name)
        logger.disabled = name == "apprise"
        logger.setLevel(max(logger.level, logging.INFO))
