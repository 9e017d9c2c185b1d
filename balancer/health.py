"""`/health`: seed 000's and 003's fields, and the truth. `/health/live`, `/health/ready`."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psutil
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone

from balancer.queue import job_waited_seconds, worker_silent_seconds
from chains.config import chain_configs
from chains.models import Chain
from chains.selectors import chains_by_name, clock_alarms, quorum_trouble
from swaps.models import SwapSession
from swaps.models.session import ACTIVE
from swaps.selectors import pauses_in_force
from swaps.services.ladders import routes_assess

STARTED = time.monotonic()
WORKER_STALE = 30.0  # seconds; procrastinate's workers report each ten
JOB_STALE = 15.0
STALE = timedelta(seconds=10)  # a watcher that has not looked for so long is dead, or its node is


def health(request: HttpRequest) -> JsonResponse:
    """200 healthy or degraded with reasons; 503 when the database is gone. Needs no key."""
    database, redis = _works(_ask_database), _works(_ask_redis)
    chains = _chains() if database else {}
    reasons = _reasons(chains, database=database, redis=redis)
    status = "unhealthy" if not database else "degraded" if reasons else "healthy"
    body = {
        "status": status,
        "reasons": reasons,
        "uptime": int(time.monotonic() - STARTED),
        "timestamp": timezone.now().isoformat().replace("+00:00", "Z"),
        "connections": {**{name: not why for name, why in chains.items()}, "database": database, "redis": redis},
        "paused": pauses_in_force() if database else [],
        "metrics": _numbers() if database else {},
        "memory": {"rss": psutil.Process().memory_info().rss},
    }
    return JsonResponse(body, status=200 if database else 503)


def reasons_now() -> list[str]:
    """What is wrong, in words; empty when all is well. Raises when the database is gone."""
    return _reasons(_chains(), database=True, redis=_works(_ask_redis))


def _reasons(chains: dict[str, str], *, database: bool, redis: bool) -> list[str]:
    reasons = [name for name, works in (("database", database), ("redis", redis)) if not works]
    reasons += [f"{name}: {why}" for name, why in chains.items() if why]
    return reasons + ([*jobs_wrong(), *_clocks(), *_quorums(), *_routes()] if database else [])


def live(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "live"})


def ready(request: HttpRequest) -> JsonResponse:
    """503 until the database, Redis and every watched chain are there: traffic should wait."""
    database, redis = _works(_ask_database), _works(_ask_redis)
    waiting = [name for name, works in (("database", database), ("redis", redis)) if not works]
    waiting += [f"{name}: {why}" for name, why in (_chains() if database else {}).items() if why]
    waiting += jobs_wrong() if database else []
    return JsonResponse(
        {"status": "ready" if not waiting else "waiting", "reasons": waiting}, status=503 if waiting else 200
    )


def jobs_wrong() -> list[str]:
    """What is wrong with the workers: none has reported lately, or due jobs wait too long."""
    silent, waited = worker_silent_seconds(), job_waited_seconds()
    found = []
    if silent is None or silent > WORKER_STALE:
        found.append("worker: none runs" if silent is None else f"worker: none has reported for {silent:.0f} s")
    if waited > JOB_STALE:
        found.append(f"jobs: the oldest due one has waited {waited:.0f} s")
    return found


def _works(ask: Callable[[], None]) -> bool:
    try:
        ask()
    except Exception:
        return False
    return True


def _ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _ask_redis() -> None:
    cache.get("health")


def _chains() -> dict[str, str]:
    """Each usable chain with what is wrong with it, or an empty string."""
    rows = {row.name: row for row in Chain.objects.all()}
    return {config.name: _wrong(rows.get(config.name)) for config in chain_configs() if config.is_usable}


def _clocks() -> list[str]:
    """Chains whose time and ours disagree by more than the ladder allows for, or whose head stands still."""
    rows = chains_by_name()
    skew, now = float(settings.ROUTE_DEFAULTS["clock_skew_seconds"]), timezone.now()
    return [
        f"{config.name}: {alarm}"
        for config in chain_configs()
        if config.name in rows
        for alarm in clock_alarms(
            rows[config.name], skew_seconds=skew, stale_seconds=config.stale_after_seconds, now=now
        )
    ]


def _quorums() -> list[str]:
    """Chains whose providers are too few, or contradict each other: money on them waits."""
    troubles = {config.name: quorum_trouble(config) for config in chain_configs() if config.is_usable}
    return [f"{name}: {trouble}" for name, trouble in troubles.items() if trouble]


def _routes() -> list[str]:
    """Routes that have no safe ladder while their chains are as slow as they are now."""
    return [
        f"{route.source}>{route.destination}: {route.problem or 'its chains are too slow for its timelocks'}"
        for route in routes_assess()
        if not route.feasible
    ]


def _wrong(row: Chain | None) -> str:
    if row is None or row.watched_at is None:
        return "never watched"
    silent = timezone.now() - row.watched_at
    if silent > STALE:
        return f"not watched for {int(silent.total_seconds())} s"
    return row.halted_reason


def _numbers() -> dict[str, Any]:
    today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    return {
        "activeSwaps": SwapSession.objects.filter(status__in=ACTIVE).count(),
        "completedToday": SwapSession.objects.filter(status="completed", finished_at__gte=today).count(),
    }
