"""Which processes are missed: those that vanished, and those that the settings expect."""

import pytest
from environ import ImproperlyConfigured

from balancer.processes.missing import absent, lost
from balancer.processes.registry import Seen
from balancer.processes.vitals import Gauge95
from balancer.settings.operations import expected


def seen(kind: str, name: str = "", silent: float = 0.5, stuck: str = "") -> Seen:
    return Seen(1, kind, name, "host", 7, stuck, silent, 60.0)


def test_a_silent_process_and_a_stuck_one_are_lost() -> None:
    well, silent, stuck = seen("web", "asgi"), seen("worker", silent=6), seen("web", "asgi", stuck="its event loop")
    assert lost([well, silent, stuck]) == [silent, stuck]


def test_each_chain_needs_a_watcher_and_the_settings_say_the_rest() -> None:
    there = [seen("watcher", "base"), seen("web", "asgi"), seen("worker", silent=60)]
    found = [str(gap) for gap in absent(there, {"web": 2, "worker": 1}, ["base", "near"])]
    assert found == ["watcher:near: none runs", "web: only 1 of 2 run", "worker: none runs"]


def test_a_named_process_counts_for_its_kind_and_for_itself() -> None:
    there = [seen("web", "asgi"), seen("web", "wsgi")]
    assert absent(there, {"web": 2, "web:wsgi": 1}, []) == []
    assert [gap.label for gap in absent(there, {"web:wsgi": 2}, [])] == ["web:wsgi"]


def test_expected_processes_are_read_and_nonsense_is_refused() -> None:
    assert expected("web=2, worker ,watcher:base=3") == {"web": 2, "worker": 1, "watcher:base": 3}
    assert expected("") == {}
    for nonsense in ("wbe", "web=two", "web=-1", "web:A"):
        with pytest.raises(ImproperlyConfigured):
            expected(nonsense)


def test_the_95th_percentile_is_that_of_the_last_minute() -> None:
    gauge = Gauge95()
    assert gauge.read(0, {0.1: 0, 1.0: 0}) is None
    assert gauge.read(1, {0.1: 95, 1.0: 100}) == 0.1
    assert gauge.read(2, {0.1: 95, 1.0: 200}) == 1.0
    assert gauge.read(90, {0.1: 95, 1.0: 200}) is None, "nothing was asked in the last minute"
    assert gauge.read(91, {0.1: 195, 1.0: 300}) == 0.1
