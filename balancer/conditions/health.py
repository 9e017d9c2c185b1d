"""What is wrong at this very moment, of what `/health` answers for: measured when asked, so that no dead survey hides it."""

from collections.abc import Iterable

from balancer.conditions.judging import Limit
from balancer.conditions.readings import Probe, Reading
from balancer.conditions.survey import PROBES, limits_now, look
from balancer.settings.alerts import RULES, is_beyond

HEALTH_PROBES = tuple(probe for probe in PROBES if any(RULES[rule].health for rule in probe.rules))
READY = frozenset({"watcher_silent", "chain_halted", "worker_silent", "queue_waits"})
"""Without these a new swap would not get on: traffic should wait."""


def troubles_now(probes: Iterable[Probe] = HEALTH_PROBES) -> list[Reading]:
    """What is beyond its threshold, whether or not it has been so for long enough to alarm anybody."""
    limits = limits_now()
    found = look(tuple(probes)).readings
    return [reading for reading in found if RULES[reading.rule].health and _is_wrong(reading, limits)]


def ready_probes() -> tuple[Probe, ...]:
    """Those that readiness needs."""
    return tuple(probe for probe in HEALTH_PROBES if READY.intersection(probe.rules))


def _is_wrong(reading: Reading, limits: dict[str, Limit]) -> bool:
    rule = RULES[reading.rule]
    return is_beyond(rule, reading.value, limits[rule.name].threshold)
