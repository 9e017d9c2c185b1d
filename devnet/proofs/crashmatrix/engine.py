"""The service in one thread: both watchers, the periodic tasks, and the jobs, one after another, in a fixed order.

It does what `watch_chain`, procrastinate's worker and its periodic deferrer do, by the world's clock: a job is taken by a
commit and finished by another, and one whose worker died is given to the next half a minute later.
"""

import json
import traceback
from contextlib import suppress
from typing import Any

import structlog
from django.db import connection, transaction
from procrastinate.exceptions import AlreadyEnqueued

from balancer.tasks import STALLED_SECONDS
from chains.errors import ChainError
from devnet.proofs.crashmatrix.clock import clock

log = structlog.get_logger(__name__)
MAX_ATTEMPTS = 5
TOLD_WORDS = 60  # of an exception, from its end
CHAINS = ("base", "near")
NOT_RUN = (
    "balancer.retry_stalled_jobs",  # done by `_rescue_stalled`: it asks for the age of heartbeats by the database's clock
    "swaps.read_stock",  # it moves nothing: quotes go by what it reads
    "pricing.sample_prices",  # for charts: no swap asks for them
    "swaps.reconcile_books",  # it only reads, and waits by the wall clock between its two looks
)
TAKE = """
UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s WHERE id = (
    SELECT id FROM procrastinate_jobs
    WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= %s)
    ORDER BY priority DESC, id LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING id, task_name, args
"""
# its place is its successor's where one waits: two waiting jobs may not share a queueing lock
GIVE_BACK = """
WITH superseded AS (
    DELETE FROM procrastinate_jobs dead WHERE dead.id = %(job)s AND EXISTS (
        SELECT 1 FROM procrastinate_jobs next
        WHERE next.queueing_lock = dead.queueing_lock AND next.status = 'todo'
    ) RETURNING dead.id
)
UPDATE procrastinate_jobs SET status = 'todo', worker_id = NULL
WHERE id = %(job)s AND id NOT IN (SELECT id FROM superseded) RETURNING id
"""
Document = dict[str, Any]


class Engine:
    """One process of the product. `faults` are exceptions that jobs let out: retried as the worker does, and told."""

    def __init__(self) -> None:
        from chains.watchers import watcher_for

        self.watchers = [watcher_for(name) for name in CHAINS]
        self.faults: list[str] = []
        self.worker = self._query("SELECT procrastinate_register_worker_v1()")[0][0]
        self._swept_at = clock.now().timestamp()
        self._stalled_since: dict[int, float] = {}

    def turn(self, *, jobs: bool = True) -> None:
        """Everything that there is to do at this moment, in order."""
        for watcher in self.watchers:
            self._watch(watcher)
        if jobs:
            self._defer_periodic()
            self._rescue_stalled()
            while self._one_job():
                pass

    @staticmethod
    def _watch(watcher: Any) -> None:
        try:
            while watcher.process_one():
                pass
        except ChainError as error:
            log.warning("proof.watcher_waits", error=str(error)[:300])

    # Jobs

    def _one_job(self) -> bool:
        with transaction.atomic():
            taken = self._query(TAKE, [self.worker, clock.now()])
        if not taken:
            return False
        job_id, name, arguments = taken[0]
        try:
            self._task(name)(**(json.loads(arguments) if isinstance(arguments, str) else arguments))
        except Exception:
            fault = f"{name}: {' '.join(traceback.format_exc().split()[-TOLD_WORDS:])}"
            if fault not in self.faults:
                self.faults.append(fault)
            self._query(
                "UPDATE procrastinate_jobs SET attempts = attempts + 1, worker_id = NULL,"
                " status = CASE WHEN attempts < %s THEN 'todo' ELSE 'failed' END::procrastinate_job_status"
                " WHERE id = %s RETURNING id",
                [MAX_ATTEMPTS, job_id],
            )
        else:
            self._query("DELETE FROM procrastinate_jobs WHERE id = %s RETURNING id", [job_id])
        return True

    @staticmethod
    def _task(name: str) -> Any:
        from procrastinate.contrib.django import app

        return app.tasks[name].func

    # What time brings

    def _defer_periodic(self) -> None:
        """Each periodic task once for every moment of its cron line that has come since the last turn."""
        from procrastinate.contrib.django import app

        now = clock.now().timestamp()
        for periodic in app.periodic_registry.periodic_tasks.values():
            if periodic.task.name in NOT_RUN:
                continue
            due = periodic.croniter.get_prev(ret_type=float, start_time=now)
            if due > self._swept_at:
                with suppress(AlreadyEnqueued):
                    periodic.task.configure(**periodic.configure_kwargs).defer(timestamp=int(due))
        self._swept_at = now

    def _rescue_stalled(self) -> None:
        """Jobs that a dead worker had taken."""
        now = clock.now().timestamp()
        rows = self._query(
            "SELECT id FROM procrastinate_jobs WHERE status = 'doing' AND worker_id IS DISTINCT FROM %s", [self.worker]
        )
        for (job_id,) in rows:
            since = self._stalled_since.setdefault(job_id, now)
            if now - since >= STALLED_SECONDS:
                self._query(GIVE_BACK, {"job": job_id})

    @staticmethod
    def _query(sql: str, params: list[Any] | Document | None = None) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(sql, params or [])
            rows: list[Any] = cursor.fetchall()
            return rows
