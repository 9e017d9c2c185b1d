"""One look at everything: what is measured, judged and told. Any process may do it; one at a time does."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

import structlog
from django.conf import settings
from django.db import connection, transaction

from access.operating import operating_values
from access.transactions import hang_never
from balancer.conditions import probes_chains, probes_service, probes_swaps
from balancer.conditions.judging import Limit, Memory, Verdict, judge
from balancer.conditions.readings import Probe, Reading
from balancer.models import Watch
from balancer.processes.registry import processes_seen
from balancer.settings.alerts import RULES, threshold
from swaps.models import Alert
from swaps.services.alerts import Trouble, alerts_settle

log = structlog.get_logger(__name__)
PROBES: tuple[Probe, ...] = (*probes_service.PROBES, *probes_chains.PROBES, *probes_swaps.PROBES)


STARTING_SECONDS = 30.0
BEFORE_START = frozenset({"process_missing", "worker_silent", "watcher_silent", "queue_waits", "price_missing"})
"""While the whole service starts, what is not there yet alarms nobody; `/health` says so all the same."""


@dataclass
class Look:
    """What was measured, and the rules of which nothing is known because their probe failed."""

    readings: list[Reading] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)


def look(probes: Sequence[Probe] = PROBES) -> Look:
    """Measure. A probe that fails is a reading of its own, and leaves the others alone."""
    found = Look()
    for probe in probes:
        try:
            found.readings += probe.read()
        except Exception as error:
            log.warning("survey.cannot_read", probe=probe.name, error=repr(error)[:300])
            found.unread.update(probe.rules)
            says = f"{probe.name}: could not be looked at ({type(error).__name__})"
            found.readings.append(Reading("survey_blind", says, subject=probe.name))
    return found


def limits_now() -> dict[str, Limit]:
    """Thresholds as operators have set them, in one query."""
    values = operating_values([name for name in settings.CONSTANCE_CONFIG if name.startswith("ALERT_")])
    return {rule.name: Limit(threshold(rule, values), float(values[rule.hold_setting])) for rule in RULES.values()}


def survey(probes: Sequence[Probe] = PROBES) -> int:
    """Tell operators of everything that is newly wrong and of everything that is over; how many alerts that made."""
    seen, limits = look(probes), limits_now()
    known = {rule for probe in probes for rule in probe.rules} | {"survey_blind"}
    memories = {row.key: _memory(row) for row in Watch.objects.all()}
    unread = seen.unread | (set(RULES) - known)
    if _is_starting():
        unread |= BEFORE_START
        seen.readings = [reading for reading in seen.readings if reading.rule not in BEFORE_START]
    verdict = judge(memories, seen.readings, limits, _now(), unread)
    raised = [key for key, memory in verdict.memories.items() if memory.raised]
    told = alerts_settle(list(_troubles(verdict)), kept=raised)
    _remember(memories, verdict)
    return told


def _is_starting() -> bool:
    """Whether no process is older than it takes to start them all. Where processes do not report, nobody knows."""
    if not settings.OPERATIONS["heartbeats"]:
        return False
    return max((one.age for one in processes_seen() if not one.is_lost), default=0.0) < STARTING_SECONDS


def _troubles(verdict: Verdict) -> Iterator[Trouble]:
    for key, reading in verdict.standing.items():
        rule = RULES[reading.rule]
        yield Trouble(
            key,
            reading.says,
            Alert.Severity(rule.severity),
            action=f"{settings.ALERTS['runbook']}#{rule.name}",
            session_id=reading.session_id,
            rule=rule.name,
        )


def _memory(row: Watch) -> Memory:
    return Memory(row.rule, row.beyond_since, row.calm_since, row.raised)


def _remember(before: dict[str, Memory], verdict: Verdict) -> None:
    """Write what has changed; mostly nothing has."""
    gone = [key for key in before if key not in verdict.memories]
    changed = {key: memory for key, memory in verdict.memories.items() if before.get(key) != memory}
    if not gone and not changed:
        return
    with transaction.atomic():
        hang_never()
        Watch.objects.filter(key__in=gone).delete()
        rows = [Watch(key=key, **vars(memory)) for key, memory in changed.items()]
        Watch.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["key"],
            update_fields=["rule", "beyond_since", "calm_since", "raised"],
        )


def _now() -> datetime:
    """The database's clock, for all processes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cast(datetime, cursor.fetchone()[0])
