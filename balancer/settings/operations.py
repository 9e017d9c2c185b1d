"""How the service watches itself: heartbeats, the processes that must be there, where counters are kept, who may read them."""

import os
import re
import tempfile
from hashlib import sha256
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import environ

VAR = Path(__file__).resolve().parents[2] / "var"
PROCESS = re.compile(r"(?P<name>(web|worker|watcher)(:[a-z0-9-]+)?)(=(?P<count>\d{1,4}))?")
NOBODY_ELSE = ["127.0.0.0/8", "::1/128"]


def load(env: environ.Env) -> dict[str, Any]:
    """`heartbeats`: whether processes report; `expected`: how many of which; `free_disk`: where the disk is looked at. Raises
    `ImproperlyConfigured`."""
    return {
        "heartbeats": env.bool("PROCESS_HEARTBEATS", default=True),
        "expected": expected(env.str("EXPECTED_PROCESSES", default="web,worker")),
        "metrics_token": env.str("METRICS_TOKEN", default=""),
        "metrics_allowed": _networks(env.list("METRICS_ALLOWED", default=NOBODY_ELSE)),
    }


def expected(text: str) -> dict[str, int]:
    """`web=2,worker,watcher:base=2` as numbers by name. A name without a number means one."""
    found: dict[str, int] = {}
    for word in filter(None, (part.strip() for part in text.split(","))):
        match = PROCESS.fullmatch(word)
        if match is None:
            raise environ.ImproperlyConfigured(
                f"EXPECTED_PROCESSES: {word!r} is not web, worker or watcher, with :name and =number as you like"
            )
        found[match["name"]] = int(match["count"] or 1)
    return found


def counters_dir(env: environ.Env, database: dict[str, Any]) -> str:
    """Where the processes of one machine keep their counters together, so that each of them tells of all; "" for nowhere. The
    name is the database's and the user's: services that share a machine share no counters."""
    told: str = env.str("METRICS_DIR", default="")
    if told:
        return "" if told == "off" else told
    place = "/".join(str(database.get(part)) for part in ("HOST", "PORT", "NAME"))
    service = f"metrics-{os.getuid()}-{sha256(place.encode()).hexdigest()[:16]}"
    return (
        str(VAR / service)
        if os.access(VAR.parent, os.W_OK)
        else str(Path(tempfile.gettempdir()) / f"1balancer-{service}")
    )


def _networks(words: list[str]) -> list[str]:
    try:
        return [str(ip_network(word)) for word in words]
    except ValueError as error:
        raise environ.ImproperlyConfigured(f"METRICS_ALLOWED: {error}") from error
