"""Alerts begin, hold, flap not, and end: the judge is a function of what is measured and of time."""

from datetime import UTC, datetime, timedelta

import pytest

from balancer.conditions.judging import Limit, Memory, judge
from balancer.conditions.readings import Reading
from balancer.settings.alerts import RULES, TABLE, is_back, is_beyond

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LIMITS = {rule.name: Limit(float(rule.above), float(rule.hold)) for rule in TABLE}


def look(
    memories: dict[str, Memory], readings: list[Reading], after: float, unread: tuple[str, ...] = ()
) -> dict[str, Memory]:
    return judge(memories, readings, LIMITS, NOW + timedelta(seconds=after), unread).memories


def raised(memories: dict[str, Memory]) -> set[str]:
    return {key for key, memory in memories.items() if memory.raised}


def active(value: float) -> Reading:
    return Reading("active_swaps", f"{value} swaps are under way", value)


def test_a_rule_without_a_hold_is_told_at_the_first_look() -> None:
    assert raised(look({}, [Reading("redis_down", "redis")], 0)) == {"redis_down"}


def test_a_rule_with_a_hold_is_told_when_it_has_lasted_and_not_before() -> None:
    gap = Reading("process_missing", "worker: none runs", 1, "worker")
    first = look({}, [gap], 0)
    assert raised(first) == set() and set(first) == {"process_missing:worker"}
    early = look(first, [gap], LIMITS["process_missing"].hold - 1)
    assert raised(early) == set()
    assert raised(look(early, [gap], LIMITS["process_missing"].hold)) == {"process_missing:worker"}


def test_what_is_well_in_between_begins_its_hold_anew() -> None:
    gap = Reading("process_missing", "worker: none runs", 1, "worker")
    assert look(look({}, [gap], 0), [], 3) == {}
    assert raised(look(look({}, [], 3), [gap], 5)) == set()


def test_the_threshold_itself_is_not_beyond_it() -> None:
    assert look({}, [active(100)], 0) == {}
    assert raised(look({}, [active(101)], 0)) == {"active_swaps"}


def test_an_alert_about_the_threshold_does_not_flap() -> None:
    memories = look({}, [active(101)], 0)
    for second, value in enumerate((99, 101, 81, 100), 1):
        memories = look(memories, [active(value)], second)
        assert raised(memories) == {"active_swaps"}, value
    assert look(memories, [active(80)], 9) == {}


def test_an_alert_that_must_be_calm_for_a_while_ends_only_then() -> None:
    down = Reading("provider_down", "left alone", subject="base:rpc")
    key, calm = "provider_down:base:rpc", RULES["provider_down"].calm
    memories = look(look({}, [down], 0), [down], 30)
    assert raised(memories) == {key}
    memories = look(memories, [], 31)
    assert raised(memories) == {key}
    assert raised(look(memories, [], 31 + calm - 1)) == {key}
    assert raised(look(look(memories, [down], 35), [], 31 + calm)) == {key}, "it was down again meanwhile"
    assert look(memories, [], 31 + calm) == {}


def test_floors_are_crossed_from_above() -> None:
    disk = RULES["disk_low"]
    assert is_beyond(disk, 499, 500) and not is_beyond(disk, 500, 500)
    assert not is_back(disk, 599, 500) and is_back(disk, 600, 500)


def test_a_subject_that_is_not_measured_any_more_is_well() -> None:
    stood = look({}, [Reading("chain_halted", "base: halted", subject="base")], 0)
    assert look(stood, [], 1) == {}


def test_what_cannot_be_read_stays_as_it_is() -> None:
    stood = look({}, [Reading("chain_halted", "base: halted", subject="base")], 0)
    assert look(stood, [], 1, unread=("chain_halted",)) == stood


def test_a_memory_of_a_rule_that_is_gone_is_forgotten() -> None:
    assert look({"old:thing": Memory("old", NOW, raised=True)}, [], 1) == {}


def test_a_ledger_difference_of_one_base_unit_is_an_alarm() -> None:
    assert raised(look({}, [Reading("ledger_difference", "1 unit", 1, "base:usdc:locked")], 0))
    assert not look({}, [Reading("ledger_difference", "none", 0, "base:usdc:locked")], 0)


@pytest.mark.parametrize("rule", TABLE, ids=lambda rule: rule.name)
def test_the_table_makes_sense(rule: object) -> None:
    one = RULES[rule.name]  # type: ignore[attr-defined]
    assert one is rule and one.severity in ("info", "warning", "error") and one.what
    assert one.unit or (one.above == 0 and not one.is_floor), "a fact has no threshold"
    assert 0 <= one.back < 1 and one.hold >= 0 and one.calm >= 0
    beyond = one.above / 2 if one.is_floor else one.above + 1
    assert is_beyond(one, beyond, one.above) and not is_back(one, beyond, one.above)


def test_seed_002s_thresholds_stand_in_the_table() -> None:
    assert (RULES["active_swaps"].above, RULES["api_slow"].above, RULES["api_slow"].unit) == (100, 1000, "milliseconds")
