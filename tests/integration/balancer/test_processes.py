"""Processes as rows: who enters, beats, is lost, is succeeded and leaves; and turns that nobody can hold."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from balancer.conditions.probes_service import processes
from balancer.models import Process
from balancer.processes.heart import Heart
from balancer.processes.registry import (
    STALE_SECONDS,
    Vitals,
    process_beat,
    process_enter,
    process_forget,
    process_leave,
    processes_seen,
)
from balancer.processes.turns import turn_done, turn_done_seconds, turn_take

VITALS = Vitals("", 10**8, 1.5, 9, 20, 12.0, 5_000, 6_000)


def enter(kind: str, name: str = "", host: str = "one") -> int:
    return process_enter(kind=kind, name=name, host=host, pid=7, version="1.0.0", vitals=VITALS)


def silence(key: int, seconds: float = STALE_SECONDS + 3) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE balancer_process SET heartbeat_at = clock_timestamp() - make_interval(secs => %s) WHERE id = %s",
            [seconds, key],
        )


@pytest.fixture
def reporting(db: None, settings: Any) -> None:
    settings.OPERATIONS = {**settings.OPERATIONS, "heartbeats": True, "expected": {"worker": 1}}
    settings.CHAINS = {}


@pytest.mark.django_db
def test_a_process_that_is_silent_is_lost_and_one_of_its_kind_takes_its_place() -> None:
    old = enter("worker")
    assert [one.is_lost for one in processes_seen()] == [False]
    silence(old)
    assert [one.is_lost for one in processes_seen()] == [True]
    enter("watcher", "base")
    assert {one.id for one in processes_seen() if one.is_lost} == {old}, "another kind replaces nothing"
    new = enter("worker", host="two")
    assert {one.id: one.is_lost for one in processes_seen() if one.kind == "worker"} == {new: False}


@pytest.mark.django_db
def test_one_new_process_takes_the_place_of_one_lost_and_not_of_all() -> None:
    first, second = enter("worker"), enter("worker")
    silence(first)
    silence(second, 60)
    enter("worker")
    assert [one.id for one in processes_seen() if one.is_lost] == [first]


@pytest.mark.django_db
def test_a_beat_says_how_it_is_and_tells_when_its_place_was_taken() -> None:
    key = enter("web", "asgi")
    silence(key, 3)
    assert process_beat(key, Vitals("its event loop", 5, 6.0, 7, 8, None, 9, 10))
    row = Process.objects.get(pk=key)
    assert (row.stuck, row.rss_bytes, row.threads, row.api_p95_ms, row.disk_free_mib) == (
        "its event loop",
        5,
        7,
        None,
        9,
    )
    assert processes_seen()[0].silent < 3
    process_leave(key)
    assert processes_seen() == [] and not process_beat(key, VITALS)


@pytest.mark.django_db
def test_only_a_lost_process_can_be_forgotten(capsys: pytest.CaptureFixture[str]) -> None:
    key = enter("worker")
    assert not process_forget(key)
    with pytest.raises(CommandError, match="was lost"):
        call_command("processes", forget=key)
    silence(key)
    call_command("processes")
    assert "lost" in capsys.readouterr().out
    call_command("processes", forget=key)
    assert processes_seen() == []


@pytest.mark.django_db
def test_a_turn_is_taken_once_in_its_time_and_held_by_nobody() -> None:
    assert turn_done_seconds("survey") is None
    assert turn_take("survey", 60) and not turn_take("survey", 60)
    assert turn_take("survey", 0), "whoever took it last and hangs keeps nobody from the next one"
    turn_done("survey")
    since = turn_done_seconds("survey")
    assert since is not None and 0 <= since < 5


def test_what_is_missed_is_measured(reporting: None) -> None:
    assert {reading.key for reading in processes()} == {"process_missing:worker"}
    key = enter("worker")
    assert list(processes()) == []
    silence(key)
    found = {reading.key: reading.says for reading in processes()}
    assert set(found) == {f"process_lost:worker#{key}", "process_missing:worker"}
    assert "has not been heard of for 8 s" in found[f"process_lost:worker#{key}"]
    assert found["process_missing:worker"] == "worker: none runs"


def test_a_stuck_process_counts_as_lost(reporting: None) -> None:
    key = enter("worker")
    process_beat(key, Vitals("its event loop has stood still for 9 s", 1, 1, 1, 1, None, 1, 1))
    assert {reading.rule for reading in processes()} == {"process_lost", "process_missing"}


@pytest.mark.django_db
def test_the_page_of_processes(admin_client: Client, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = False
    silence(enter("worker"))
    enter("web", "asgi")
    page = admin_client.get("/admin/balancer/process/").content.decode()
    assert "web:asgi" in page and "lost" in page and "lives" in page


@pytest.fixture
def heart(transactional_db: None) -> Iterator[Heart]:
    made = Heart("web", "asgi", lambda: None, lambda: None)
    yield made
    made.end()


def test_a_heart_enters_beats_surveys_in_turn_and_leaves(heart: Heart) -> None:
    surveys: list[int] = []
    heart._survey = lambda: surveys.append(1)
    heart.beat()
    heart.look()
    heart.look()
    assert [one.label for one in processes_seen()] == ["web:asgi"] and surveys == [1]
    assert turn_done_seconds("survey") is not None
    Process.objects.all().delete()
    heart.beat()
    assert len(processes_seen()) == 1, "who was taken for lost comes back"
    heart.end()
    assert processes_seen() == []


@pytest.mark.parametrize(("kind", "ago", "surveys"), [("worker", 2, True), ("web", 2, False), ("web", 4, True)])
def test_who_answers_requests_surveys_only_where_nobody_else_does(
    transactional_db: None, kind: str, ago: int, surveys: bool
) -> None:
    assert turn_take("survey", 0)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE balancer_turn SET taken_at = taken_at - make_interval(secs => %s)", [ago])
    surveyed: list[int] = []
    Heart(kind, "", lambda: surveyed.append(1), lambda: None).look()
    assert bool(surveyed) == surveys


def test_a_survey_that_fails_is_not_done(heart: Heart) -> None:
    def fail() -> None:
        raise RuntimeError("no")

    heart._survey = fail
    with pytest.raises(RuntimeError):
        heart.look()
    assert turn_done_seconds("survey") is None


def test_an_event_loop_that_stands_still_is_told(heart: Heart) -> None:
    loop = asyncio.new_event_loop()
    heart.watch_loop(loop)
    heart._looped -= STALE_SECONDS + 4
    heart.beat()
    assert "event loop has stood still for" in processes_seen()[0].stuck
    loop.run_until_complete(asyncio.sleep(0))  # what the heart asked for is done: it turns again
    heart.beat()
    assert processes_seen()[0].stuck == ""
    loop.close()
