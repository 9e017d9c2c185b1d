"""`/health`: seed 000's and 003's fields, and the truth. `/health/live`, `/health/ready`."""

import threading
import time
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import psutil
from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.utils import timezone

from balancer import reach
from balancer.conditions.health import READY, ready_probes, troubles_now
from balancer.conditions.readings import Reading
from balancer.processes.heart import SURVEY
from balancer.processes.registry import processes_seen
from balancer.processes.turns import turn_done_seconds
from balancer.processes.vitals import disk_free_mib, memory_free_mib
from chains.config import chain_configs
from swaps.models import SwapSession
from swaps.selectors import active_count, pauses_in_force

STARTED = time.monotonic()
STALE = timedelta(
    seconds=10
)  # as the table of alerts begins: a watcher that has not looked for so long is dead, or its node is
NOBODY_LOOKS = 10.0  # seconds without a survey: nobody would be alarmed of anything
KEPT_SECONDS = 0.25
_kept: tuple[float, dict[str, Any]] | None = None
_asking = threading.Lock()


def health(request: HttpRequest) -> JsonResponse:
    """200 healthy or degraded with reasons; 503 when the database is gone. Needs no key."""
    body = _body_shared()
    return JsonResponse(body, status=503 if body["status"] == "unhealthy" else 200)


def live(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "live"})


def ready(request: HttpRequest) -> JsonResponse:
    """503 until the database, Redis, a worker and every watched chain are there: traffic should wait."""
    waiting = _unreached()
    if not waiting.get("database"):
        found = [reading for reading in troubles_now(ready_probes()) if reading.rule in READY]
        reasons = [*waiting.values(), *(reading.says for reading in found)]
    else:
        reasons = list(waiting.values())
    return JsonResponse(
        {"status": "ready" if not reasons else "waiting", "reasons": reasons}, status=503 if reasons else 200
    )


def _body_shared() -> dict[str, Any]:
    """What was found a quarter of a second ago is not looked for again: asking often costs no more than four looks a second."""
    global _kept  # noqa: PLW0603  (one a process)
    if not settings.OPERATIONS["heartbeats"]:
        return _body()
    with _asking:
        if _kept is None or time.monotonic() - _kept[0] > KEPT_SECONDS:
            body = _body()
            _kept = time.monotonic(), body
        return _kept[1]


def _unreached() -> dict[str, str]:
    return {name: f"{name}: {why}" for name, why in reach.troubles().items()}


def _body() -> dict[str, Any]:
    unreached = _unreached()
    database = "database" not in unreached
    troubles = troubles_now() if database else []
    reasons = [*unreached.values(), *(one.says for one in troubles if one.rule != "redis_down")]
    reasons += _unwatched() if database else []
    return {
        "status": "unhealthy" if not database else "degraded" if reasons else "healthy",
        "reasons": reasons,
        "uptime": int(time.monotonic() - STARTED),
        "timestamp": timezone.now().isoformat().replace("+00:00", "Z"),
        "connections": _connections(troubles, unreached),
        "paused": pauses_in_force() if database else [],
        "metrics": _numbers() if database else {},
        "processes": _processes() if database else None,
        "memory": {"rss": psutil.Process().memory_info().rss, "freeMiB": memory_free_mib()},
        "disk": {"freeMiB": disk_free_mib()},
    }


def _connections(troubles: Sequence[Reading], unreached: dict[str, str]) -> dict[str, bool | None]:
    """By name, whether it is there; null for what this service does not use: keys in AWS KMS are the stablecoin's, and there is
    none."""
    wrong = {reading.subject for reading in troubles if reading.rule in ("watcher_silent", "chain_halted")}
    known = "database" not in unreached
    chains = {config.name: config.name not in wrong for config in chain_configs() if config.is_usable} if known else {}
    return {**chains, "database": known, "redis": "redis" not in unreached, "kms": None}


def _unwatched() -> list[str]:
    """That nobody surveys, so that nobody would be alarmed."""
    if not settings.OPERATIONS["heartbeats"]:
        return []
    since = turn_done_seconds(SURVEY)
    if since is None:
        return ["survey: nobody has looked yet"]
    return [f"survey: nobody has looked for {since:.0f} s"] if since > NOBODY_LOOKS else []


def _processes() -> dict[str, dict[str, int]] | None:
    """By kind and name, how many live and how many were lost; null where they do not report. Machines are for the console."""
    if not settings.OPERATIONS["heartbeats"]:
        return None
    alive, gone = Counter[str](), Counter[str]()
    for one in processes_seen():
        (alive if one.is_well else gone)[one.label] += 1
    return {label: {"alive": alive[label], "lost": gone[label]} for label in sorted({*alive, *gone})}


def _numbers() -> dict[str, Any]:
    today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    completed = SwapSession.objects.filter(finished_at__isnull=False, finished_at__gte=today, status="completed")
    return {"activeSwaps": active_count(), "completedToday": completed.count()}
