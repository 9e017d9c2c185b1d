"""Every job of a worker that was killed runs again, whatever else waits in the queue."""

from collections.abc import Iterator

import pytest
from asgiref.sync import async_to_sync
from django.db import connection

from balancer.tasks import STALLED_SECONDS, retry_stalled_jobs

_TAKE = """
    UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s WHERE id = %s
"""
_DEFER = """
    INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock) VALUES ('sweeps', %s, %s) RETURNING id
"""
_DEAD_WORKER = """
    INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - make_interval(secs => %s)) RETURNING id
"""


def ask(query: str, *params: object) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return int(cursor.fetchone()[0]) if cursor.description else cursor.rowcount


def statuses() -> dict[int, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, status::text FROM procrastinate_jobs")
        return dict(cursor.fetchall())


def empty_the_queue() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")


@pytest.fixture
def dead_worker(transactional_db: None) -> Iterator[int]:
    empty_the_queue()
    yield ask(_DEAD_WORKER, STALLED_SECONDS + 5)
    empty_the_queue()  # the tables are not ours, so nothing else empties them, and /health tells of jobs that wait


def taken(worker: int, task: str, queueing_lock: str | None = None) -> int:
    """A job that the worker had begun."""
    job = ask(_DEFER, task, queueing_lock)
    ask(_TAKE, worker, job)
    return job


def test_the_jobs_of_a_dead_worker_wait_again(dead_worker: int) -> None:
    jobs = {taken(dead_worker, "swaps.advance_session"), taken(dead_worker, "balancer.survey", "survey")}
    async_to_sync(retry_stalled_jobs.func)(0)
    assert statuses() == dict.fromkeys(jobs, "todo")


def test_one_whose_successor_waits_is_let_go__and_keeps_none_after_it_from_running(dead_worker: int) -> None:
    """Two waiting jobs may not share a queueing lock: the dead one's work is its successor's."""
    before = taken(dead_worker, "swaps.advance_session")
    dead = taken(dead_worker, "swaps.announce_updates", "swaps.announce_updates")
    after = taken(dead_worker, "swaps.advance_session")
    successor = ask(_DEFER, "swaps.announce_updates", "swaps.announce_updates")
    async_to_sync(retry_stalled_jobs.func)(0)
    assert statuses() == dict.fromkeys((before, after, successor), "todo")
    assert dead not in statuses()


def test_a_living_worker_keeps_its_jobs(dead_worker: int) -> None:
    alive = ask(_DEAD_WORKER, 0)
    job = taken(alive, "swaps.advance_session")
    async_to_sync(retry_stalled_jobs.func)(0)
    assert statuses() == {job: "doing"}
