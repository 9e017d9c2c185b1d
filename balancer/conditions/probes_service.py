"""Measurements of the service itself: processes, jobs, machine, messages, the audit trail."""

from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from access.actions.selectors import proposals_waiting
from access.audit.selectors import check_last, unlinked_seconds
from access.models import RateViolation
from access.webhooks.selectors import oldest_due_seconds
from balancer import reach
from balancer.conditions.readings import Probe, Reading
from balancer.models import Delivery, Process
from balancer.processes.missing import absent, lost
from balancer.processes.registry import STALE_SECONDS, processes_seen
from balancer.queue import job_waited_seconds, jobs_failed_lately, worker_silent_seconds
from chains.config import chain_configs
from swaps.selectors import pauses_in_force

NEVER = 1e9  # seconds: since something that has not been yet
MOST_PROPOSALS = 50


def processes() -> Iterator[Reading]:
    """Processes that are dead or hang, and those that were never started or were stopped. Nothing where they do not report."""
    if not settings.OPERATIONS["heartbeats"]:
        return
    seen = processes_seen()
    for one in lost(seen):
        how = f"has not been heard of for {one.silent:.0f} s: it is dead, or hangs" if one.is_lost else one.stuck
        yield Reading(
            "process_lost", f"{one.label} on {one.host} (process {one.pid}): {how}", subject=_unique(one.label, one.id)
        )
    chains = [config.name for config in chain_configs() if config.is_usable]
    for gap in absent(seen, settings.OPERATIONS["expected"], chains):
        yield Reading("process_missing", str(gap), gap.wanted - gap.alive, gap.label)


def jobs() -> Iterator[Reading]:
    """Whether workers live, and how long due jobs wait."""
    silent, waited = worker_silent_seconds(), job_waited_seconds()
    if silent is None:
        yield Reading("worker_silent", "worker: none runs", NEVER)
    else:
        yield Reading("worker_silent", f"worker: none has reported for {silent:.0f} s", silent)
    yield Reading("queue_waits", f"jobs: the oldest due one has waited {waited:.0f} s", waited)
    failed = jobs_failed_lately()
    yield Reading("jobs_failed", f"jobs: {failed} failed for good within an hour", failed)


def redis() -> Iterator[Reading]:
    """Whether Redis answers."""
    if trouble := reach.redis.trouble():
        yield Reading("redis_down", f"redis: {trouble}")


def machines() -> Iterator[Reading]:
    """Room on the disks and in the memory of every machine that runs a process, and how quickly web processes answer."""
    alive = Process.objects.filter(heartbeat_at__gt=timezone.now() - timedelta(seconds=STALE_SECONDS))
    disks: dict[str, int] = {}
    memories: dict[str, int] = {}
    for row in alive:
        disks[row.host] = row.disk_free_mib
        memories[row.host] = row.memory_free_mib
        if row.api_p95_ms is not None:
            says = f"{row.label} on {row.host}: 95 of 100 answers take up to {row.api_p95_ms:.0f} ms"
            yield Reading("api_slow", says, row.api_p95_ms, _unique(row.label, row.pk))
    for host, free in disks.items():
        yield Reading("disk_low", f"{host}: {free} MiB of the disk are free", free, host)
    for host, free in memories.items():
        yield Reading("memory_low", f"{host}: {free} MiB of memory can be had", free, host)


def audit() -> Iterator[Reading]:
    """Whether the trail is in order, and kept so."""
    _count, waited = unlinked_seconds()
    yield Reading("audit_late", f"audit: rows have waited {waited:.0f} s for their place in the chain", waited)
    last = check_last()
    if last is not None and last.faults:
        says = f"audit: {len(last.faults)} faults, the first: {last.faults[0]}; see manage.py verify_audit"
        yield Reading("audit_broken", says)


def outside() -> Iterator[Reading]:
    """What goes out, and who comes in too often."""
    waited = oldest_due_seconds()
    yield Reading("webhooks_late", f"webhooks: the oldest due one has waited {waited:.0f} s", waited)
    given_up = Delivery.objects.filter(given_up_at__gt=timezone.now() - timedelta(hours=1)).count()
    yield Reading("notices_fail", f"messages to operators: {given_up} were given up within an hour", given_up)
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    refused = sum(RateViolation.objects.filter(hour=hour).values_list("count", flat=True))
    yield Reading("rate_limited", f"limits: {refused} requests were refused within this hour", refused)


def pauses() -> Iterator[Reading]:
    """What operators have paused themselves, lest they forget."""
    for target in pauses_in_force():
        yield Reading("swaps_paused", f"new swaps are paused: {target}", subject=target)


def _unique(label: str, key: int) -> str:
    return f"{label}#{key}"


def proposals() -> Iterator[Reading]:
    """Actions that nobody but a second person can let through."""
    for one in proposals_waiting()[:MOST_PROPOSALS]:
        says = (
            f"{one.proposed_by} asks for a second person until {one.expires_at:%H:%M:%S} UTC: {one.kind} {one.subject}"
        )
        yield Reading("proposal_waits", says, subject=str(one.pk))


PROBES = (
    Probe(("process_lost", "process_missing"), processes),
    Probe(("worker_silent", "queue_waits", "jobs_failed"), jobs),
    Probe(("redis_down",), redis),
    Probe(("disk_low", "memory_low", "api_slow"), machines),
    Probe(("audit_late", "audit_broken"), audit),
    Probe(("webhooks_late", "notices_fail", "rate_limited"), outside),
    Probe(("swaps_paused",), pauses),
    Probe(("proposal_waits",), proposals),
)
