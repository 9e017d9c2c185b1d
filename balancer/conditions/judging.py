"""Measurements and time in, alerts that begin and end out. Pure: no database, no clock, no settings."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from balancer.conditions.readings import Reading
from balancer.settings.alerts import RULES, Rule, is_back, is_beyond


@dataclass(frozen=True)
class Limit:
    """A rule's threshold and how many seconds it must be crossed, as they hold now."""

    threshold: float
    hold: float


@dataclass(frozen=True)
class Memory:
    """What is remembered of a measurement that is beyond its threshold, or whose alert stands."""

    rule: str
    beyond_since: datetime
    calm_since: datetime | None = None
    raised: bool = False


@dataclass(frozen=True)
class Verdict:
    """`memories` as they are from now on; the readings whose alerts stand. What stands and is not measured any more
    (`unread` by a probe that failed) is in `memories` alone."""

    memories: dict[str, Memory] = field(default_factory=dict)
    standing: dict[str, Reading] = field(default_factory=dict)


def judge(
    memories: Mapping[str, Memory],
    readings: Iterable[Reading],
    limits: Mapping[str, Limit],
    now: datetime,
    unread: Collection[str] = (),
) -> Verdict:
    """One look. A subject that is not measured any more is well, unless its rule could not be read: then nothing is known, and
    everything of it stays as it is."""
    verdict = Verdict()
    seen: dict[str, Reading] = {reading.key: reading for reading in readings}
    for key, reading in seen.items():
        rule = RULES[reading.rule]
        memory = _judged(rule, limits[rule.name], memories.get(key), reading.value, now)
        if memory is None:
            continue
        verdict.memories[key] = memory
        if memory.raised:
            verdict.standing[key] = reading
    for key, memory in memories.items():
        if key in seen:
            continue
        if memory.rule not in RULES:
            continue
        kept = memory if memory.rule in unread else _calmed(RULES[memory.rule], memory, now)
        if kept is not None:
            verdict.memories[key] = kept
    return verdict


def _judged(rule: Rule, limit: Limit, memory: Memory | None, value: float, now: datetime) -> Memory | None:
    if is_beyond(rule, value, limit.threshold):
        since = memory.beyond_since if memory else now
        raised = bool(memory and memory.raised) or (now - since).total_seconds() >= limit.hold
        return Memory(rule.name, since, raised=raised)
    if memory is None or not memory.raised:
        return None
    if is_back(rule, value, limit.threshold):
        return _calmed(rule, memory, now)
    return replace(memory, calm_since=None)


def _calmed(rule: Rule, memory: Memory, now: datetime) -> Memory | None:
    """A raised alert stays until it has been calm for long enough; one that was not raised is forgotten."""
    if not memory.raised:
        return None
    since = memory.calm_since or now
    return None if (now - since).total_seconds() >= rule.calm else replace(memory, calm_since=since)
